"""The routing tree: the watchdog, the channels of teams and priorities, the incident service.

An alert goes to every channel of its team and priority, for those routes continue, and then to
the incident service. A window that mutes an alert mutes it on each of its ways. The root itself
has no time interval: what nothing else takes is always told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil

from sothat.generator.conventions import SHADOW_LABEL, WATCHDOG
from sothat.generator.notifying.hours import active_in, quiet_in, window_name
from sothat.generator.notifying.matching import EVERYTHING, LabelSet, Matcher, both, matchers
from sothat.generator.notifying.mutes import Muting, mutings
from sothat.generator.values import Values
from sothat.model.policy import Channel, Policy, Priority, Team, Timing

INCIDENTS, HEARTBEAT, NOBODY = "incident-service", "watchdog", "nobody"
_TIMES = ("group_wait", "group_interval", "repeat_interval")
# A repetition within the interval is held back to the next one: so there is a beat a minute.
_BEAT = Timing(0.0, 60.0, 50.0)


@dataclass(frozen=True, slots=True)
class Route:
    """A node of the tree; what is None or empty is inherited, but for the intervals.

    Attributes:
        goes_on: Whether siblings behind it are asked too.
        active: Names of the intervals outside which it is muted.
        muted: Names of the intervals in which it is muted.
    """

    receiver: str
    matchers: tuple[Matcher, ...] = ()
    group_by: tuple[str, ...] = ()
    timing: Timing | None = None
    goes_on: bool = False
    active: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    routes: tuple["Route", ...] = ()


def receiver_name(channel: str) -> str:
    """Return the name of a channel's receiver, which is never one of the compiler's own."""
    return f"channel/{channel}"


def receiver_of(alert: str, *, on_trial: bool = False) -> str:
    """Return the receiver that an alert of a name reaches at the latest."""
    if alert == WATCHDOG:
        return HEARTBEAT
    return NOBODY if on_trial else INCIDENTS


def routing_tree(policy: Policy, values: Values, *, on_trial: bool = False) -> Route:
    """Return the root of the tree.

    Args:
        policy: Who hears of what.
        values: What the environment changes.
        on_trial: Whether some alert is in shadow: those have a way of their own, to nobody.
    """
    timings = {p: timing_of(terms.timing, values) for p, terms in policy.priorities.items()}
    choices = mutings(policy)
    return Route(
        receiver=INCIDENTS,
        group_by=policy.grouping,
        timing=timings[Priority.P3],
        routes=(
            _heartbeat(),
            *((_trial(),) if on_trial else ()),
            *_channels(policy, timings, choices),
            *_incidents(timings, choices),
        ),
    )


def timing_of(timing: Timing, values: Values) -> Timing:
    """Return a priority's timing where the environment may set one for all.

    The repetition stays a multiple of the interval: between two it would come at the second.
    """
    own = {key: f"alertmanager.{key}" for key in _TIMES}
    set_here = {k: values.seconds(name) for k, name in own.items() if name in values.settings}
    changed = replace(timing, **set_here)
    times = max(1, ceil(changed.repeat_interval / changed.group_interval))
    return replace(changed, repeat_interval=times * changed.group_interval)


def _heartbeat() -> Route:
    """Return the watchdog's route: its absence is the alarm."""
    return Route(HEARTBEAT, (Matcher("alertname", WATCHDOG),), ("alertname",), _BEAT)


def _trial() -> Route:
    """Return the route of what is on trial: it goes no further, so that nobody hears of it."""
    return Route(NOBODY, (Matcher(SHADOW_LABEL, "true"),))


def _channels(
    policy: Policy, timings: Mapping[Priority, Timing], choices: tuple[Muting, ...]
) -> Iterator[Route]:
    for team in policy.teams.values():
        for priority in Priority:
            for channel in direct_channels(team, priority, policy):
                labels = {"team": (team.name,), "priority": (priority.value,)}
                yield replace(
                    _with_mutes(_of_channel(channel, policy), labels, choices),
                    timing=timings[priority],
                    goes_on=True,
                )


def direct_channels(team: Team, priority: Priority, policy: Policy) -> tuple[Channel, ...]:
    """Return the channels of a team and a priority that Alertmanager delivers to, each once."""
    names = dict.fromkeys(team.channels[priority])
    found = (policy.channels[name] for name in names if name in policy.channels)
    return tuple(channel for channel in found if channel.type)


def _of_channel(channel: Channel, policy: Policy) -> Route:
    active, quiet = active_in(channel, policy), quiet_in(channel, policy)
    return Route(receiver_name(channel.name), active=active, muted=quiet)


def _incidents(timings: Mapping[Priority, Timing], choices: tuple[Muting, ...]) -> Iterator[Route]:
    for priority, timing in timings.items():
        labels = {"priority": (priority.value,)}
        yield replace(_with_mutes(Route(INCIDENTS), labels, choices), timing=timing)
    # Alerts without a priority are not of this catalogue, but windows hold for them too.
    others = tuple(choice for choice in choices if "priority" not in choice.labels)
    yield from _with_mutes(Route(INCIDENTS), EVERYTHING, others).routes


def _with_mutes(route: Route, labels: LabelSet, choices: tuple[Muting, ...]) -> Route:
    """Return a route for all that matches labels, with a branch for all that is muted somewhen."""
    own = matchers(labels)
    whole, branches = replace(route, matchers=own), list[Route]()
    for choice in choices:
        narrow = both(labels, choice.labels)
        if narrow is None:
            continue
        muted = (*route.muted, *sorted(map(window_name, choice.windows)))
        if narrow == labels:  # it holds for all that is left
            whole = replace(whole, muted=muted)
            break
        further = tuple(m for m in matchers(narrow) if m not in own)
        branches.append(replace(route, matchers=further, muted=muted))
    return replace(whole, routes=tuple(branches))
