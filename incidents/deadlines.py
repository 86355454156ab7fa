"""When an incident has to be acknowledged, updated and resolved by, and why then. Pure.

A deadline is never moved: it is counted anew from the facts – when the clock started, which
priority held from when, when it waited – each time one of them changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sothat.incidents.clockwork import Promised
from sothat.incidents.copying import changed
from sothat.incidents.incident import Change, Clocks, Incident, Rules
from sothat.model.policy import Priority
from sothat.service_levels import contracts
from sothat.service_levels.contracts import OF_CONTRACT, PAUSABLE, Clock, History
from sothat.service_levels.deadline import Deadline
from sothat.service_levels.intervals import Interval
from sothat.service_levels.timetable import Held, Span, due_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = 1000


@dataclass(frozen=True, slots=True)
class Running:
    """One clock of an incident.

    Attributes:
        deadline: When it is due, with its explanation line by line.
        met_at: When the promise was kept or would have had to be; None while the clock runs.
        breached: Whether the deadline has passed before that.
        paused: Whether the clock stands still because it waits on the customer.
    """

    clock: Clock
    deadline: Deadline
    met_at: datetime | None
    breached: bool
    paused: bool


@dataclass(frozen=True, slots=True)
class Deadlines:
    """All clocks of an incident, in the order in which they matter."""

    clocks: tuple[Running, ...]

    def of(self, clock: Clock) -> Running | None:
        """Return one clock, None where nothing is promised."""
        return next((one for one in self.clocks if one.clock is clock), None)


def counted(incident: Incident, now: int, rules: Rules) -> Incident:
    """Return an incident with all its deadlines counted from the facts.

    A deadline that has passed is kept if the calendar was edited since it was counted.
    """
    clocks = incident.clocks
    fresh = rules.clockwork.version(clocks.client)
    edited = bool(clocks.calendar) and clocks.calendar != fresh
    found: dict[str, Any] = {}
    for clock in Clock:
        due = _due(incident, clock, rules)
        former: int | None = getattr(incident, _FIELD[clock])
        if edited and due is not None and former is not None and former <= now:
            due = former
        found[_FIELD[clock]] = due
    if fresh != clocks.calendar:
        clocks = replace(clocks, calendar=fresh)
    return changed(incident, clocks=clocks, **found)


def from_start(clocks: Clocks, rules: Rules) -> Mapping[str, Any]:
    """Return the deadlines of an incident that begins, by its fields: what `counted` finds."""
    first = clocks.priorities[0]
    since = first.at // _MICRO
    dues = rules.clockwork.from_start(first.priority, clocks.contract, clocks.client, since)
    return {_FIELD[clock]: None if due is None else _MICRO * due for clock, due in dues.items()}


def restarted(incident: Incident, *clocks: Clock) -> Incident:
    """Return an incident without some deadlines: they are those of a clock that starts anew."""
    gone: dict[str, Any] = {_FIELD[clock]: None for clock in clocks}
    return changed(incident, **gone)


def due_at(incident: Incident, clock: Clock) -> int | None:
    """Return when a clock is due, None if it does not run."""
    due: int | None = getattr(incident, _FIELD[clock])
    return due


def deadlines(incident: Incident, now: int, rules: Rules) -> Deadlines:
    """Return all clocks of an incident with their explanations.

    Args:
        incident: The incident.
        now: The moment in nanoseconds; a pause that still lasts is counted up to it.
        rules: What the incident goes by.
    """
    contract = incident.clocks.contract
    names = (*contracts.OF_PRIORITY, *(OF_CONTRACT if contract else ()))
    found = (_running(incident, clock, now, rules) for clock in names)
    return Deadlines(tuple(one for one in found if one is not None))


def _running(incident: Incident, clock: Clock, now: int, rules: Rules) -> Running | None:
    history = _history(incident, clock, now)
    clocks = incident.clocks
    calendar = rules.clockwork.calendar(clocks.client)
    deadline = contracts.deadline_on(rules.policy, clock, history, clocks.contract, calendar)
    if deadline is None:
        return None
    met = _met_at(incident, clock)
    end = moment(now if met is None else met)
    return Running(
        clock=clock,
        deadline=deadline,
        met_at=None if met is None else moment(met),
        breached=clock.value in clocks.breached or end > deadline.at,
        paused=clock in PAUSABLE and incident.waiting,
    )


def _history(incident: Incident, clock: Clock, now: int) -> History:
    since = _started(incident, clock)
    met = _met_at(incident, clock)
    changes = tuple(
        contracts.Change(moment(one.at), one.priority)
        for one in _in_force(incident.clocks, since)
        # What was done is not late because of what came after it.
        if met is None or one.at <= max(met, since)
    )
    pauses = tuple(
        Interval(moment(one.start), moment(max(one.start, now if one.end is None else one.end)))
        for one in incident.clocks.pauses
    )
    return History(changes, pauses)


def _met_at(incident: Incident, clock: Clock) -> int | None:
    """Return when what a clock waits for was done."""
    clocks = incident.clocks
    if clock is Clock.ACKNOWLEDGE and incident.acknowledged_at is not None:
        return incident.acknowledged_at
    if clock is Clock.RESPONSE and clocks.answered_at is not None:
        return clocks.answered_at
    return incident.resolved_at if clocks.ended_at is None else clocks.ended_at


def _due(incident: Incident, clock: Clock, rules: Rules) -> int | None:
    """Return when a clock is due in nanoseconds, None if it does not run."""
    if _stands(incident, clock):
        # What is over keeps the deadline that it was measured by.
        return due_at(incident, clock) if incident.over and clock in PAUSABLE else None
    clocks = incident.clocks
    since = _started(incident, clock)
    changes = _in_force(clocks, since)
    promised = [_promised(one.priority, clock, clocks, rules) for one in changes]
    last = promised[-1]
    if last is None:
        return None
    pauses = _spans(clocks) if clock in PAUSABLE else ()
    if len(promised) == 1 and not pauses:
        return _MICRO * rules.clockwork.due(last, since // _MICRO)
    return _MICRO * due_of(_held(changes, promised), pauses)


def _held(changes: Sequence[Change], promised: Sequence[Promised | None]) -> list[Held]:
    """Return the promises since the last time when there was none."""
    first = max((number for number, one in enumerate(promised, 1) if one is None), default=0)
    pairs = zip(changes[first:], promised[first:], strict=True)
    return [one.held(change.at // _MICRO) for change, one in pairs if one is not None]


def _stands(incident: Incident, clock: Clock) -> bool:
    """Return whether a clock does not run: it is met, or waits."""
    if incident.over:
        return True
    match clock:
        case Clock.ACKNOWLEDGE:
            return incident.acknowledged_at is not None
        case Clock.RESPONSE:
            return incident.clocks.answered_at is not None
        case Clock.RESOLVE | Clock.RESOLUTION:
            return incident.waiting
        case Clock.UPDATE:
            return False


def _started(incident: Incident, clock: Clock) -> int:
    match clock:
        case Clock.ACKNOWLEDGE:
            return incident.clocks.started
        case Clock.UPDATE:
            return incident.clocks.updated_at
        case _:
            return incident.opened_at


def _in_force(clocks: Clocks, since: int) -> Sequence[Change]:
    """Return the priorities from a moment on, the first as of that moment."""
    changes = clocks.priorities
    if len(changes) == 1:
        return (Change(since, changes[0].priority),)
    before = [one for one in changes if one.at <= since]
    first = before[-1] if before else changes[0]
    return (Change(since, first.priority), *(one for one in changes if one.at > since))


def _promised(priority: Priority, clock: Clock, clocks: Clocks, rules: Rules) -> Promised | None:
    return rules.clockwork.promised(priority, clock, clocks.contract, clocks.client)


def _spans(clocks: Clocks) -> list[Span]:
    """Return the pauses that are over, in order and apart."""
    found: list[Span] = []
    for one in sorted(clocks.pauses, key=lambda pause: pause.start):
        start, end = one.start // _MICRO, (one.end or one.start) // _MICRO
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif end > start:
            found.append((start, end))
    return found


def moment(at: int) -> datetime:
    """Return a moment in nanoseconds as one in UTC, to the microsecond."""
    return _EPOCH + timedelta(microseconds=at // _MICRO)


_FIELD: Mapping[Clock, str] = {
    Clock.ACKNOWLEDGE: "acknowledge_due",
    Clock.UPDATE: "update_due",
    Clock.RESOLVE: "resolve_due",
    Clock.RESPONSE: "response_due",
    Clock.RESOLUTION: "resolution_due",
}
