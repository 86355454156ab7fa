"""What the faces read of the store: one transaction each, in a thread, so that no request waits."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sothat.incidents.access.scope import EVERYTHING, Scope
from sothat.incidents.incident import Incident, Note, Rules
from sothat.incidents.major.major import Major
from sothat.incidents.roster import Roster
from sothat.incidents.store import browsing, majors
from sothat.incidents.store.browsing import Slice
from sothat.incidents.store.reading import AlertView
from sothat.incidents.store.reviewing import lessons
from sothat.incidents.store.ticketing import tickets_of
from sothat.incidents.tickets.linked import Linked
from sothat.incidents.web import models
from sothat.incidents.web.clocks import Clock, clocks_of, deadline_shapes
from sothat.incidents.web.duties import Duty, duties
from sothat.incidents.web.models import LARGEST_ID
from sqlalchemy import Connection, Engine

# How much of an incident is shown at once; the rest comes in pages.
ALERTS_IN_LIST = 10
ALERTS_SHOWN = 100
ENTRIES_SHOWN = 200
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class View:
    """An incident as it is shown.

    Attributes:
        alerts: The first ones, those that fire before the others.
        timeline: The latest entries, the newest first.
        last_entry: Number of the last timeline entry.
        major: Its record as a major incident, if there is one.
    """

    incident: Incident
    alerts: tuple[AlertView, ...]
    timeline: Slice[Note]
    undelivered: tuple[str, ...]
    last_entry: int
    tickets: tuple[Linked, ...] = ()
    lessons: tuple[str, ...] = ()
    major: Major | None = None


class Views:
    """Reads what is shown.

    Args:
        readers: The store.
        rules: What clocks go by.
        clock: Nanoseconds since 1970.
    """

    def __init__(self, readers: Engine, rules: Rules, clock: Callable[[], int]) -> None:
        self._readers = readers
        self._rules = rules
        self._roster = rules.roster or Roster(rules.policy)
        self._clock = clock

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Return what a query finds."""
        return await asyncio.to_thread(self._read, query)

    async def incident(self, number: int, scope: Scope = EVERYTHING) -> View | None:
        """Return one incident, None if there is none of this number within a scope."""
        if number > LARGEST_ID:
            return None
        return await self.read(lambda connection: _view(connection, number, scope))

    async def deadlines(self, incident: Incident) -> list[models.Deadline]:
        """Return an incident's clocks as data, counted in a thread: calendars take their time."""
        return await asyncio.to_thread(deadline_shapes, incident, self._clock(), self._rules)

    async def clocks(self, incident: Incident) -> tuple[Clock, ...]:
        """Return an incident's clocks as a page shows them."""
        return await asyncio.to_thread(clocks_of, incident, self._clock(), self._rules)

    async def duties(
        self, at: int | None = None, teams: Sequence[str] = (), scope: Scope = EVERYTHING
    ) -> tuple[int, tuple[Duty, ...]]:
        """Return a moment, now unless given, and who is on call then, of the teams in a scope."""
        when = self._clock() if at is None else at
        found = await asyncio.to_thread(duties, self._roster, when, teams)
        return when, tuple(duty for duty in found if scope.has_team(duty.team))

    def _read(self, query: Callable[[Connection], T]) -> T:
        with self._readers.connect() as connection:
            return query(connection)


def _view(connection: Connection, number: int, scope: Scope) -> View | None:
    found = browsing.incident(connection, number, scope)
    if found is None:
        return None
    return View(
        found,
        tuple(browsing.alerts_of(connection, [number], ALERTS_SHOWN)[number]),
        browsing.timeline(connection, number, ENTRIES_SHOWN),
        tuple(browsing.undelivered(connection, number)),
        browsing.last_entry(connection, number),
        tickets_of(connection, number),
        tuple(lessons(connection, number)),
        majors.major(connection, number),
    )
