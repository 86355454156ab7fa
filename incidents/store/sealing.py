"""The audit log's chain: each entry is sealed with the one before it, and the database guards them.

An entry's digest is that of the entry before, its own number and all of its content. So whoever
edits, removes or reorders entries breaks the chain, and it shows where. Two marks stand beside it:
its start, which retention moves on, and its head, without which the last entries could go unseen.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sothat.incidents.store.tables import AUDIT, AUDIT_MARK, Json, encode
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Text,
    delete,
    insert,
    select,
    text,
    type_coerce,
    update,
)

_CONTENT = (
    *("at", "caller", "role", "action", "incident_id", "outcome", "detail"),
    *("idempotency_key", "request_digest", "subject"),
)
_START, _HEAD = 0, 1
_CHUNK = 1000
# The guards' statements are the migration's own: a guard is taken away and put back as it was.
_SQLITE_GUARDS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry's place in the chain.

    Attributes:
        number: Counted from 1 without a gap; 0 stands before the first.
        digest: Hexadecimal SHA-256; empty before the first.
    """

    number: int = 0
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


def append(connection: Connection, row: Mapping[str, Any]) -> None:
    """Write an entry at the end of the chain; the connection holds the write lock."""
    head = mark(connection, _HEAD)
    full = {"incident_id": None, "idempotency_key": None, "subject": "", **row}
    number = head.number + 1
    digest = _digest(head.digest, number, [_raw(name, full[name]) for name in _CONTENT])
    connection.execute(insert(AUDIT), {**full, "number": number, "digest": digest})
    _set(connection, _HEAD, Mark(number, digest))


def start(connection: Connection) -> Mark:
    """Return after which entry the chain begins: those up to it retention has let go."""
    return mark(connection, _START)


def head(connection: Connection) -> Mark:
    """Return the last entry's mark."""
    return mark(connection, _HEAD)


def mark(connection: Connection, which: int) -> Mark:
    """Return one of the two marks; one that is not there stands before everything."""
    row = connection.execute(select(AUDIT_MARK).where(AUDIT_MARK.c.id == which)).first()
    return Mark() if row is None else Mark(row.number, row.digest)


def let_go(connection: Connection, before: int, most: int) -> bool:
    """Delete the oldest entries up to a moment; return whether there may be more.

    Only a beginning of the chain goes, so that the rest can still be verified.
    """
    query = select(AUDIT.c.at, AUDIT.c.number, AUDIT.c.digest).order_by(AUDIT.c.number)
    gone, count = Mark(), 0
    for row in connection.execute(query.limit(most)):
        if row.at >= before:
            break
        gone, count = Mark(row.number, row.digest), count + 1
    if count:
        _set(connection, _START, gone)
        connection.execute(delete(AUDIT).where(AUDIT.c.number <= gone.number))
    return count == most


def entries(connection: Connection) -> Iterator[tuple[int, Mark, Callable[[str], str]]]:
    """Yield all entries in the order of their numbers.

    Yields:
        The row's id, its mark, and what gives its digest after that of the entry before.
    """
    content = [_as_held(name) for name in _CONTENT]
    query = select(AUDIT.c.id, AUDIT.c.number, AUDIT.c.digest, *content)
    query = query.order_by(AUDIT.c.number).limit(_CHUNK)
    last = -1
    while rows := list(connection.execute(query.where(AUDIT.c.number > last))):
        for row in rows:
            yield row.id, Mark(row.number, row.digest), _digester(row)
        last = rows[-1].number


def _as_held(name: str) -> ColumnElement[Any]:
    column = AUDIT.c[name]
    return type_coerce(column, Text).label(name) if _is_json(name) else column


def _digester(row: Row[Any]) -> Callable[[str], str]:
    content = [getattr(row, name) for name in _CONTENT]
    return lambda previous: _digest(previous, row.number, content)


@contextmanager
def resealed(connection: Connection) -> Iterator[None]:
    """Let entries be changed, as a person's right to be forgotten wants it, and seal all anew.

    Marks that were noted before no longer fit: whoever does this says so in an entry of the log.
    """
    with unguarded(connection):
        yield
        previous = start(connection)
        for row, own, digest_after in entries(connection):
            fresh = Mark(own.number, digest_after(previous.digest))
            if fresh != own:
                changed = update(AUDIT).where(AUDIT.c.id == row).values(digest=fresh.digest)
                connection.execute(changed)
            previous = fresh
        _set(connection, _HEAD, previous)


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Take the guards away for a while; in one transaction, so that nobody else is let through."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        yield
        connection.execute(text("ALTER TABLE audit ENABLE TRIGGER USER"))
        return
    guards = list(connection.execute(text(_SQLITE_GUARDS)))
    for guard in guards:
        connection.execute(text(f"DROP TRIGGER {guard.name}"))
    yield
    for guard in guards:
        connection.exec_driver_sql(guard.sql)


def _set(connection: Connection, which: int, value: Mark) -> None:
    row = {"number": value.number, "digest": value.digest}
    changed = connection.execute(update(AUDIT_MARK).where(AUDIT_MARK.c.id == which).values(row))
    if not changed.rowcount:
        connection.execute(insert(AUDIT_MARK), {"id": which, **row})


def _digest(previous: str, number: int, content: Sequence[Any]) -> str:
    written = json.dumps([previous, number, *content], separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _raw(name: str, value: Any) -> Any:
    """Return a value as the database holds it: the text of JSON is what is sealed."""
    return encode(value) if _is_json(name) and value is not None else value


def _is_json(name: str) -> bool:
    return isinstance(AUDIT.c[name].type, Json)
