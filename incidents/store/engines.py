"""Connections to the store: one that writes, several that only read, whatever database it is."""

from functools import cache
from typing import Any, Protocol

from sothat.incidents.store import sqlite
from sothat.incidents.store.driver import driver_of
from sothat.incidents.store.lock import StoreLock
from sothat.model.problem import Position, unusable
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

SQLITE = "sqlite:///"
POSTGRESQL = "postgresql://"
# PostgreSQL's states in which nothing is wrong with the statement but nothing can be written:
# read-only after a fail-over, shutting down, starting up, no space, too many connections.
_PASSING = frozenset(("25006", "57P01", "57P02", "57P03", "53100", "53200", "53300"))


def writer_engine(url: str) -> Engine:
    """Return the engine of the one connection of this process that writes.

    Each transaction takes the store's write lock first.
    """
    engine: Engine = _backend(url).writer_engine(url)
    return engine


def reader_engine(url: str) -> Engine:
    """Return the engine of the connections that read; each sees the last commit."""
    engine: Engine = _backend(url).reader_engine(url)
    return engine


def is_shared(url: str) -> bool:
    """Return whether several processes may have the store open."""
    return url.startswith(POSTGRESQL)


def place(url: str) -> str:
    """Return where a store is, for people: no secret is in it."""
    return str(_backend(url).shown(url))


def forget(engine: Engine) -> None:
    """Let an SQLite file keep nothing of rows as they were; a server's files are its owner's."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection, driver_of(connection) as driver:
            driver.execute("VACUUM")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


class Presence(Protocol):
    """A process that has a store open, as the others see it.

    Attributes:
        alone: Whether no other process had it open before: then nobody alive holds a claim.
    """

    alone: bool

    def settle(self) -> None:
        """Let others come, now that what the dead had claimed is free again."""

    def release(self) -> None:
        """Be gone."""


def presence(url: str) -> Presence:
    """Return the presence of this process at a store.

    Raises:
        Unusable: The store is for one process and another has it, or it cannot be opened.
    """
    if not is_shared(url):
        return StoreLock(sqlite.database_file(url))
    backend = _postgresql()
    try:
        found: Presence = backend.Presence(url)
    except backend.psycopg.Error as error:
        message = f"cannot open the incident store: {error}"
        raise unusable("store-unusable", message, position=Position(place(url))) from error
    return found


def unavailable(error: Exception) -> bool:
    """Return whether an error says that the store cannot be written now, whatever is written."""
    if isinstance(error, OperationalError | PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PASSING


def reason(error: Exception) -> str:
    """Return what the database says, on one line."""
    told = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(told).split())


@cache
def _postgresql() -> Any:
    """Return the module for PostgreSQL; it is loaded only where it is wanted."""
    try:
        from sothat.incidents.store import postgresql  # noqa: PLC0415 – its driver is an extra
    except ImportError as error:
        message = f"the driver for PostgreSQL is not installed: {error}"
        hint = "pip install 'sothat[postgresql]'"
        raise unusable("missing-driver", message, hint=hint) from error
    return postgresql


def _backend(url: str) -> Any:
    return _postgresql() if is_shared(url) else sqlite
