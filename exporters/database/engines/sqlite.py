"""SQLite: one file, one writer."""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sothat.exporters.database.engines.dialect import Limits, LockState
from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

_HEADER = b"SQLite format 3\0"


class Sqlite:
    """The write lock is the whole file's, so the probe is to take it for an instant."""

    name = "sqlite"

    def driver(self, url: URL) -> URL:
        """Return the URL of the file opened without creating it."""
        # Not mode=ro: who may only read can never ask for the write lock.
        path = quote(str(url.database))
        query = {"mode": "rw", "uri": "true"}
        return URL.create("sqlite", database=f"file:{path}", query=query)

    def options(self, url: URL, limits: Limits) -> Mapping[str, Any]:  # noqa: ARG002 – the protocol's
        """Return the busy timeout."""
        return {"timeout": limits.lock, "check_same_thread": False}

    def settle(self, connection: Connection) -> None:
        """Refuse every change."""
        connection.exec_driver_sql("PRAGMA query_only = ON")

    def locks(self, connection: Connection, limits: Limits) -> LockState:  # noqa: ARG002 – the protocol's
        """Take the write lock and give it back at once, nothing written."""
        # A connection that may only query is refused the lock as well.
        connection.exec_driver_sql("PRAGMA query_only = OFF")
        try:
            return _lock_and_release(connection)
        finally:
            connection.exec_driver_sql("PRAGMA query_only = ON")

    def read(self, connection: Connection) -> bool:
        """Read the list of tables; an exclusive lock keeps readers out as well."""
        try:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        except OperationalError as error:
            if not _is_lock(error):
                raise
            return False
        return True

    def size(self, connection: Connection) -> int | None:
        """Return the size of the file and its write-ahead log; needs no lock."""
        main = connection.exec_driver_sql("PRAGMA database_list").fetchone()
        path = Path(main[2]) if main and main[2] else None
        return _size(path) if path else None

    def connections(self, connection: Connection) -> Mapping[str, int]:  # noqa: ARG002 – the protocol's
        """Return nothing: there is no server to ask."""
        return {}

    def connections_limit(self, connection: Connection) -> int | None:  # noqa: ARG002 – the protocol's
        """Return nothing: there is no server to ask."""
        return None

    def cut(self, connection: Any) -> None:
        """Interrupt the statement that runs."""
        with suppress(sqlite3.Error):
            connection.interrupt()


def _lock_and_release(connection: Connection) -> LockState:
    begun = time.perf_counter()
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if not _is_lock(error):
            raise
        return LockState(blocked=True, waited=time.perf_counter() - begun)
    waited = time.perf_counter() - begun
    connection.exec_driver_sql("ROLLBACK")
    return LockState(blocked=False, waited=waited)


def unreadable(path: Path) -> str:
    """Return why a file cannot be a SQLite database, or nothing.

    Looks at the file's first bytes only: a database that is locked now is still one.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(len(_HEADER))
    except OSError as error:
        return error.strerror or str(error)
    if start not in (b"", _HEADER):
        return "not an SQLite database"
    return ""


def _is_lock(error: OperationalError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _size(path: Path) -> int:
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())
