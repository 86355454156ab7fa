"""How a work stands: the plan held against what was recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sothat.maintenance.plan import Check, Plan, Side, Work
from sothat.maintenance.records import Entry, Event, Outcome
from sothat.service_levels.intervals import Interval


class State(StrEnum):
    """How far a work is."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    ROLLED_BACK = "rolled-back"
    FAILED = "failed"
    CANCELLED = "cancelled"
    # Its time is over, and nobody has recorded anything.
    MISSED = "missed"


ENDED = frozenset({State.DONE, State.ROLLED_BACK, State.FAILED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Standing:
    """How a work stands at a moment.

    Attributes:
        announced: When its clients were told; None: not yet.
        started: When it was begun; None: not yet.
        ended: When it was over; None: not yet.
        overrun: Seconds that it ran, or runs, beyond what was announced.
        incidents: Numbers of the incidents that it has caused.
        cost: By currency.
    """

    work: Work
    state: State
    announced: datetime | None
    started: datetime | None
    ended: datetime | None
    overrun: float
    incidents: tuple[int, ...]
    cost: tuple[tuple[str, float], ...]
    passed: frozenset[tuple[Side, str]]

    def open_checks(self, side: Side) -> tuple[Check, ...]:
        """Return the checks of a side that have not passed."""
        checks = (check for check in self.work.checks if check.side is side)
        return tuple(check for check in checks if (side, check.name) not in self.passed)

    @property
    def actual(self) -> Interval | None:
        """Return when it was really done; None while it is not over, or never began."""
        if self.started is None or self.ended is None or self.ended < self.started:
            return None
        return Interval(self.started, self.ended)


def standings(plan: Plan, entries: Iterable[Entry], now: datetime) -> tuple[Standing, ...]:
    """Return how all works of a plan stand, in the order of their times."""
    by_work: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.event is not Event.ROUTINE:
            by_work.setdefault(entry.subject, []).append(entry)
    found = (standing(work, by_work.get(work.id, []), now) for work in plan.works)
    return tuple(sorted(found, key=lambda one: (one.work.interval, one.work.id)))


def standing(work: Work, entries: list[Entry], now: datetime) -> Standing:
    """Return how a work stands; entries are its own, in the order of time."""
    last = {entry.event: entry for entry in entries}
    first = {entry.event: entry for entry in reversed(entries)}
    begun, closed = last.get(Event.STARTED), _closed(last)
    return Standing(
        work=work,
        state=_state(work, begun, closed, now),
        announced=first[Event.ANNOUNCED].at if Event.ANNOUNCED in first else None,
        started=begun.at if begun else None,
        ended=closed.at if closed else None,
        overrun=_overrun(work, begun, closed, now),
        incidents=tuple(dict.fromkeys(entry.incident for entry in entries if entry.incident)),
        cost=_cost(entries),
        passed=_passed(entries),
    )


def _closed(last: dict[Event, Entry]) -> Entry | None:
    """Return what ended a work, unless it was begun anew since."""
    ends = [last[event] for event in (Event.FINISHED, Event.CANCELLED) if event in last]
    end = max(ends, key=lambda entry: entry.at, default=None)
    begun = last.get(Event.STARTED)
    return None if end is None or (begun is not None and begun.at > end.at) else end


def _state(work: Work, begun: Entry | None, closed: Entry | None, now: datetime) -> State:
    if closed is not None:
        cancelled = closed.event is Event.CANCELLED
        return State.CANCELLED if cancelled else State(closed.outcome or Outcome.DONE)
    if begun is not None:
        return State.RUNNING
    return State.PLANNED if now < work.interval.end else State.MISSED


def _overrun(work: Work, begun: Entry | None, closed: Entry | None, now: datetime) -> float:
    if begun is None or (closed is not None and closed.event is Event.CANCELLED):
        return 0.0
    end = closed.at if closed is not None else now
    return max(0.0, (end - work.interval.end).total_seconds())


def _cost(entries: list[Entry]) -> tuple[tuple[str, float], ...]:
    sums: dict[str, float] = {}
    for entry in entries:
        if entry.cost is not None:
            sums[entry.currency] = sums.get(entry.currency, 0.0) + entry.cost
    return tuple(sorted(sums.items()))


def _passed(entries: list[Entry]) -> frozenset[tuple[Side, str]]:
    """Return the checks whose last result was good."""
    last = {(entry.side, entry.check): entry for entry in entries if entry.event is Event.CHECKED}
    return frozenset((Side(side), name) for (side, name), entry in last.items() if entry.passed)


def excused(found: Iterable[Standing], notice_kept: Iterable[str]) -> tuple[Interval, ...]:
    """Return the time that availability leaves out.

    What was announced in time and really used: neither an overrun nor work that nobody was told of
    in time is the client's loss. Work without a record of its times is not left out.

    Args:
        found: How the works stand.
        notice_kept: Ids of those whose clients were told in time.
    """
    kept = frozenset(notice_kept)
    parts = []
    for one in found:
        actual = one.actual
        if actual is None or one.work.id not in kept or one.state is State.CANCELLED:
            continue
        start = max(actual.start, one.work.interval.start)
        end = min(actual.end, one.work.interval.end)
        if start < end:
            parts.append(Interval(start, end))
    return tuple(sorted(parts))
