"""PostgreSQL's side of `bulk`: statements travel together, and many rows in few arguments.

What is short comes as one JSON document for all rows; JSON texts and bytes as an array a column:
within the document they would have to be escaped here, and taken apart again there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, Protocol

import orjson
from psycopg.errors import InFailedSqlTransaction
from psycopg.pq.abc import PGresult
from sothat.incidents.store.bulk import Read, Write
from sothat.incidents.store.driver import driver_of, is_read_only
from sothat.incidents.store.tables import Json, encode_bytes
from sothat.incidents.store.trip import Statement, Texts, Trips
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
from sqlalchemy.exc import InternalError

_PENDING = "sothat-pending"
_TRIPS = "sothat-trips"
# After these psycopg has the server forget all that is prepared, what others have prepared, too.
_FORGETTING = re.compile(r"\s*(?:ALTER|DROP|DISCARD|DEALLOCATE)\b", re.IGNORECASE)
_COMMIT = Statement("COMMIT")
# The first that fits; what is none of these is text.
_TYPES = (
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (Float, "double precision"),
)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The columns of rows, by the way in which they go: in the document, or as arrays."""

    short: tuple[str, ...]
    texts: tuple[str, ...]
    bytes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of rows to be written their statement depends on."""

    table: Table
    columns: tuple[str, ...]
    clash: str
    update: bool
    remove: bool


class Opening(Protocol):
    """With what the transactions of a connection begin."""

    def statements(self) -> Sequence[str]:
        """Return what the next one begins with."""

    def wrote(self, rows: int) -> None:
        """Take note that so many rows are written."""


class Pending:
    """What of a transaction waits for a companion on the way to the server.

    It is sent before whatever comes next, the commit at the latest, so that nothing sees that it
    waited; what it saves is the way: two ways there and back for a whole batch.
    """

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._first = opening.statements()
        self._writes: list[Write] = []

    def add(self, writes: Iterable[Write]) -> None:
        """Let rows wait."""
        self._writes += writes

    def send(self, connection: Connection, *, commit: bool = False) -> None:
        """Send what waits and hear that it went well; commit along with it."""
        statements = [*self.taken(), *([_COMMIT] if commit else [])]
        answers = _go(connection, statements) if statements else ()
        if commit and answers[-1].command_status != b"COMMIT":
            # The server says so, without an error, where the transaction had failed before.
            raise InternalError("COMMIT", None, InFailedSqlTransaction("it was rolled back"))

    def taken(self) -> list[Statement]:
        """Return what waits; it does so no longer."""
        first, self._first = self._first, ()
        writes, self._writes = self._writes, []
        self._opening.wrote(sum(len(write.rows) for write in writes))
        return [*map(Statement, first), *map(_statement, _rounds(writes))]


def pending_of(connection: Connection) -> Pending:
    """Return what waits in the transaction of a connection."""
    found: Pending = connection.info[_PENDING]
    return found


def let_wait(engine: Engine, opening: Opening) -> None:
    """Make the transactions of an engine begin with statements, which wait as others do."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.info[_PENDING] = Pending(opening)

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

    @event.listens_for(engine, "after_cursor_execute")
    def after(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if _FORGETTING.match(statement):
            _forget(connection)

    @event.listens_for(engine, "rollback")
    @event.listens_for(engine, "rollback_savepoint")
    def back(connection: Connection, *_: Any) -> None:
        # psycopg has the server forget all that is prepared, not only what it has itself.
        _forget(connection)


class Pipelined:
    """Sends all statements of a call at once, and waits for their answers once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, reads: Sequence[Read]) -> Sequence[Sequence[Any]]:
        """Return the rows of each query; all of them see the same state."""
        text = _asked(tuple((one.text, _lists(one)) for one in reads))
        asked = Statement(text, [argument for one in reads for argument in one.arguments])
        answer = _go(self._connection, [*pending_of(self._connection).taken(), asked])[-1]
        columns = [answer.get_value(0, place) or b"[]" for place in range(len(reads))]
        return [[tuple(row.values()) for row in orjson.loads(one)] for one in columns]

    def write(self, writes: Sequence[Write]) -> None:
        """Write all rows, at the latest with the commit."""
        pending_of(self._connection).add(write for write in writes if write.rows)

    def sync(self) -> None:
        """Send what waits."""
        pending_of(self._connection).send(self._connection)


def _lists(read: Read) -> tuple[bool, ...]:
    return tuple(isinstance(argument, list) for argument in read.arguments)


def _go(connection: Connection, statements: Sequence[Statement]) -> Sequence[PGresult]:
    with driver_of(connection) as driver:
        return _trips_of(connection).go(driver, statements)


def _trips_of(connection: Connection) -> Trips:
    found: Trips = connection.info.setdefault(_TRIPS, Trips())
    return found


def _forget(connection: Connection) -> None:
    """Prepare anew what a server forgets; of a lost connection nothing can be asked any more."""
    if not connection.invalidated:
        _trips_of(connection).forget()


@cache
def _asked(queries: tuple[tuple[str, tuple[bool, ...]], ...]) -> str:
    """Return one statement for several queries: each costs as much as its answer, or more."""
    places = count(1)
    answers = (f"FROM ({_filled(*query, places)}) AS r" for query in queries)
    rows = (f"(SELECT coalesce(json_agg(r), '[]') {one})::text" for one in answers)
    return f"SELECT {', '.join(rows)}"


def _filled(text: str, lists: tuple[bool, ...], places: Iterator[int]) -> str:
    marks = ((f"${place}", one) for one, place in zip(lists, places, strict=False))
    return text.format(*(f"= ANY({mark})" if one else mark for mark, one in marks))


def _statement(group: Sequence[Write]) -> Statement:
    arguments = [argument for write in group for argument in _arguments(write)]
    return Statement(_together(tuple(map(_shape, group))), arguments)


def _rounds(writes: Iterable[Write]) -> Sequence[Sequence[Write]]:
    """Return writes in groups that may happen at once: each table's own stay in their order."""
    found: list[list[Write]] = []
    done: Counter[str] = Counter()
    for write in writes:
        place = done[write.table.name]
        done[write.table.name] += 1
        if place == len(found):
            found.append([])
        found[place].append(write)
    return found


def _shape(write: Write) -> _Shape:
    return _Shape(write.table, tuple(write.rows[0]), write.clash, write.update, write.remove)


def _arguments(write: Write) -> Iterator[str | Texts | list[bytes]]:
    """Yield the rows as a JSON document, then each column that comes as an array."""
    rows = write.rows
    parts = _parts(write.table, tuple(rows[0]))
    short = parts.short
    yield orjson.dumps([{name: row[name] for name in short} for row in rows]).decode()
    for name in parts.texts:
        yield Texts([encode_bytes(row[name]) for row in rows])
    for name in parts.bytes:
        yield [row[name] for row in rows]


@cache
def _parts(table: Table, columns: tuple[str, ...]) -> _Parts:
    texts = tuple(name for name in columns if isinstance(table.c[name].type, Json))
    binary = tuple(name for name in columns if isinstance(table.c[name].type, LargeBinary))
    short = tuple(name for name in columns if name not in texts and name not in binary)
    return _Parts(short, texts, binary)


@cache
def _together(shapes: tuple[_Shape, ...]) -> str:
    """Return one statement that does what several would: each of its own costs its way."""
    places = count(1)
    *others, last = (_text(shape, places) for shape in shapes)
    named = ", ".join(f"w{number} AS ({text})" for number, text in enumerate(others))
    return f"WITH {named} {last}" if named else last


def _text(shape: _Shape, places: Iterator[int]) -> str:
    table, columns = shape.table, shape.columns
    rows = _source(table, columns, places)
    if shape.remove:
        return _removal(table, columns, rows)
    if shape.update:
        return _update(table, columns, rows)
    return _insertion(table, columns, rows, shape.clash)


def _source(table: Table, columns: tuple[str, ...], places: Iterator[int]) -> str:
    """Return the rows as what stands after FROM: the document's and the arrays'."""
    parts = _parts(table, columns)
    named = ", ".join(f'"{name}" {_type(table.c[name])}' for name in parts.short)
    if parts.short == columns:
        return f"json_to_recordset(${next(places)}) AS r({named})"
    found = [f"json_to_recordset(${next(places)}) AS ({named})"]
    found += [f"unnest(${next(places)}::text[])" for _ in parts.texts]
    found += [f"unnest(${next(places)}::bytea[])" for _ in parts.bytes]
    names = ", ".join(f'"{name}"' for name in (*parts.short, *parts.texts, *parts.bytes))
    return f"ROWS FROM ({', '.join(found)}) AS r({names})"


def _removal(table: Table, columns: tuple[str, ...], rows: str) -> str:
    same = " AND ".join(f't."{name}" = r."{name}"' for name in columns)
    return f'DELETE FROM "{table.name}" AS t USING {rows} WHERE {same}'  # noqa: S608 – names only


def _update(table: Table, columns: tuple[str, ...], rows: str) -> str:
    changes = ", ".join(f'"{name}" = r."{name}"' for name in columns if name != "id")
    return f'UPDATE "{table.name}" AS t SET {changes} FROM {rows} WHERE t.id = r.id'  # noqa: S608 – names only


def _insertion(table: Table, columns: tuple[str, ...], rows: str, clash: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(f'r."{name}"' for name in columns)
    on_clash = f" ON CONFLICT {clash}" if clash else ""
    return f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM {rows}{on_clash}'  # noqa: S608 – names only


def _type(column: Column[Any]) -> str:
    return next((name for kind, name in _TYPES if isinstance(column.type, kind)), "text")
