"""Statements that go to a PostgreSQL server together, and whose answers come back together.

psycopg's pipeline sends each statement by itself, which wakes the server once for each and takes
more of both processors than the statements do. Here all leave in one piece, over psycopg's own
layer of libpq, and are prepared when they are first met.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from select import POLLIN, POLLOUT, poll
from struct import Struct
from typing import Any

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

_BYTEA, _TEXT = 17, 25
_ARRAY_HEAD, _LENGTH = Struct("!iiIii"), Struct("!i")
_Wired = tuple[bytes | None, int]
# More than there are shapes of batches; what comes beyond them is planned each time.
_MOST_PREPARED = 250


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts for a ``text[]``, encoded already and without NUL: they are sent as they are."""

    items: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Statement:
    """A text with ``$1``, ``$2`` … where its arguments stand, whose types the server finds.

    Attributes:
        arguments: Texts, numbers, lists of either or of bytes, `Texts`, or None.
    """

    text: str
    arguments: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class _Sending:
    """A statement as it is sent.

    Attributes:
        name: Under which it is prepared; empty: it is not.
        fresh: Whether it has to be prepared first.
    """

    name: bytes
    text: str
    arguments: Sequence[bytes | None]
    formats: Sequence[int]
    fresh: bool = False

    def send(self, connection: PGconn, encoding: str) -> None:
        if not self.name:
            text = self.text.encode(encoding)
            connection.send_query_params(text, self.arguments, None, self.formats)
            return
        if self.fresh:
            connection.send_prepare(self.name, self.text.encode(encoding))
        connection.send_query_prepared(self.name, self.arguments, self.formats)


_BEGIN = Statement("BEGIN")


class Trips:
    """The ways of one connection to its server, which remembers what it has prepared."""

    def __init__(self) -> None:
        self._prepared: dict[str, bytes] = {}
        self._named = 0

    def go(
        self, driver: psycopg.Connection[Any], statements: Sequence[Statement]
    ) -> Sequence[PGresult]:
        """Carry statements out in a transaction, which begins here if none is under way.

        Returns:
            The answer to each, as text.

        Raises:
            psycopg.Error: Of the first that failed; those after it were not carried out.
        """
        connection, encoding = driver.pgconn, driver.info.encoding
        begins = connection.transaction_status == TransactionStatus.IDLE
        sendings = [
            self._sending(one, encoding)
            for one in ((_BEGIN, *statements) if begins else statements)
        ]
        results = _travel(connection, sendings, encoding)
        _check(connection, results, encoding)
        self._prepared.update((one.text, one.name) for one in sendings if one.fresh)
        return list(_own(sendings, results))[begins:]

    def forget(self) -> None:
        """Prepare everything anew: the server has forgotten it."""
        self._prepared.clear()

    def _sending(self, statement: Statement, encoding: str) -> _Sending:
        wired = [_wire(one, encoding) for one in statement.arguments]
        given = (statement.text, [value for value, _ in wired], [how for _, how in wired])
        name = self._prepared.get(statement.text)
        if name is not None:
            return _Sending(name, *given)
        if len(self._prepared) >= _MOST_PREPARED:
            return _Sending(b"", *given)
        # A name is never used again: of a trip that failed it is not known what was prepared.
        self._named += 1
        return _Sending(b"sothat_%d" % self._named, *given, fresh=True)


def _travel(connection: PGconn, sendings: Sequence[_Sending], encoding: str) -> Sequence[PGresult]:
    try:
        connection.enter_pipeline_mode()
        for one in sendings:
            one.send(connection, encoding)
        connection.pipeline_sync()
        found = _answers(connection)
        if connection.status == ConnStatus.OK:
            connection.exit_pipeline_mode()
    except BaseException:
        # Half-way nobody knows to what the next answer would belong.
        connection.finish()
        raise
    return found


def _answers(connection: PGconn) -> Sequence[PGresult]:
    """Wait for all answers; the connection is lost if they end early."""
    found: list[PGresult] = []
    waiting = poll()
    while connection.flush():
        waiting.register(connection.socket, POLLIN | POLLOUT)
        waiting.poll()
        connection.consume_input()
    waiting.register(connection.socket, POLLIN)
    while connection.status == ConnStatus.OK:
        while connection.is_busy():
            waiting.poll()
            connection.consume_input()
        result = connection.get_result()
        if result is None:
            continue
        if result.status == ExecStatus.PIPELINE_SYNC:
            break
        found.append(result)
    return found


def _check(connection: PGconn, results: Sequence[PGresult], encoding: str) -> None:
    for one in results:
        if one.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(one, encoding)
    if connection.status != ConnStatus.OK:
        raise psycopg.OperationalError(connection.get_error_message(encoding))


def _own(sendings: Sequence[_Sending], results: Sequence[PGresult]) -> Iterator[PGresult]:
    """Yield the answers without those to what prepared."""
    following = iter(results)
    for one in sendings:
        if one.fresh:
            next(following)
        yield next(following)


def _wire(argument: Any, encoding: str) -> _Wired:
    """Return an argument as the server reads it, and in which format.

    Raises:
        psycopg.DataError: It cannot be one.
    """
    if argument is None:
        return None, Format.TEXT
    if isinstance(argument, Texts):
        return _binary(argument.items, _TEXT), Format.BINARY
    if isinstance(argument, list):
        if argument and isinstance(argument[0], bytes):
            return _binary(argument, _BYTEA), Format.BINARY
        argument = _array(argument)
    found = str(argument).encode(encoding)
    if b"\0" in found:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL bytes")
    return found, Format.TEXT


def _array(items: Sequence[str | int]) -> str:
    if items and isinstance(items[0], int):
        return f"{{{','.join(map(str, items))}}}"
    quoted = [one.replace("\\", r"\\").replace('"', r"\"") for one in map(str, items)]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


def _binary(items: Sequence[bytes], kind: int) -> bytes:
    """Return an array of one dimension, counted from 1, without NULL, in PostgreSQL's own form."""
    parts = [_ARRAY_HEAD.pack(1, 0, kind, len(items), 1)]
    for one in items:
        parts += (_LENGTH.pack(len(one)), one)
    return b"".join(parts)
