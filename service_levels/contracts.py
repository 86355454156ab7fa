"""Which promises hold: those of a priority, and those of a client's contract."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sothat.model.policy import Calendar, Contract, Hours, Policy, Priority, Term
from sothat.model.problem import unusable
from sothat.service_levels.calendars import DAYS
from sothat.service_levels.clocks import deadline_of
from sothat.service_levels.deadline import Deadline, Promise
from sothat.service_levels.intervals import Interval
from sothat.service_levels.lookup import named

ALWAYS = Hours(DAYS, "00:00", "24:00", holidays=True)
# It has no country, so hours that close on holidays are refused in it.
_UTC = Calendar("UTC", "", "", "UTC", MappingProxyType({}))


class Clock(StrEnum):
    """What a clock runs for; the first three are a priority's, the other two a contract's."""

    ACKNOWLEDGE = "acknowledge"
    UPDATE = "update"
    RESOLVE = "resolve"
    RESPONSE = "response"
    RESOLUTION = "resolution"


OF_PRIORITY = (Clock.ACKNOWLEDGE, Clock.UPDATE, Clock.RESOLVE)
OF_CONTRACT = (Clock.RESPONSE, Clock.RESOLUTION)
# Waiting on the customer is no reason to answer later, or to say nothing.
PAUSABLE = frozenset({Clock.RESOLVE, Clock.RESOLUTION})


@dataclass(frozen=True, slots=True)
class Change:
    """The priority that holds from a moment on."""

    at: datetime
    priority: Priority


@dataclass(frozen=True, slots=True)
class History:
    """What happened to an incident or ticket that its clocks depend on.

    Attributes:
        priorities: The first from when the clocks start; in order.
        pauses: When it waited on the customer; one that still lasts ends now.
    """

    priorities: tuple[Change, ...]
    pauses: tuple[Interval, ...] = ()


def started(priority: Priority, at: datetime) -> History:
    """Return the history of what begins now."""
    return History((Change(at, priority),))


def deadlines(
    policy: Policy, history: History, *, contract: str = "", calendar: str = ""
) -> dict[Clock, Deadline]:
    """Return when each promise is due: the priority's, and with a contract the contract's.

    Args:
        policy: The policy.
        history: What happened so far.
        contract: Name of the client's contract; empty for none.
        calendar: Name of the client's calendar; empty for the policy's own.

    Raises:
        Unusable: The policy lacks what is named, or there is no telling which calendar.
    """
    clocks = (*OF_PRIORITY, *(OF_CONTRACT if contract else ()))
    place = calendar_named(policy, calendar)
    found = {clock: deadline_on(policy, clock, history, contract, place) for clock in clocks}
    return {clock: deadline for clock, deadline in found.items() if deadline is not None}


def deadlines_of_client(policy: Policy, history: History, client: str) -> dict[Clock, Deadline]:
    """Return when each promise to a client is due; see `deadlines`."""
    known = named(policy.clients, "clients", client)
    return deadlines(policy, history, contract=known.contract, calendar=known.calendar)


def deadline_on(
    policy: Policy, clock: Clock, history: History, contract: str, calendar: Calendar
) -> Deadline | None:
    """Return when one promise is due, None where there is none; see `deadlines`."""
    promises = tuple(_promises(policy, clock, history.priorities, contract))
    if not promises:
        return None
    return deadline_of(promises, calendar, history.pauses if clock in PAUSABLE else ())


def _promises(
    policy: Policy, clock: Clock, changes: Sequence[Change], contract: str
) -> Iterator[Promise]:
    """Yield the promises since the last time when there was none."""
    terms = [_promised(policy, clock, change.priority, contract) for change in changes]
    since = max((number for number, term in enumerate(terms, 1) if term is None), default=0)
    for change, term in zip(changes[since:], terms[since:], strict=True):
        if term is not None:
            yield Promise(change.at, term[0], term[1], reason=change.priority.value)


def _promised(
    policy: Policy, clock: Clock, priority: Priority, contract: str
) -> tuple[Term, Hours] | None:
    if clock in OF_CONTRACT:
        return of_contract(policy, contract, priority, clock)
    return of_priority(policy, priority, clock)


def of_priority(policy: Policy, priority: Priority, clock: Clock) -> tuple[Term, Hours] | None:
    """Return what a priority promises, with its hours; None where it promises nothing.

    Raises:
        Unusable: The policy has no such hours.
    """
    terms = policy.priorities[priority]
    if terms.clocks:
        term = terms.clocks.get(clock.value)
    else:
        seconds: float | None = getattr(terms, clock.value)
        term = None if seconds is None else Term("", seconds)
    return None if term is None else (term, hours_named(policy, term.hours))


def of_contract(
    policy: Policy, contract: str, priority: Priority, clock: Clock
) -> tuple[Term, Hours]:
    """Return what a contract promises for a priority, with its hours.

    Raises:
        Unusable: The policy has no such contract or hours.
    """
    agreed = named(policy.contracts, "contracts", contract)
    terms = agreed.response if clock is Clock.RESPONSE else agreed.resolution
    term = terms[priority]
    return term, _served(agreed, priority, hours_named(policy, term.hours))


def _served(contract: Contract, priority: Priority, hours: Hours) -> Hours:
    """Return the hours as a contract keeps them for a priority, perhaps on holidays too."""
    return replace(hours, holidays=True) if priority in contract.holidays_for else hours


def hours_named(policy: Policy, name: str) -> Hours:
    """Return hours by name; those without a name are all hours.

    Raises:
        Unusable: The policy has none of this name.
    """
    return named(policy.hours, "hours", name) if name else ALWAYS


def calendar_named(policy: Policy, name: str = "") -> Calendar:
    """Return a calendar by name; without a name the policy's own, or its only one.

    A policy that has none at all counts in UTC, and in hours that know no holidays.

    Raises:
        Unusable: There is none of this name, or several to choose from.
    """
    wanted = name or policy.calendar
    if wanted:
        return named(policy.calendars, "calendars", wanted)
    if len(policy.calendars) > 1:
        hint = "write `calendar: NAME` into the policy"
        message = f"the policy does not say which of its {len(policy.calendars)} calendars counts"
        raise unusable("no-calendar", message, hint=hint)
    return next(iter(policy.calendars.values()), _UTC)


def priority_of(policy: Policy, impact: str, urgency: str) -> Priority:
    """Return the priority by the policy's matrix.

    Raises:
        Unusable: The matrix has no such impact or urgency.
    """
    return named(named(policy.matrix, "impacts", impact), "urgencies", urgency)
