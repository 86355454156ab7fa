"""PostgreSQL's side of `bulk`: statements travel together, rows as one JSON document each."""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from sothat.incidents.store.bulk import Read, Row, Write, encoded
from sothat.incidents.store.driver import driver_of
from sqlalchemy import BigInteger, Boolean, Column, Connection, Float, Integer, LargeBinary, Table

# The first that fits; what is none of these is text.
_TYPES = (
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (Float, "double precision"),
)


class Pipelined:
    """Sends all statements of a call at once, and waits for their answers once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, reads: Sequence[Read]) -> Sequence[Sequence[Any]]:
        """Return the rows of each query."""
        with driver_of(self._connection) as driver:
            with driver.pipeline():
                cursors = [
                    driver.execute(_filled(one.text, _lists(one)), one.arguments, prepare=True)
                    for one in reads
                ]
            return [cursor.fetchall() for cursor in cursors]

    def write(self, writes: Sequence[Write]) -> None:
        """Write all rows."""
        wanted = [write for write in writes if write.rows]
        if not wanted:
            return
        with driver_of(self._connection) as driver, driver.pipeline():
            for write in wanted:
                columns = tuple(write.rows[0])
                text = _statement(write.table, columns, write.clash, update=write.update)
                rows = orjson.dumps(_plain(write.table, columns, write.rows)).decode()
                driver.execute(text, (rows,), prepare=True)


def _lists(read: Read) -> tuple[bool, ...]:
    return tuple(isinstance(argument, list) for argument in read.arguments)


@cache
def _filled(text: str, lists: tuple[bool, ...]) -> Any:
    return text.format(*("= ANY(%s)" if one else "%s" for one in lists))


def _plain(table: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> Sequence[Row]:
    binary = [name for name in columns if isinstance(table.c[name].type, LargeBinary)]
    found = encoded(table, columns, rows)
    if not binary:
        return found
    return [{**row, **{name: b64encode(row[name]).decode() for name in binary}} for row in found]


@cache
def _statement(table: Table, columns: tuple[str, ...], clash: str, *, update: bool) -> Any:
    named = ", ".join(f'"{name}" {_type(table.c[name])}' for name in columns)
    rows = f"json_to_recordset(%s) AS r({named})"
    if update:
        changes = ", ".join(
            f'"{name}" = {_value(table.c[name])}' for name in columns if name != "id"
        )
        return f'UPDATE "{table.name}" AS t SET {changes} FROM {rows} WHERE t.id = r.id'  # noqa: S608 – names only
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(_value(table.c[name]) for name in columns)
    on_clash = f" ON CONFLICT {clash}" if clash else ""
    return f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM {rows}{on_clash}'  # noqa: S608


def _type(column: Column[Any]) -> str:
    return next((name for kind, name in _TYPES if isinstance(column.type, kind)), "text")


def _value(column: Column[Any]) -> str:
    if isinstance(column.type, LargeBinary):
        return f"decode(r.\"{column.name}\", 'base64')"
    return f'r."{column.name}"'
