"""Loads of one table: page by page, over several polls where one is too short."""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sothat.exporters.business.tables.api import Api, ApiFailed, Page
from sothat.exporters.business.tables.files import FileFailed, rows_of, stamp
from sothat.exporters.business.tables.layout import File, Http, Table
from sothat.exporters.business.tables.store import Store
from sothat.exporters.business.tables.values import Misfit, Value, in_row, row_of
from sothat.exporters.clock import Clock
from sothat.exporters.source import Deadline

# What changed while a load was under way is asked for once more.
_OVERLAP = 300.0
_MAX_PAGES = 10_000
# After so many failures in a row a load begins anew: its place may no longer exist.
_ATTEMPTS = 5
_PIECE = 1000


class LoadFailed(Exception):  # noqa: N818 – it is named for what has happened
    """A table could not be brought up to date.

    Attributes:
        reason: One word.
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class Load:
    """One table's; for one thread at a time.

    Attributes:
        loaded_at: When what is in the table was asked for, in epoch seconds; None: never whole.
    """

    def __init__(self, table: Table, store: Store, max_rows: int, clock: Clock) -> None:
        self.table = table
        self.loaded_at: float | None = None
        self._store = store
        self._max_rows = max_rows
        self._clock = clock
        self._due = float("-inf")

    def advance(self, deadline: Deadline) -> None:
        """Bring the table up to date as far as there is time; nothing when it is not due.

        Raises:
            LoadFailed: It could not be; what was there before still is.
        """
        if self._clock.monotonic() >= self._due and deadline.remaining() > 0:
            try:
                self._step(deadline)
            except sqlite3.Error as error:
                self._wait(self.table.every)
                raise LoadFailed("budget", f"{self.table.name}: {error}") from error

    def _step(self, deadline: Deadline) -> None:
        raise NotImplementedError

    def _wait(self, seconds: float) -> None:
        self._due = self._clock.monotonic() + seconds

    def _require_room(self, count: int) -> None:
        if count > self._max_rows:
            self._wait(self.table.every)
            raise LoadFailed("budget", f"{self.table.name}: more than {self._max_rows} rows")


class ServiceLoad(Load):
    """A table that a service fills."""

    def __init__(
        self, table: Table, source: Http, api: Api, store: Store, max_rows: int, clock: Clock
    ) -> None:
        super().__init__(table, store, max_rows, clock)
        self._source = source
        self._api = api
        self._page: Page | None = None
        self._began = 0.0
        self._failures = 0

    def _step(self, deadline: Deadline) -> None:
        page: Page | None = self._page or self._begin()
        while page is not None:
            self._page = page
            if deadline.remaining() <= 0:
                return
            page = self._next(page, deadline)
        self._finish()

    def _begin(self) -> Page:
        self._began = self._clock.time()
        self._store.stage(self.table)
        return self._api.first(self._source, self._since(), self._began)

    def _since(self) -> float:
        if self.table.key and self.loaded_at is not None:
            return self.loaded_at - _OVERLAP
        return self._began - self.table.keep

    def _next(self, page: Page, deadline: Deadline) -> Page | None:
        try:
            rows, following = self._api.get(self._source, page, deadline)
            self._store.add(self.table, [*self._made(rows)])
        except (ApiFailed, Misfit) as error:
            self._failed(error)
            reason = error.reason if isinstance(error, ApiFailed) else "form"
            raise LoadFailed(reason, f"{self.table.name}: {error}") from error
        self._failures = 0
        self._require_room(self._store.count(self.table, staged=True))
        if page.number >= _MAX_PAGES:
            self._page = None
            raise LoadFailed("budget", f"{self.table.name}: more than {_MAX_PAGES} pages")
        return following

    def _made(self, rows: Sequence[Any]) -> Iterator[tuple[Value, ...]]:
        names = [column.name for column in self.table.columns]
        place = names.index(self.table.key) if self.table.key else None
        for row in rows:
            made = row_of(self.table.columns, in_row(row))
            if place is not None and made[place] is None:
                raise Misfit(f"a row without {self.table.key}")
            yield made

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        if self._failures >= _ATTEMPTS or isinstance(error, Misfit):
            self._page, self._failures = None, 0
            self._wait(self.table.every)
        if isinstance(error, ApiFailed) and error.wait:
            self._wait(error.wait)

    def _finish(self) -> None:
        onto = bool(self.table.key) and self.loaded_at is not None
        self._store.publish(self.table, onto=onto, before=self._began - self.table.keep)
        self._page, self.loaded_at = None, self._began
        self._wait(self.table.every)
        self._require_room(self._store.count(self.table))


class FileLoad(Load):
    """A table that a file fills: read whole when the file has changed, within one poll."""

    def __init__(
        self, table: Table, source: File, folder: Path, store: Store, max_rows: int, clock: Clock
    ) -> None:
        super().__init__(table, store, max_rows, clock)
        self._source = source
        self._path = folder / source.path
        self._stamp: tuple[int, int] | None = None

    def _step(self, deadline: Deadline) -> None:
        began = self._clock.time()
        try:
            found = stamp(self._path)
            if found != self._stamp:
                self._read(deadline)
        except OSError as error:
            message = f"{self.table.name}: cannot read {self._source.path}: {error.strerror}"
            raise LoadFailed("file", message) from error
        except FileFailed as error:
            self._wait(self.table.every)
            raise LoadFailed("file", f"{self.table.name}: {error}") from error
        self._stamp, self.loaded_at = found, began
        self._wait(self.table.every)

    def _read(self, deadline: Deadline) -> None:
        self._store.stage(self.table)
        rows = rows_of(self._path, self.table, self._source)
        count = 0
        while piece := [*islice(rows, _PIECE)]:
            count += len(piece)
            self._require_room(count)
            if deadline.remaining() <= 0:
                raise LoadFailed(
                    "timeout", f"{self.table.name}: {self._source.path} takes too long"
                )
            self._store.add(self.table, piece)
        before = self._clock.time() - self.table.keep
        self._store.publish(self.table, onto=False, before=before)
