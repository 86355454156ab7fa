"""The thread that keeps the page: tells those who are told by themselves, reads, renders, writes.

What answers a request is in memory alone: the page is there while the database is not, and says
since when it has not been renewed.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Thread

from sothat.incidents.communication.announcing import tell_by_itself
from sothat.incidents.communication.book import STATUS_PAGE
from sothat.incidents.communication.telling import Office
from sothat.incidents.status_page.folder import write
from sothat.incidents.status_page.history import DAYS
from sothat.incidents.status_page.planned import Calendar
from sothat.incidents.status_page.rendering import File, Look, files
from sothat.incidents.status_page.snapshot import Snapshot, snapshot
from sothat.incidents.store.announcements import incidents_of, told_since
from sothat.incidents.store.tables import INCIDENT, MESSAGE
from sothat.incidents.times import SECOND
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_LOG = logging.getLogger(__name__)
_EVERY_SECONDS = 5.0
# A page that was not renewed for so long says so.
_OLD = 60 * SECOND
# The page shows minutes: within one only what has changed makes another of it.
_MINUTE = 60 * SECOND
_DAY = 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Shown:
    """The page as it is, and as it is once it is old.

    Attributes:
        at: When it was last found to be so, nanoseconds.
        renewed: Whether the last look at the store went well.
    """

    fresh: Mapping[str, File]
    old: Mapping[str, File]
    at: int
    renewed: bool

    def files(self, now: int) -> Mapping[str, File]:
        """Return the files to be shown at a moment."""
        return self.fresh if self.renewed and now - self.at < _OLD else self.old


class Publisher:
    """Keeps the page until it is stopped.

    Args:
        office: What texts are made with.
        look: How the page presents itself.
        calendar: What is planned.
        folder: Where the files go; None: nowhere.
    """

    def __init__(
        self,
        office: Office,
        look: Look,
        calendar: Calendar,
        folder: Path | None,
        writer: Writer,
        readers: Engine,
        clock: Callable[[], int],
    ) -> None:
        self._office = office
        self._look = look
        self._calendar = calendar
        self._folder = folder
        self._writer = writer
        self._readers = readers
        self._clock = clock
        self._written: Mapping[str, File] = {}
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="status-page", daemon=True)
        self._shot: Snapshot | None = None
        self.shown: Shown | None = None

    def start(self) -> None:
        """Make the page, then keep it so."""
        self.renew()
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Renew it no more; wait some seconds for what is under way."""
        self._stopping.set()
        self._thread.join(patience)

    def renew(self) -> None:
        """Look at the store, and show what is there; or that nobody can look."""
        try:
            if any(one.automatic for one in self._office.book.audiences.values()):
                job = partial(tell_by_itself, office=self._office)
                self._writer.run(job).result()
            with self._readers.connect() as connection:
                found = self._found(connection)
        except (StoreUnavailable, DBAPIError, PoolTimeout) as error:
            _LOG.warning("the status page cannot be renewed", extra={"reason": str(error)})
            self._grow_old()
        else:
            self._show(found)

    def _run(self) -> None:
        while not self._stopping.wait(_EVERY_SECONDS):
            self.renew()

    def _found(self, connection: Connection) -> Snapshot:
        now = self._clock()
        told = told_since(connection, STATUS_PAGE, now - DAYS * _DAY)
        incidents = incidents_of(connection, sorted({one.incident for one in told}))
        when = datetime.fromtimestamp(now // SECOND, UTC)
        planned = self._calendar.planned(when)
        known = since(connection, now)
        found = snapshot(told, incidents, planned, self._office.book, known, now)
        return replace(found, at=now - now % _MINUTE)

    def _show(self, found: Snapshot) -> None:
        """Show a snapshot; one that says the same needs no other files."""
        now = self._clock()
        if self.shown is None or found != self._shot:
            fresh, old = (files(found, self._look, fresh=new) for new in (True, False))
            self.shown, self._shot = Shown(fresh, old, now, renewed=True), found
        else:
            self.shown = Shown(self.shown.fresh, self.shown.old, now, renewed=True)
        self._write(self.shown.fresh)

    def _grow_old(self) -> None:
        if self.shown is not None:
            self.shown = Shown(self.shown.fresh, self.shown.old, self.shown.at, renewed=False)
            self._write(self.shown.old)

    def _write(self, made: Mapping[str, File]) -> None:
        if self._folder is None:
            return
        try:
            write(self._folder, made, self._written)
        except OSError as error:
            reason = error.strerror or str(error)
            _LOG.warning("the status page cannot be written", extra={"reason": reason})
        else:
            self._written = made


def since(connection: Connection, now: int) -> int:
    """Return from when on the store knows anything."""
    first = connection.execute(select(func.min(MESSAGE.c.received_at))).scalar()
    opened = connection.execute(select(func.min(INCIDENT.c.opened_at))).scalar()
    return min((moment for moment in (first, opened) if moment is not None), default=now)
