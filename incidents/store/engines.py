"""Connections to the store: one that writes, several that only read."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool, StaticPool

# How long a writer waits for a lock that another process holds, before the answer is 503.
LOCK_TIMEOUT_SECONDS = 2.0
_READERS = 8


def writer_engine(url: str) -> Engine:
    """Return the engine of the one connection that writes.

    Every transaction takes the write lock at its start, so that it never fails half-way for want
    of it; a commit is on the disk before it returns.
    """
    engine = create_engine(url, poolclass=StaticPool, connect_args=_arguments())
    _on_connect(engine, "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


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
