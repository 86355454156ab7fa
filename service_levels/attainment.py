"""How a client's contract stands over a period: promises of tickets, availability, credits.

The one place where a month's figures are made: metrics and the monthly report both ask it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sothat.model.policy import Calendar, Client, Hours, Policy, Priority
from sothat.service_levels.availability import (
    Availability,
    Budget,
    Credited,
    availability,
    budget,
    credited,
)
from sothat.service_levels.contracts import PAUSABLE, Clock, calendar_named, of_contract
from sothat.service_levels.deadline import Line
from sothat.service_levels.intervals import (
    Interval,
    after,
    clipped,
    common,
    merged,
    total,
    without,
)
from sothat.service_levels.lookup import named
from sothat.service_levels.timetable import Held, Timetable, due_of, instant
from sothat.service_levels.words import span
from sothat.service_levels.zones import zone_named

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS = (Clock.RESPONSE, Clock.RESOLUTION)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What happened to a ticket; all moments aware.

    Attributes:
        answered: When the first answer went out; None: not yet.
        resolved: When the customer had the outcome back; None: not yet.
        pauses: When it waited on the customer; they stop the resolution's clock only.
    """

    client: str
    priority: Priority
    created: datetime
    answered: datetime | None = None
    resolved: datetime | None = None
    pauses: tuple[Interval, ...] = ()

    def ended(self, clock: Clock) -> datetime | None:
        """Return when what a clock runs for came about."""
        return self.answered if clock is Clock.RESPONSE else self.resolved


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of a ticket, and how it ended; `clocks.deadline` explains when it is due.

    Attributes:
        outcome: ``kept``, ``missed``, or ``running`` while it is not due and not fulfilled.
    """

    ticket: Ticket
    clock: Clock
    due: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Promises of one priority and clock.

    Attributes:
        kept: Fulfilled by their deadline.
        missed: Not fulfilled by then, whether since or not.
        running: Neither fulfilled nor due.
    """

    priority: Priority
    clock: Clock
    kept: int
    missed: int
    running: int

    @property
    def attainment(self) -> float | None:
        """Return the share of what ended that was kept; None where nothing ended."""
        ended = self.kept + self.missed
        return self.kept / ended if ended else None


@dataclass(frozen=True, slots=True)
class Month:
    """A client's availability over a month, or the part of it in which a contract held.

    Attributes:
        availability: Of the time that was measured.
        known: Share of the owed time that was measured; 1 where nothing was owed.
        budget: Of the whole month as far as it was owed.
        credit: By what is measured; what is not known counts as neither up nor down.
    """

    availability: Availability
    known: float
    budget: Budget
    credit: Credited


class Promises:
    """What tickets are promised by a policy; keeps the timetables of its hours. For one thread."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._timetables: dict[tuple[Hours, str], Timetable] = {}

    def of(self, client: Client, tickets: Iterable[Ticket], now: datetime) -> Iterator[Promise]:
        """Yield what each ticket of a client was promised, and how that stands now.

        Raises:
            Unusable: The policy lacks what the client refers to.
        """
        place = calendar_named(self._policy, client.calendar)
        for ticket in tickets:
            for clock in _CLOCKS:
                due = self._due(client.contract, place, ticket, clock)
                yield Promise(ticket, clock, due, _outcome(ticket.ended(clock), due, now))

    def _due(self, contract: str, place: Calendar, ticket: Ticket, clock: Clock) -> datetime:
        term, hours = of_contract(self._policy, contract, ticket.priority, clock)
        held = Held(instant(ticket.created), term, self._timetable(hours, place))
        paused = merged(ticket.pauses) if clock in PAUSABLE else ()
        due = due_of((held,), [(instant(one.start), instant(one.end)) for one in paused])
        return after(_EPOCH, due)

    def _timetable(self, hours: Hours, place: Calendar) -> Timetable:
        return self._timetables.setdefault((hours, place.name), Timetable(hours, place))


def _outcome(ended: datetime | None, due: datetime, now: datetime) -> str:
    if ended is not None and ended <= now:
        return "kept" if ended <= due else "missed"
    return "missed" if now > due else "running"


def tallies(found: Iterable[Promise], period: Interval) -> tuple[Tally, ...]:
    """Return the promises that fall into a period by the moment that decides them.

    A promise is decided when it is fulfilled, or at its deadline if it is not by then; one that
    runs still is of the period that it is running in.
    """
    counts: dict[tuple[Priority, Clock], dict[str, int]] = {}
    for one in found:
        if _decided(one) in period or (
            one.outcome == "running" and one.ticket.created < period.end
        ):
            key = (one.ticket.priority, one.clock)
            known = counts.setdefault(key, {"kept": 0, "missed": 0, "running": 0})
            known[one.outcome] += 1
    return tuple(
        Tally(priority, clock, **known) for (priority, clock), known in sorted(counts.items())
    )


def _decided(one: Promise) -> datetime:
    ended = one.ticket.ended(one.clock)
    return one.due if ended is None else min(ended, one.due)


def of_month(
    policy: Policy,
    client: Client,
    period: Interval,
    outages: Sequence[Interval],
    planned: Sequence[Interval] = (),
    unknown: Sequence[Interval] = (),
    *,
    whole: Interval | None = None,
) -> Month:
    """Return a client's availability, budget and credit.

    Args:
        policy: Has the contract and the calendar.
        client: Who.
        period: The month, or the part of it in which the contract held and which has passed.
        whole: All of it in which the contract holds, for the budget; by default the period.
        outages: When the service was out for the client.
        planned: Planned work.
        unknown: When nobody measured; an outage in it counts all the same.

    Raises:
        Unusable: The policy lacks what the client refers to.
    """
    contract = named(policy.contracts, "contracts", client.contract)
    place = calendar_named(policy, client.calendar)
    owed = without((period,), planned)
    gaps = common(without(unknown, outages), owed)
    told = availability(place, period, outages, planned)
    measured = availability(place, period, outages, (*planned, *gaps))
    lines = (measured.lines[0], *told.lines[1:], *(_unmeasured(place, gap) for gap in gaps))
    known = 1.0 - total(gaps) / total(owed) if owed else 1.0
    allowed = availability(place, whole or period, outages, planned)
    return Month(
        replace(measured, lines=lines),
        known,
        budget(contract.availability, allowed),
        credited(contract, measured),
    )


def _unmeasured(place: Calendar, gap: Interval) -> Line:
    text = f"{span(gap, zone_named(place.time_zone))}: not measured, left out."
    return Line("unknown", gap, gap.seconds, text)


def served(period: Interval, since: datetime | None, until: datetime | None) -> Interval | None:
    """Return the part of a period in which a contract held; None: it did not."""
    start = since if since is not None else period.start
    end = until if until is not None else period.end
    if end <= start:
        return None
    return next(clipped((Interval(start, end),), period), None)
