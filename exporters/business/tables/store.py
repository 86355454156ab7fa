"""The tables themselves: SQLite in memory, bounded; whoever asks can only read."""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sothat.exporters.business.reading import Answer, allow_reading
from sothat.exporters.business.tables.layout import Table
from sothat.exporters.business.tables.values import Value

DEFAULT_MAX_BYTES = 64 * 1024 * 1024
_PAGE = 4096
_TYPES = {"text": "TEXT", "number": "REAL", "time": "REAL", "flag": "INTEGER"}
# SQLite asks so often, in its own instructions, whether it is to go on.
_STEPS = 10_000


class Store:
    """The tables of one collector; for one thread at a time."""

    def __init__(self, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self._database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._database.execute(f"PRAGMA page_size = {_PAGE}")
        self._database.execute(f"PRAGMA max_page_count = {max_bytes // _PAGE}")
        self._database.execute("PRAGMA temp_store = MEMORY")
        # Else a table could not come into its place while views speak of it.
        self._database.execute("PRAGMA legacy_alter_table = ON")

    def close(self) -> None:
        """Let go of the tables."""
        self._database.close()

    def view(self, name: str, sql: str) -> None:
        """Give a query a name.

        Raises:
            sqlite3.Error: It is none.
        """
        self._run(f'CREATE VIEW "{name}" AS {sql}')

    def stage(self, table: Table) -> None:
        """Make room for the rows of a load."""
        self._drop(f"new_{table.name}")
        columns = [f'"{one.name}" {_TYPES[one.kind]}' for one in table.columns]
        key = [f'PRIMARY KEY ("{table.key}")'] if table.key else []
        self._run(f'CREATE TABLE "new_{table.name}" ({", ".join((*columns, *key))})')

    def add(self, table: Table, rows: Iterable[Sequence[Value]]) -> None:
        """Add rows to those of the load.

        Raises:
            sqlite3.Error: They take more memory than there may be.
        """
        marks = ", ".join("?" * len(table.columns))
        self._run("BEGIN")
        try:
            insert = f'INSERT OR REPLACE INTO "new_{table.name}" VALUES ({marks})'  # noqa: S608 – names are checked words
            self._database.executemany(insert, rows)
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    def publish(self, table: Table, *, onto: bool, before: float) -> None:
        """Make the rows of the load the table's.

        Args:
            table: Which one.
            onto: Whether they come to those that are there.
            before: Rows that are older are dropped.
        """
        name = table.name
        self._run("BEGIN")
        try:
            if onto:
                self._run(f'INSERT OR REPLACE INTO "{name}" SELECT * FROM "new_{name}"')  # noqa: S608
                self._drop(f"new_{name}")
            else:
                self._drop(name)
                self._run(f'ALTER TABLE "new_{name}" RENAME TO "{name}"')
            if table.kept_by:
                self._database.execute(
                    f'DELETE FROM "{name}" WHERE "{table.kept_by}" < ?',  # noqa: S608
                    [before],
                )
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    def count(self, table: Table, *, staged: bool = False) -> int:
        """Return the number of rows of a table, or of its load."""
        name = f"new_{table.name}" if staged else table.name
        found = self._database.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608
        return int(found[0])

    def ask(self, sql: str, values: Mapping[str, Any], seconds: float) -> Answer:
        """Return what a query gives.

        Raises:
            sqlite3.Error: It does more than read, fails, or takes longer.
        """
        with self._reading_until(time.monotonic() + seconds):
            cursor = self._database.execute(sql, values)
            columns = tuple(one[0] for one in cursor.description or ())
            return Answer(columns, tuple(cursor.fetchall()))

    @contextmanager
    def _reading_until(self, end: float) -> Iterator[None]:
        self._database.set_authorizer(allow_reading)
        self._database.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            yield
        finally:
            self._database.set_progress_handler(None, 0)
            self._database.set_authorizer(None)

    def _drop(self, name: str) -> None:
        self._run(f'DROP TABLE IF EXISTS "{name}"')

    def _run(self, statement: str) -> None:
        self._database.execute(statement)
