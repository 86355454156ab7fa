"""The connection to one server through PyMySQL: read-only, bounded on both sides, one at a time."""

import struct
from typing import Any

import pymysql
from pymysql.connections import Connection
from sothat.exporters.access import Access
from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.mysql.session import PORT, Answer, Flavour, Session, parse_flavour, text
from sothat.exporters.watch import AbsentError, Aged, DownError, LostError
from sothat.exporters.wire import Allowance, connect, place_of

# A poll of a busy server reads less than one.
_MOST_BYTES = 16 * 1024 * 1024
# Longest wait for a lock of others.
_LOCK_SECONDS = 1
# What is added to the server's own time limit before we hang up.
_GRACE = 0.5
# An abandoned session is ended by the server after that long.
_IDLE_SECONDS = 3600
# What PyMySQL raises for answers that are not MySQL's, beside its own errors: a hostile server that
# asks for LOAD DATA LOCAL gets a RuntimeError.
_MALFORMED = (
    ValueError,
    LookupError,
    AssertionError,
    TypeError,
    AttributeError,
    struct.error,
    RuntimeError,
)
_DENIED = {1044, 1045, 1142, 1143, 1227, 1370, 4041}
_UNSUPPORTED = {1054, 1064, 1109, 1146, 1193, 1235, 1286, 1305}
_TIMEOUT = {1205, 1317, 1969, 3024}
_OFF = {1381}
# Passwords are given to a verified server only, or not in clear.
_CLEAR = ("mysql_clear_password", "dialog", "mysql_old_password")


class MysqlLink:
    """The way to one server."""

    def __init__(self, address: str, access: Access, clock: Clock) -> None:
        self._address = address
        self._access = access
        self._clock = clock
        self._aged = Aged(clock)
        self._connection: _Bounded | None = None
        self._flavour = Flavour(mariadb=False, version=(0, 0, 0), text="")

    def session(self, deadline: Deadline) -> Session:
        """Return a session; a connection that a restart has cut is made anew at once.

        Raises:
            DownError: The server cannot be connected to, or does not answer.
        """
        allowance = Allowance(deadline, _MOST_BYTES)
        if self._connection and (self._aged.over() or not self._alive(self._connection, deadline)):
            self.close()
        if not self._connection:
            self._connection = self._connect(allowance)
        connection = self._connection

        def execute(statement: str) -> Answer:
            limit = min(deadline.at, self._clock.monotonic() + self._access.statement + _GRACE)
            connection.allowance = Allowance(Deadline(limit, self._clock), _MOST_BYTES)
            return _answer(connection, statement)

        return Session(self._flavour, self._clock.time(), execute)

    def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection:
            connection._force_close()  # noqa: SLF001 – close() itself would wait for the server

    def _alive(self, connection: "_Bounded", deadline: Deadline) -> bool:
        # Half of the time at most: the other half is for a new connection.
        connection.allowance = Allowance(deadline.sooner(deadline.remaining() / 2), _MOST_BYTES)
        try:
            connection.ping(reconnect=False)
        except (pymysql.MySQLError, OSError, *_MALFORMED):
            return False
        return True

    def _connect(self, allowance: Allowance) -> "_Bounded":
        place = place_of(self._address, PORT)
        connection = None
        try:
            # Before the connection is made, which begins with reading all certificate authorities.
            raw = connect(place, allowance.seconds())
            connection = self._prepared(place.host or "localhost", allowance)
            connection.connect(raw)
            self._settle(connection)
        except (pymysql.MySQLError, OSError, AbsentError, LostError, *_MALFORMED) as error:
            if connection:
                connection._force_close()  # noqa: SLF001
            raise DownError(_told(error)) from error
        self._aged.renew()
        return connection

    def _prepared(self, host: str, allowance: Allowance) -> "_Bounded":
        access = self._access
        password = access.password.reveal() if access.password else ""
        connection = _Bounded(
            host=host,
            user=access.user,
            password=password,
            defer_connect=True,
            connect_timeout=allowance.seconds(),
            read_timeout=allowance.seconds(),
            write_timeout=allowance.seconds(),
            charset="utf8mb4",
            use_unicode=False,
            conv={},
            autocommit=True,
            local_infile=False,
            program_name="sothat",
            ssl=access.tls,
            auth_plugin_map={} if access.tls else dict.fromkeys(_CLEAR, _Refused),
        )
        connection.allowance = allowance
        return connection

    def _settle(self, connection: "_Bounded") -> None:
        """Make the session read-only, with limits on the server's side."""
        said = _answer(connection, "SELECT VERSION()").rows
        self._flavour = flavour = parse_flavour(text(said[0][0]))
        statement = self._access.statement
        limit = (
            f"max_statement_time = {statement:.3f}"
            if flavour.mariadb
            else f"max_execution_time = {round(statement * 1000)}"
        )
        for setting in (
            "TRANSACTION READ ONLY",
            # MariaDB joins by hash only when told to: else InnoDB's catalogue takes square time.
            *(["join_cache_level = 4"] if flavour.mariadb else []),
            limit,
            f"lock_wait_timeout = {_LOCK_SECONDS}",
            f"innodb_lock_wait_timeout = {_LOCK_SECONDS}",
            f"wait_timeout = {_IDLE_SECONDS}",
            "TRANSACTION ISOLATION LEVEL READ COMMITTED",
        ):
            _answer(connection, f"SET SESSION {setting}")


# PyMySQL has no types.
class _Bounded(Connection):  # type: ignore[misc]
    """A connection whose reading keeps to an allowance; PyMySQL's limits are for each packet."""

    allowance: Allowance

    def _read_bytes(self, num_bytes: int) -> bytes:
        parts = []
        missing = num_bytes
        try:
            self.allowance.take(num_bytes)
            while missing:
                self._sock.settimeout(self.allowance.seconds())
                part = self._rfile.read1(missing)
                if not part:
                    raise ConnectionError("the server has hung up")
                parts.append(part)
                missing -= len(part)
        except OSError as error:
            self._force_close()
            code = pymysql.constants.CR.CR_SERVER_LOST
            raise pymysql.OperationalError(code, str(error) or "timed out") from error
        return b"".join(parts)


class _Refused:
    """Stands for ways to sign in that would give the password to whoever answers."""

    def __init__(self, connection: Any) -> None:
        pass

    def authenticate(self, packet: Any) -> Any:  # noqa: ARG002 – PyMySQL's
        """Refuse."""
        raise pymysql.OperationalError("the server asks for the password in clear, without 'tls'")


def _answer(connection: _Bounded, statement: str) -> Answer:
    """Return a statement's answer.

    Raises:
        AbsentError: The server refuses it.
        LostError: The connection has gone.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            columns = [str(column[0]) for column in cursor.description or ()]
            return Answer(columns, cursor.fetchall())
    except (pymysql.MySQLError, OSError) as error:
        if connection.open:
            raise AbsentError(_reason(error), _told(error)) from error
        late = "timed out" in str(error) or "time is up" in str(error)
        raise LostError("timeout" if late else "lost", _told(error)) from error
    except _MALFORMED as error:
        connection._force_close()  # noqa: SLF001
        raise LostError("malformed", _told(error)) from error


def _reason(error: Exception) -> str:
    code = error.args[0] if error.args else 0
    sets = {"denied": _DENIED, "unsupported": _UNSUPPORTED, "timeout": _TIMEOUT, "off": _OFF}
    return next((reason for reason, codes in sets.items() if code in codes), "error")


def _told(error: Exception) -> str:
    message = str(error.args[-1]) if error.args else type(error).__name__
    return message.strip().partition("\n")[0][:200]
