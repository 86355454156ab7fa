"""Counts that only grow, kept in the store: what counters and histograms are made of. Pure.

A tally is one number by metric and label values. A change of an incident says by how much which
tallies grow; the store adds it in the same transaction, so that no restart loses a count.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from sothat.incidents.contract import (
    ACKNOWLEDGED,
    NOTIFICATIONS,
    OPENED,
    RECONCILIATIONS,
    REPAIRS,
    RESOLVED,
    SECONDS_TO_ACKNOWLEDGE,
    SECONDS_TO_RESOLVE,
    WEBHOOK_REQUESTS,
    WRONG_TOKENS,
)
from sothat.incidents.incident import Incident, State
from sothat.model.metric import MetricFamily

# Series name and the values of its labels, in the contract's order (a bucket: then its bound).
Delta = tuple[str, tuple[str, ...]]
INFINITY = "+Inf"


def moved(before: Incident | None, after: Incident) -> Counter[Delta]:
    """Return by how much the tallies grow when an incident goes from one state to another."""
    grown: Counter[Delta] = Counter()
    values = (str(after.priority), after.team)
    if before is None:
        grown[OPENED.name, values] += 1
    if after.acknowledged_at is not None and (before is None or before.acknowledged_at is None):
        grown[ACKNOWLEDGED.name, values] += 1
        grown.update(_observe(SECONDS_TO_ACKNOWLEDGE, after, after.acknowledged_at))
    newly = before is None or before.state is not State.RESOLVED
    if newly and after.resolved_at is not None:
        grown[RESOLVED.name, values] += 1
        grown.update(_observe(SECONDS_TO_RESOLVE, after, after.resolved_at))
    return grown


def _observe(family: MetricFamily, incident: Incident, moment: int) -> dict[Delta, float]:
    # A clock that was set back must not make a sum shrink.
    seconds = max(0.0, (moment - incident.opened_at) / 1e9)
    priority = str(incident.priority)
    bounds = [*map(str, family.buckets), INFINITY]
    bound = bounds[bisect_left(family.buckets, seconds)]
    return {
        (f"{family.name}_bucket", (priority, bound)): 1,
        (f"{family.name}_sum", (priority,)): seconds,
    }


def answered(outcome: str) -> Delta:
    """Return the tally of a webhook request's outcome."""
    return WEBHOOK_REQUESTS.name, (outcome,)


def wrong_token() -> Delta:
    """Return the tally of wrong tokens."""
    return WRONG_TOKENS.name, ()


def notified(channel: str, outcome: str) -> Delta:
    """Return the tally of an attempt to notify."""
    return NOTIFICATIONS.name, (channel, outcome)


def compared(outcome: str) -> Delta:
    """Return the tally of a comparison with Alertmanager."""
    return RECONCILIATIONS.name, (outcome,)


def repaired(gap: str) -> Delta:
    """Return the tally of alerts that were repaired for one kind of gap."""
    return REPAIRS.name, (gap,)


class Cumulative:
    """The buckets of one histogram series, each counting all at or below its bound."""

    def __init__(self, family: MetricFamily, label: str) -> None:
        self._family = family
        self._label = label

    def over(self, tallies: Counter[Delta]) -> Iterator[tuple[str, float]]:
        """Yield bound and count, from the lowest bound to +Inf."""
        total = 0.0
        for bound in (*map(str, self._family.buckets), INFINITY):
            total += tallies.get((f"{self._family.name}_bucket", (self._label, bound)), 0)
            yield bound, total
