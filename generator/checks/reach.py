"""Alerts of which, at some hour, nobody would hear."""

from collections.abc import Iterator

from sothat.generator.alert_route import Firing, carried, labels_of, routing_of
from sothat.generator.checked import Check
from sothat.generator.checks import calendars, policy, timing
from sothat.generator.conventions import WATCHDOG
from sothat.generator.draft import Draft
from sothat.generator.notifying.hours import window_name
from sothat.generator.routing.configuration import Configuration
from sothat.generator.routing.explaining import Path, explain_path
from sothat.generator.routing.label_sets import label_sets
from sothat.generator.routing.matcher import Labels
from sothat.generator.routing.reaching import Gap, Reach
from sothat.generator.routing.walking import receiving
from sothat.model.alert import Alert
from sothat.model.problem import Problem, Severity

# The first year that is looked at where the run has no day.
_FIRST_YEAR = 2026


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each alert that reaches nobody at some hour.

    What leads nowhere, or is no time, has a problem of its own, and no configuration yet.
    """
    if draft.catalogue.policy.priorities and not any(map(_is_fatal, _earlier(draft))):
        yield from unreached(draft, routing_of(draft))


def _earlier(draft: Draft) -> Iterator[Problem]:
    for module in (policy, timing, calendars):
        yield from module.find(draft)


def _is_fatal(problem: Problem) -> bool:
    return problem.severity is Severity.ERROR


def unreached(draft: Draft, configuration: Configuration) -> Iterator[Problem]:
    """Yield each alert that reaches nobody at some hour, by a configuration.

    A maintenance window mutes what its `mutes` name, because somebody said so. The watchdog's beat
    needs nobody: its absence is the alarm. What is on trial is to reach nobody.
    """
    since = draft.today.year if draft.today else _FIRST_YEAR
    windows = [window_name(name) for name in draft.catalogue.policy.maintenance]
    reach = Reach(configuration, since, windows)
    for alert in draft.catalogue.alerts:
        unheard = alert.name == WATCHDOG or alert.shadow is not None
        gap = None if unheard else _gap(draft, alert, configuration, reach)
        if gap:
            yield _problem(draft, alert, configuration, *gap)


def _gap(
    draft: Draft, alert: Alert, configuration: Configuration, reach: Reach
) -> tuple[Labels, Gap] | None:
    """Return the first labels with which a firing reaches nobody at some time."""
    known = labels_of(draft, alert, Firing(alert.name, {}))
    for labels in label_sets(configuration.route, known, carried(draft, alert)):
        gap = reach.gap(receiving(configuration.route, labels))
        if gap:
            return _given(labels, known), gap
    return None


def _given(labels: Labels, known: Labels) -> Labels:
    return {name: value for name, value in labels.items() if name not in known and value}


def _problem(
    draft: Draft, alert: Alert, configuration: Configuration, given: Labels, gap: Gap
) -> Problem:
    path = explain_path(configuration, labels_of(draft, alert, Firing(alert.name, given)), gap.at)
    reasons = "; ".join(f"{d.receiver}: {d.reason}" for d in path.deliveries)
    shown = "".join(f', {name}="{value}"' for name, value in given.items())
    message = f"{alert.name}{shown} reaches nobody on {_moment(path)}: {reasons}"
    hint = f"give {alert.owner} a channel that hears at that hour"
    return draft.problem("unreached-alert", message, alert, hint=hint)


def _moment(path: Path) -> str:
    """Return the time of a path by the clocks of the intervals that silence it."""
    intervals = (interval for delivery in path.deliveries for interval in delivery.intervals)
    times = {place: time for each in intervals for place, time in each.local_times.items()}
    place, time = next(iter(times.items()), ("UTC", f"{path.at:%A %Y-%m-%d %H:%M}"))
    return f"{time} ({place})"


CHECK = Check(codes=("unreached-alert",), find=find)
