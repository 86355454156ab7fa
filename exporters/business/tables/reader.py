"""The queries of a poll over tables in memory."""

import re
import sqlite3
from collections.abc import Mapping, Sequence

from sothat.exporters.business.query import bounded
from sothat.exporters.business.reading import Answer, QueryFailed, values_for
from sothat.exporters.business.tables.loading import Load
from sothat.exporters.business.tables.store import Store
from sothat.exporters.business.words import words_of

# A table that was not brought up to date for so many of its rounds is not asked any more.
_ROUNDS = 3


class TablesReader:
    """Asks tables; refuses a query over one that is not there as a whole, or is out of date."""

    def __init__(
        self, store: Store, loads: Sequence[Load], views: Mapping[str, str], now: float
    ) -> None:
        self._store = store
        self._views = views
        self._loads = loads
        self._now = now

    def ask(self, sql: str, now: float, most: int, seconds: float) -> Answer:
        """Return at most so many rows, and one more when there are more."""
        for load in self.used(sql):
            self._require(load)
        try:
            return self._store.ask(bounded(sql, most + 1), dict(values_for(sql, now)), seconds)
        except sqlite3.Error as error:
            raise QueryFailed(str(error)) from error

    def read_at(self, sql: str) -> float:
        """Return when the oldest of what a query asks was read."""
        return min((load.loaded_at or 0.0 for load in self.used(sql)), default=self._now)

    def used(self, sql: str) -> tuple[Load, ...]:
        """Return the loads of the tables that a query names."""
        words = _words(sql)
        for name in words & self._views.keys():
            words |= _words(self._views[name])
        return tuple(load for load in self._loads if load.table.name in words)

    def close(self) -> None:
        """Do nothing: the tables stay."""

    def _require(self, load: Load) -> None:
        if load.loaded_at is None:
            raise QueryFailed(f"the table {load.table.name} is not loaded yet")
        if self._now - load.loaded_at > _ROUNDS * load.table.every:
            raise QueryFailed(f"the table {load.table.name} is out of date")


def _words(sql: str) -> set[str]:
    return set(re.findall(r"\w+", words_of(sql, "sqlite").lower()))
