"""Counts that only grow, kept in the store: what counters and histograms are made of. Pure.

A tally is one number by metric and label values. A change of an incident says by how much which
tallies grow; the store adds it in the same transaction, so that no restart loses a count.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from sothat.incidents.contract import (
    ACKNOWLEDGED,
    ANSWERS,
    DEADLINES,
    EXCHANGES,
    HEARTBEATS,
    NOTIFICATION_DELAY,
    NOTIFICATIONS,
    OPENED,
    OPENED_FOR,
    RECONCILIATIONS,
    REOPENED,
    REPAIRS,
    RESOLVED,
    RESOLVED_FOR,
    SECONDS_BETWEEN_FAILURES,
    SECONDS_TO_ACKNOWLEDGE,
    SECONDS_TO_RESOLVE,
    WEBHOOK_REQUESTS,
    WRONG_TOKENS,
)
from sothat.incidents.incident import Incident
from sothat.incidents.rehearsal import is_drill
from sothat.model.metric import MetricFamily
from sothat.service_levels.contracts import Clock

# Series name and the values of its labels, in the contract's order (a bucket: then its bound).
Delta = tuple[str, tuple[str, ...]]
INFINITY = "+Inf"


def moved(
    before: Incident | None, after: Incident, earlier: Incident | None = None
) -> Counter[Delta]:
    """Return by how much the tallies grow when an incident goes from one state to another.

    Args:
        before: None: it was opened.
        after: What it is now.
        earlier: The newest incident of its key that is over, if any.
    """
    grown: Counter[Delta] = Counter()
    if is_drill(after.labels):
        return grown
    values = (str(after.priority), after.team)
    if before is None:
        grown[OPENED.name, values] += 1
        grown[OPENED_FOR.name, _stake(after)] += 1
        if earlier is not None and earlier.resolved_at is not None:
            grown.update(
                _observe(SECONDS_BETWEEN_FAILURES, after, earlier.resolved_at, after.opened_at)
            )
    elif before.over and not after.over:
        grown[REOPENED.name, values] += 1
    if after.acknowledged_at is not None and (before is None or before.acknowledged_at is None):
        grown[ACKNOWLEDGED.name, values] += 1
        since = after.clocks.started or after.opened_at
        grown.update(_observe(SECONDS_TO_ACKNOWLEDGE, after, since, after.acknowledged_at))
    if after.resolved_at is not None and (before is None or not before.over):
        grown[RESOLVED.name, values] += 1
        grown[RESOLVED_FOR.name, _stake(after)] += 1
        grown.update(_observe(SECONDS_TO_RESOLVE, after, after.opened_at, after.resolved_at))
    grown.update(_kept(before, after))
    return grown


def _stake(incident: Incident) -> tuple[str, ...]:
    return (str(incident.priority), incident.site, incident.outcome)


def _kept(before: Incident | None, after: Incident) -> Iterator[Delta]:
    """Yield the clocks that have just ended, and whether they were met."""
    for clock in _ended(before, after):
        kept = "missed" if clock in after.clocks.breached else "met"
        yield DEADLINES.name, (str(after.priority), str(clock), kept)


def _ended(before: Incident | None, after: Incident) -> Iterator[Clock]:
    acknowledged = before is not None and before.acknowledged_at is not None
    if after.acknowledged_at is not None and not acknowledged:
        yield Clock.ACKNOWLEDGE
    answered = before is not None and before.clocks.answered_at is not None
    if after.clocks.contract and after.clocks.answered_at is not None and not answered:
        yield Clock.RESPONSE
    if after.over and not (before is not None and before.over):
        # Over before anybody came: the clock has ended in time unless it had run out.
        yield from () if after.acknowledged_at is not None else (Clock.ACKNOWLEDGE,)
        yield Clock.RESOLVE
        yield from (Clock.RESOLUTION,) if after.clocks.contract else ()


def delivered(incident: Incident, since: int, now: int) -> Counter[Delta]:
    """Return the tallies of a notification that a provider has taken."""
    return Counter(_observe(NOTIFICATION_DELAY, incident, since, now))


def _observe(
    family: MetricFamily, incident: Incident, since: int, moment: int
) -> dict[Delta, float]:
    # A clock that was set back must not make a sum shrink.
    seconds = max(0.0, (moment - since) / 1e9)
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


def beaten(outcome: str) -> Delta:
    """Return the tally of a sign of life to an outside watch."""
    return HEARTBEATS.name, (outcome,)


def notified(channel: str, outcome: str) -> Delta:
    """Return the tally of an attempt to notify."""
    return NOTIFICATIONS.name, (channel, outcome)


def answered_back(outcome: str) -> Delta:
    """Return the tally of what people answered from a channel."""
    return ANSWERS.name, (outcome,)


def exchanged(tracker: str, outcome: str) -> Delta:
    """Return the tally of an attempt to bring a ticket and its incident together."""
    return EXCHANGES.name, (tracker, outcome)


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
