"""Asking a database: rows as plain values, on a connection that can only read."""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from sothat.exporters.business.query import bounded, parameters, used_parameters
from sothat.exporters.database.engines.dialect import Limits
from sothat.exporters.database.target import Target
from sothat.exporters.guard import cut_after
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

# What a query that reads is made of, as SQLite's authorizer is told of it.
_READING = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)
_LOCK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gives: the names of its columns, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class QueryFailed(Exception):  # noqa: N818 – it is named for what has happened
    """A query gave no answer; the message says why.

    Attributes:
        down: Whether it is the database that does not answer, rather than this query.
    """

    def __init__(self, message: str, *, down: bool = False) -> None:
        self.down = down
        super().__init__(message)


class Reader(Protocol):
    """Whoever answers the queries of a poll."""

    def ask(self, sql: str, now: float, most: int, seconds: float) -> Answer:
        """Return at most so many rows, and one more when there are more.

        Raises:
            QueryFailed: There is no answer within so many seconds.
        """

    def close(self) -> None:
        """Hang up."""


def allow_reading(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Return SQLite's verdict on a step of a statement, before any of it runs."""
    loading = action == sqlite3.SQLITE_FUNCTION and "load_extension" in (first, second)
    allowed = action in _READING and not loading
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


class DatabaseReader:
    """The queries of one poll, over one connection that is made anew when it broke.

    Args:
        target: The database.
        seconds: What the poll may take in all.
    """

    def __init__(self, target: Target, seconds: float) -> None:
        self._target = target
        self._end = time.monotonic() + seconds
        self._stack = ExitStack()
        self._connection: Connection | None = None

    def ask(self, sql: str, now: float, most: int, seconds: float) -> Answer:
        """Return at most so many rows, and one more when there are more."""
        try:
            connection = self._connected()
        except (SQLAlchemyError, OSError) as error:
            raise QueryFailed(first_line(error), down=True) from error
        try:
            with cut_after(seconds, lambda: self._target.dialect.cut(_raw(connection))):
                return _asked(connection, bounded(sql, most + 1), values_for(sql, now))
        except (SQLAlchemyError, OSError) as error:
            self.close()  # it may have been cut; and what it was left in is not known
            raise QueryFailed(_why(error)) from error

    def close(self) -> None:
        """Hang up."""
        self._connection = None
        with suppress(SQLAlchemyError, OSError):  # it may have broken, and is closed for that
            self._stack.close()

    def _connected(self) -> Connection:
        if self._connection is None:
            left = max(0.1, self._end - time.monotonic())
            limits = Limits(min(_LOCK_SECONDS, left / 2), left)
            connection = self._stack.enter_context(self._target.connect(limits))
            _bind(connection, self._target.dialect.name, left)
            self._connection = connection
        return self._connection


def values_for(sql: str, now: float) -> Mapping[str, Any]:
    """Return the parameters that a query names, with their values."""
    wanted = used_parameters(sql)
    return {name: value for name, value in parameters(now).items() if name in wanted}


def first_line(error: Exception) -> str:
    """Return the first line of what an error says."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _asked(connection: Connection, sql: str, values: Mapping[str, Any]) -> Answer:
    result = connection.execute(text(sql), values)
    return Answer(tuple(result.keys()), tuple(tuple(row) for row in result.fetchall()))


def _bind(connection: Connection, kind: str, seconds: float) -> None:
    """Have the server itself end what takes too long, and SQLite refuse all but reading."""
    if kind == "sqlite":
        _raw(connection).set_authorizer(allow_reading)
    elif kind == "mysql" and connection.dialect.is_mariadb:  # type: ignore[attr-defined]
        connection.exec_driver_sql(f"SET SESSION max_statement_time = {seconds:.3f}")
    elif kind == "mysql":
        connection.exec_driver_sql(f"SET SESSION max_execution_time = {round(seconds * 1000)}")


def _raw(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _why(error: Exception) -> str:
    return first_line(error.orig if getattr(error, "orig", None) else error)  # type: ignore[attr-defined]
