"""PostgreSQL's side of `bulk`: statements travel together, rows as one JSON document each."""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from sothat.incidents.store.bulk import Read, Row, Write, encoded
from sothat.incidents.store.driver import driver_of, is_read_only
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    ExceptionContext,
    Float,
    Integer,
    LargeBinary,
    Table,
    event,
)

_PENDING = "sothat-pending"
# The first that fits; what is none of these is text.
_TYPES = (
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (Float, "double precision"),
)


class Pending:
    """Statements of a transaction that wait for a companion on the way to the server.

    They are sent before whatever comes next, the commit at the latest, so that nothing sees that
    they waited; what it saves is the way: two ways there and back for a whole batch.
    """

    def __init__(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> None:
        self._statements = [*statements]

    def add(self, text: str, arguments: Sequence[Any]) -> None:
        """Let a statement wait."""
        self._statements.append((text, arguments))

    def send(self, connection: Connection, *, commit: bool = False) -> None:
        """Send what waits and hear that it went well; commit along with it."""
        if not self._statements and not commit:
            return
        with driver_of(connection) as driver, driver.pipeline():
            self.queue(driver)
            if commit:
                driver.execute("COMMIT")

    def queue(self, driver: Any) -> None:
        """Put what waits into a pipeline."""
        statements, self._statements = self._statements, []
        for text, arguments in statements:
            driver.execute(text, arguments, prepare=True)


def pending_of(connection: Connection) -> Pending:
    """Return what waits in the transaction of a connection."""
    found: Pending = connection.info[_PENDING]
    return found


def let_wait(engine: Engine, first: str) -> None:
    """Make the transactions of an engine begin with a statement, which waits as others do."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.info[_PENDING] = Pending([(first, ())])

    @event.listens_for(engine, "before_cursor_execute")
    def before(connection: Connection, *_: Any) -> None:
        if connection.in_transaction():
            pending_of(connection).send(connection)

    @event.listens_for(engine, "handle_error")
    def failed(context: ExceptionContext) -> None:
        if is_read_only(context.original_exception):
            context.is_disconnect = True

    @event.listens_for(engine, "commit")
    def commit(connection: Connection) -> None:
        pending_of(connection).send(connection, commit=True)


class Pipelined:
    """Sends all statements of a call at once, and waits for their answers once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, reads: Sequence[Read]) -> Sequence[Sequence[Any]]:
        """Return the rows of each query."""
        with driver_of(self._connection) as driver:
            with driver.pipeline():
                pending_of(self._connection).queue(driver)
                cursors = [
                    driver.execute(_filled(one.text, _lists(one)), one.arguments, prepare=True)
                    for one in reads
                ]
            return [cursor.fetchall() for cursor in cursors]

    def write(self, writes: Sequence[Write]) -> None:
        """Write all rows, at the latest with the commit."""
        pending = pending_of(self._connection)
        for write in writes:
            if write.rows:
                columns = tuple(write.rows[0])
                text = _text(write, columns)
                rows = orjson.dumps(_plain(write.table, columns, write.rows)).decode()
                pending.add(text, (rows,))


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


def _text(write: Write, columns: tuple[str, ...]) -> Any:
    if write.remove:
        return _removal(write.table, columns)
    return _statement(write.table, columns, write.clash, update=write.update)


@cache
def _removal(table: Table, columns: tuple[str, ...]) -> Any:
    named = ", ".join(f'"{name}" {_type(table.c[name])}' for name in columns)
    same = " AND ".join(f't."{name}" = r."{name}"' for name in columns)
    rows = f"json_to_recordset(%s) AS r({named})"
    return f'DELETE FROM "{table.name}" AS t USING {rows} WHERE {same}'  # noqa: S608 – names only


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
