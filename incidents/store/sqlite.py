"""SQLite: one process, one connection that writes, several that only read."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool, StaticPool

# How long a writer waits for a lock that another process holds, before the answer is 503.
LOCK_TIMEOUT_SECONDS = 2.0
_READERS = 8


def writer_engine(url: str) -> Engine:
    """Return the engine of the one connection that writes.

    Every transaction takes the write lock at its start, so that it never fails half-way for want
    of it; a commit is on the disk before it returns. Once the file has been removed or replaced
    under the open connection, no transaction begins: what it wrote would be in no file.
    """
    engine = create_engine(url, poolclass=StaticPool, connect_args=_arguments())
    _on_connect(engine, "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")
    file, opened = database_file(url), _Opened()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        opened.check(file)

    return engine


class _Opened:
    """Which file a connection has open."""

    def __init__(self) -> None:
        self._file: tuple[int, int] | None = None

    def check(self, path: Path) -> None:
        """Raise `OperationalError` unless the path leads to the file of the first call."""
        try:
            status = path.stat()
        except OSError as error:
            raise _lost(f"its file cannot be seen: {error.strerror}") from error
        found = (status.st_dev, status.st_ino)
        self._file = self._file or found
        if found != self._file:
            raise _lost("its file has been replaced")


def _lost(how: str) -> OperationalError:
    return OperationalError("BEGIN", None, sqlite3.OperationalError(f"{how}; start again"))


def reader_engine(url: str) -> Engine:
    """Return the engine of the connections that read; each sees the last commit."""
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=_READERS, max_overflow=32, connect_args=_arguments()
    )
    _on_connect(engine, "PRAGMA query_only=ON")
    return engine


def _arguments() -> dict[str, Any]:
    return {"timeout": LOCK_TIMEOUT_SECONDS, "check_same_thread": False}


def _on_connect(engine: Engine, *statements: str) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself.
        connection.isolation_level = None
        for statement in ("PRAGMA temp_store=MEMORY", *statements):
            connection.execute(statement).close()


def database_file(url: str) -> Path:
    """Return the file of an SQLite URL."""
    return Path(make_url(url).database or "")


def shown(url: str) -> str:
    """Return the file of an URL, for people."""
    return str(database_file(url))
