"""Many rows in few statements.

SQLAlchemy's tables say what there is; the text goes to the driver as it is, made once for each
shape of rows, since building statements would take most of the time of a storm. On PostgreSQL all
statements of a call travel together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import orjson
from sothat.incidents.store.driver import driver_of
from sothat.incidents.store.tables import Json, encode
from sqlalchemy import Connection, Table

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """A query.

    Attributes:
        text: SQL, with ``{}`` where an argument stands; a list's is preceded by its column alone
            (``WHERE key {}``).
    """

    text: str
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """Rows of one shape to be inserted, or to be updated by their ``id``.

    Attributes:
        remove: Delete whatever agrees with the rows instead.
        clash: What to do when a row is there already, as in SQL: ``(at) DO UPDATE SET …``.
    """

    table: Table
    rows: Sequence[Row]
    update: bool = False
    clash: str = ""
    remove: bool = False


class Bulk(Protocol):
    """Runs statements in the transaction of a connection, in order."""

    def read(self, reads: Sequence[Read]) -> Sequence[Sequence[Any]]:
        """Return the rows of each query."""

    def write(self, writes: Sequence[Write]) -> None:
        """Write; what has no rows is left out."""

    def sync(self) -> None:
        """Wait until all that was written is: an error of it comes out here at the latest."""


def bulk(connection: Connection) -> Bulk:
    """Return what runs statements on a connection's database."""
    if connection.dialect.name == "sqlite":
        return _Sqlite(connection)
    from sothat.incidents.store.pipelined import Pipelined  # noqa: PLC0415 – its driver is an extra

    return Pipelined(connection)


class _Sqlite:
    """Statements one after the other: there is no way to go."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, reads: Sequence[Read]) -> Sequence[Sequence[Any]]:
        """Return the rows of each query."""
        with driver_of(self._connection) as driver:
            return [driver.execute(*_asked(read)).fetchall() for read in reads]

    def write(self, writes: Sequence[Write]) -> None:
        """Write all rows."""
        with driver_of(self._connection) as driver:
            for write in writes:
                if write.rows:
                    columns = tuple(write.rows[0])
                    text = _text(write, columns)
                    driver.executemany(text, _encoded(write.table, columns, write.rows)).close()

    def sync(self) -> None:
        """Do nothing: nothing ever waits."""


def _asked(read: Read) -> tuple[str, tuple[Any, ...]]:
    lists = tuple(isinstance(argument, list) for argument in read.arguments)
    values = (
        orjson.dumps(argument).decode() if is_list else argument
        for argument, is_list in zip(read.arguments, lists, strict=True)
    )
    return _filled(read.text, lists), tuple(values)


def _encoded(table: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> list[dict[str, Any]]:
    names = _json_columns(table, columns)
    return [{**row, **{name: encode(row[name]) for name in names}} for row in rows]


@cache
def _json_columns(table: Table, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in columns if isinstance(table.c[name].type, Json))


@cache
def _filled(text: str, lists: tuple[bool, ...]) -> str:
    return text.format(*("IN (SELECT value FROM json_each(?))" if one else "?" for one in lists))


def _text(write: Write, columns: tuple[str, ...]) -> str:
    if write.remove:
        return _removal(write.table, columns)
    return _statement(write.table, columns, write.clash, update=write.update)


@cache
def _removal(table: Table, columns: tuple[str, ...]) -> str:
    same = " AND ".join(f'"{name}" = :{name}' for name in columns)
    return f'DELETE FROM "{table.name}" WHERE {same}'  # noqa: S608 – names only


@cache
def _statement(table: Table, columns: tuple[str, ...], clash: str, *, update: bool) -> str:
    if update:
        changes = ", ".join(f'"{name}" = :{name}' for name in columns if name != "id")
        return f'UPDATE "{table.name}" SET {changes} WHERE id = :id'  # noqa: S608 – names only
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(f":{name}" for name in columns)
    on_clash = f" ON CONFLICT {clash}" if clash else ""
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({values}){on_clash}'  # noqa: S608
