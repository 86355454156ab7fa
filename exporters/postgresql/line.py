"""A connection to PostgreSQL through libpq, with a deadline on every wait."""

import select
import time
from collections.abc import Mapping, Sequence

from psycopg import OperationalError, pq
from sothat.exporters.clock import Deadline
from sothat.exporters.postgresql.answer import BrokenError, RefusedError, Row

# Found in what libpq and the server say; a server that speaks another language is "other".
_REASONS = (
    ("Connection refused", "refused"),
    ("No such file", "refused"),
    ("could not translate host name", "unresolved"),
    ("authentication", "authentication"),
    ("no password supplied", "authentication"),
    ("pg_hba.conf", "authentication"),
    ('role "', "authentication"),
    ("is starting up", "starting"),
    ("not yet accepting connections", "starting"),
    ("in recovery mode", "starting"),
    ("is shutting down", "starting"),
    ("too many", "full"),
    ("remaining connection slots", "full"),
    ("closed the connection", "lost"),
    ("Connection reset", "lost"),
    ("Broken pipe", "lost"),
    ("imeout", "timeout"),
    ("timed out", "timeout"),
)
_READ, _WRITE = select.POLLIN, select.POLLOUT
# Of the statement's time limit, which the server keeps itself, what is added before we hang up.
_GRACE = 0.5


class Line:
    """An open connection; every statement is a transaction of its own."""

    def __init__(self, raw: pq.abc.PGconn, statement: float) -> None:
        self._raw = raw
        self._limit = self._statement = statement
        raw.nonblocking = 1

    @property
    def version(self) -> int:
        """Return the server's major version."""
        return self._raw.server_version // 10000

    def allow(self, seconds: float) -> None:
        """Have the server end statements after that long, if it is less than it allows anyway."""
        wanted = min(self._statement, max(seconds, 0.01))
        if wanted != self._limit:
            self._limit = wanted
            self.rows(f"SET statement_timeout = {round(wanted * 1000)}")

    def rows(self, statement: str, *parameters: str) -> list[Row]:
        """Return what a statement gives; values as the server writes them, None for NULL.

        Raises:
            RefusedError: The server says that it cannot.
            BrokenError: The connection is gone, or the server silent.
        """
        until = time.monotonic() + self._limit + _GRACE
        try:
            return _rows(self._answer(statement, parameters, until))
        except OperationalError as error:
            raise BrokenError("lost", _first_line(str(error))) from error

    def close(self) -> None:
        """Hang up."""
        self._raw.finish()

    def _answer(self, statement: str, parameters: Sequence[str], until: float) -> pq.abc.PGresult:
        encoded = [parameter.encode() for parameter in parameters]
        self._raw.send_query_params(statement.encode(), encoded)
        while self._raw.flush():
            if _wait(self._raw.socket, _READ | _WRITE, until) & _READ:
                self._raw.consume_input()
        last = None
        while True:
            while self._raw.is_busy():
                _wait(self._raw.socket, _READ, until)
                self._raw.consume_input()
            result = self._raw.get_result()
            if result is None:
                break
            last = result
        if self._raw.status != pq.ConnStatus.OK or last is None:
            raise BrokenError("lost", _first_line(self._raw.get_error_message()))
        return last


def connect(parameters: Mapping[str, str], statement: float, deadline: Deadline) -> Line:
    """Open a connection.

    Looking up a host's name is the system's and knows no deadline.

    Raises:
        BrokenError: It cannot be had by the deadline.
    """
    until = time.monotonic() + deadline.remaining()
    text = " ".join(f"{name}={_quoted(value)}" for name, value in parameters.items())
    try:
        raw = pq.PGconn.connect_start(text.encode())
    except OperationalError as error:
        raise _unreachable(str(error)) from error
    try:
        _finish(raw, until)
    except BaseException:
        raw.finish()
        raise
    return Line(raw, statement)


def _finish(raw: pq.abc.PGconn, until: float) -> None:
    if raw.status == pq.ConnStatus.BAD:
        raise _unreachable(raw.get_error_message())
    wanted: int = pq.PollingStatus.WRITING
    while wanted != pq.PollingStatus.OK:
        _wait(raw.socket, _READ if wanted == pq.PollingStatus.READING else _WRITE, until)
        wanted = raw.connect_poll()
        if wanted == pq.PollingStatus.FAILED:
            raise _unreachable(raw.get_error_message())


def _wait(socket: int, events: int, until: float) -> int:
    poll = select.poll()
    poll.register(socket, events)
    ready = poll.poll(max(0.0, until - time.monotonic()) * 1000)
    if not ready:
        raise BrokenError("timeout", "no answer in time")
    return ready[0][1]


def _rows(result: pq.abc.PGresult) -> list[Row]:
    if result.status == pq.ExecStatus.FATAL_ERROR:
        state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        message = _first_line(result.get_error_message())
        if state[:2] == "08" or state in {"57P01", "57P02", "57P03"}:  # the server sends us away
            raise BrokenError("lost", message)
        raise RefusedError(state, message)
    columns = range(result.nfields)
    return [[result.get_value(row, c) for c in columns] for row in range(result.ntuples)]


def _unreachable(message: str) -> BrokenError:
    reason = next((reason for sign, reason in _REASONS if sign in message), "other")
    return BrokenError(reason, _first_line(message))


def _first_line(message: str) -> str:
    return message.strip().partition("\n")[0]


def _quoted(value: str) -> str:
    escaped = value.replace("\\", r"\\").replace("'", r"\'")
    return f"'{escaped}'"
