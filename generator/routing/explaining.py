"""The whole path of a firing alert, ready to be told to a person."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sothat.generator.routing.configuration import Configuration, Integration, Route
from sothat.generator.routing.inhibition import inhibitions, rules_for
from sothat.generator.routing.matcher import Labels
from sothat.generator.routing.time_interval import NamedInterval, true_length
from sothat.generator.routing.timing import Timing, running_at, timing
from sothat.generator.routing.walking import Visit, group_labels, visits, walk


@dataclass(frozen=True, slots=True)
class Step:
    """A route that the alert came by.

    Attributes:
        depth: How deep in the tree; 0 is the root.
        route: Its matchers as Alertmanager prints them.
        outcome: ``passed`` (one of its children took the alert), ``receives``, ``unmatched`` or
            ``untried``.
        reason: Why, for a route that did not match or was not tried.
    """

    depth: int
    route: str
    receiver: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Interval:
    """A time interval that a route asks for.

    Attributes:
        role: ``active``: the route speaks only in it; ``mute``: it is silent in it.
        running: Whether it runs at the time asked for.
        local_times: What the clocks say then in the places where it is counted, by location.
    """

    name: str
    role: str
    running: bool
    local_times: dict[str, str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What happens at a route where the alert ends.

    Attributes:
        group: The labels of its group, by which the notification is gathered.
        absent: Labels that it would be grouped by and that it lacks.
        group_wait: Seconds until a new group is told, as the other two.
        reason: Why nobody is told here; empty when somebody is.
    """

    receiver: str
    integrations: tuple[Integration, ...]
    group: dict[str, str]
    absent: tuple[str, ...]
    group_wait: float
    group_interval: float
    repeat_interval: float
    intervals: tuple[Interval, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Inhibitor:
    """What can mute the alert.

    Attributes:
        source: The matchers of the alerts that do.
        equal: Labels that must agree, with the alert's values.
        firing: Those of the alerts given as firing that do mute it.
    """

    source: str
    equal: dict[str, str]
    firing: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Path:
    """A firing alert's way to people.

    Attributes:
        doubtful: Names of intervals that run by the calendar and not by Alertmanager's count of
            the month, or the other way round; see `time_interval.released_length`.
    """

    labels: dict[str, str]
    at: datetime
    steps: tuple[Step, ...]
    deliveries: tuple[Delivery, ...]
    inhibitors: tuple[Inhibitor, ...]
    doubtful: tuple[str, ...]

    @property
    def inhibited(self) -> bool:
        """Return whether one of the alerts given as firing mutes it."""
        return any(inhibitor.firing for inhibitor in self.inhibitors)

    @property
    def notified(self) -> bool:
        """Return whether somebody is told."""
        return not self.inhibited and any(not delivery.reason for delivery in self.deliveries)


def explain_path(
    configuration: Configuration, labels: Labels, at: datetime, firing: Iterable[Labels] = ()
) -> Path:
    """Return the path of an alert.

    Args:
        configuration: An Alertmanager's.
        labels: All that the firing alert carries, ``alertname`` included.
        at: When, aware of its zone.
        firing: The label sets of other alerts that fire then.
    """
    way = walk(configuration.route, labels)
    intervals = configuration.intervals.values()
    running = running_at(intervals, at)
    doubtful = running ^ running_at(intervals, at, true_length)
    ends = [visit.route for visit in visits(way) if visit.takes]
    return Path(
        labels=dict(labels),
        at=at,
        steps=tuple(_steps(way, labels, 0)),
        deliveries=tuple(_delivery(configuration, end, labels, at, running) for end in ends),
        inhibitors=tuple(_inhibitors(configuration, labels, tuple(firing))),
        doubtful=tuple(sorted(doubtful & _asked(ends))),
    )


def _asked(routes: Iterable[Route]) -> set[str]:
    return {name for route in routes for name in (*route.active, *route.mute)}


def _steps(visit: Visit, labels: Labels, depth: int) -> Iterator[Step]:
    outcome, reason = _outcome(visit, labels)
    yield Step(depth, str(visit.route), visit.route.receiver, outcome, reason)
    for child in visit.children:
        yield from _steps(child, labels, depth + 1)


def _outcome(visit: Visit, labels: Labels) -> tuple[str, str]:
    if visit.stopped_by:
        return "untried", f"{visit.stopped_by} before it matched and does not continue"
    if visit.unmatched:
        first = visit.unmatched[0]
        value = labels.get(first.name, "")
        return "unmatched", f'{first.name} is "{value}"' if value else f"no label {first.name}"
    return ("receives" if visit.takes else "passed"), ""


def _delivery(
    configuration: Configuration,
    route: Route,
    labels: Labels,
    at: datetime,
    running: frozenset[str],
) -> Delivery:
    integrations = configuration.receivers[route.receiver]
    return Delivery(
        receiver=route.receiver,
        integrations=integrations,
        group=group_labels(route, labels),
        absent=tuple(name for name in route.group_by or () if name not in labels),
        group_wait=route.group_wait,
        group_interval=route.group_interval,
        repeat_interval=route.repeat_interval,
        intervals=tuple(_intervals(configuration, route, at, running)),
        reason=_reason(timing(route, running), route, integrations),
    )


def _reason(found: Timing, route: Route, integrations: tuple[Integration, ...]) -> str:
    """Return why nobody is told at a route."""
    if found.muting:
        return f"muted by {', '.join(found.muting)}"
    if found.inactive:
        return f"silent outside of {', '.join(route.active)}"
    return "" if integrations else "the receiver has no integration"


def _intervals(
    configuration: Configuration, route: Route, at: datetime, running: frozenset[str]
) -> Iterator[Interval]:
    for role, names in (("active", route.active), ("mute", route.mute)):
        for name in names:
            local = _local_times(configuration.intervals[name], at)
            yield Interval(name, role, name in running, local)


def _local_times(named: NamedInterval, at: datetime) -> dict[str, str]:
    zones = {interval.location: interval.zone for interval in named.intervals}
    return {name: f"{at.astimezone(zone):%A %Y-%m-%d %H:%M}" for name, zone in zones.items()}


def _inhibitors(
    configuration: Configuration, labels: Labels, firing: tuple[Labels, ...]
) -> Iterator[Inhibitor]:
    muting = tuple(inhibitions(configuration, labels, firing))
    for rule in rules_for(configuration, labels):
        yield Inhibitor(
            source="{" + ", ".join(map(str, rule.source)) + "}",
            equal={name: labels.get(name, "") for name in rule.equal},
            firing=tuple(dict(each.source) for each in muting if each.rule == rule),
        )
