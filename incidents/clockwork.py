"""The policy's clocks made ready: what is promised, in which hours and calendar, each found once.

It remembers what it has laid out, and nothing else: the same question has the same answer always.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sothat.model.policy import Calendar, Client, Hours, Policy, Priority, Term
from sothat.service_levels.calendars import version
from sothat.service_levels.contracts import (
    ALWAYS,
    OF_CONTRACT,
    Clock,
    calendar_named,
    of_contract,
    of_priority,
)
from sothat.service_levels.timetable import Held, Timetable, due_of

_CLOCKS = tuple(Clock)
# Moments and promises of a few transactions; then all is forgotten.
_REMEMBERED = 256
# 1 January 2026, in microseconds: any day tells whether hours ever open.
_SOME_DAY = 1_767_225_600_000_000


@dataclass(frozen=True, slots=True)
class Promised:
    """What one clock of one priority promises.

    Attributes:
        plain: Its microseconds where it runs at all hours, so that there is nothing to look up.
    """

    term: Term
    timetable: Timetable
    plain: int | None

    def held(self, since: int) -> Held:
        """Return it as it holds from a moment in microseconds on."""
        return Held(since, self.term, self.timetable)


class Clockwork:
    """The clocks of a policy."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._promised: dict[tuple[Priority, Clock, str, str], Promised | None] = {}
        self._timetables: dict[tuple[Hours, str], Timetable] = {}
        self._versions: dict[str, str] = {}
        self._dues: dict[tuple[Term, Timetable, int], int] = {}
        self._starts: dict[tuple[Priority, str, str, int], Mapping[Clock, int | None]] = {}

    def client(self, name: str) -> Client | None:
        """Return a client of the policy."""
        return self._policy.clients.get(name)

    def calendar(self, client: str) -> Calendar:
        """Return the calendar in which a client's clocks count; the policy's own for none.

        Raises:
            Unusable: The policy does not say which.
        """
        known = self.client(client)
        return calendar_named(self._policy, known.calendar if known else "")

    def version(self, client: str) -> str:
        """Return what a client's calendar is now."""
        found = self._versions.get(client)
        if found is None:
            found = self._versions[client] = version(self.calendar(client))
        return found

    def promised(
        self, priority: Priority, clock: Clock, contract: str, client: str
    ) -> Promised | None:
        """Return what is promised, None where nothing is.

        Raises:
            Unusable: The policy lacks what it names.
        """
        wanted = (priority, clock, contract, client)
        if wanted not in self._promised:
            self._promised[wanted] = self._find(priority, clock, contract, client)
        return self._promised[wanted]

    def due(self, promised: Promised, since: int) -> int:
        """Return when a promise is due that holds from its clock's start on; microseconds.

        All that begins in one transaction begins at one moment: it is counted once.
        """
        if promised.plain is not None:
            return since + promised.plain
        wanted = (promised.term, promised.timetable, since)
        found = self._dues.get(wanted)
        if found is None:
            if len(self._dues) >= _REMEMBERED:
                self._dues.clear()
            found = self._dues[wanted] = promised.held(since).due(since)
        return found

    def from_start(
        self, priority: Priority, contract: str, client: str, since: int
    ) -> Mapping[Clock, int | None]:
        """Return when each clock is due of what begins at a moment; None where nothing is promised.

        Moments in microseconds. As with `due`, what begins together is counted once.
        """
        wanted = (priority, contract, client, since)
        found = self._starts.get(wanted)
        if found is None:
            if len(self._starts) >= _REMEMBERED:
                self._starts.clear()
            promises = ((one, self.promised(priority, one, contract, client)) for one in _CLOCKS)
            found = {one: None if p is None else self.due(p, since) for one, p in promises}
            self._starts[wanted] = found
        return found

    def try_all(self) -> None:
        """Count every clock of every priority and client once.

        Raises:
            Unusable: One cannot be counted: better now than with the first incident.
        """
        for name in ("", *self._policy.clients):
            known = self.client(name)
            for priority in Priority:
                for clock in Clock:
                    found = self.promised(priority, clock, known.contract if known else "", name)
                    if found is not None:
                        due_of((found.held(_SOME_DAY),))
            self.version(name)

    def _find(
        self, priority: Priority, clock: Clock, contract: str, client: str
    ) -> Promised | None:
        found = self._terms(priority, clock, contract)
        if found is None:
            return None
        term, hours = found
        plain = None
        if hours == ALWAYS and not term.days:
            plain = round(term.seconds * 1_000_000)
        return Promised(term, self._timetable(hours, self.calendar(client)), plain)

    def _terms(self, priority: Priority, clock: Clock, contract: str) -> tuple[Term, Hours] | None:
        if clock not in OF_CONTRACT:
            return of_priority(self._policy, priority, clock)
        return of_contract(self._policy, contract, priority, clock) if contract else None

    def _timetable(self, hours: Hours, calendar: Calendar) -> Timetable:
        wanted = (hours, calendar.name)
        if wanted not in self._timetables:
            self._timetables[wanted] = Timetable(hours, calendar)
        return self._timetables[wanted]
