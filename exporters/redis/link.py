"""The connection to one server through redis-py: a handful of reading commands, bounded."""

import socket
import ssl
from typing import Any, cast

from redis.backoff import NoBackoff
from redis.connection import Connection
from redis.exceptions import NoPermissionError, RedisError, ResponseError
from redis.retry import Retry
from sothat.exporters.access import Access
from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.handshake import shake_hands
from sothat.exporters.redis.session import PORT, Session
from sothat.exporters.watch import AbsentError, Aged, DownError, LostError
from sothat.exporters.wire import Allowance, Metered, Place, connect, place_of

# A poll reads some ten kilobytes.
_MOST_BYTES = 2 * 1024 * 1024
# What redis-py raises for answers that are not Redis', beside its own errors.
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)


class RedisLink:
    """The way to one server."""

    def __init__(self, address: str, access: Access, clock: Clock) -> None:
        self._address = address
        self._access = access
        self._clock = clock
        self._aged = Aged(clock)
        # Not all of redis-py has types.
        self._connection: Any = None

    def session(self, deadline: Deadline) -> Session:
        """Return a session; a connection that a restart has cut is made anew at once.

        Raises:
            DownError: The server cannot be connected to, or does not answer.
        """
        if self._aged.over():
            self.close()
        if self._connection:
            # Half of the time at most: the other half is for a new connection.
            half = deadline.sooner(deadline.remaining() / 2)
            session = self._begun(self._connection, half, deadline)
            if session:
                return session
            self.close()
        self._connection = self._connect(deadline)
        session = self._begun(self._connection, deadline, deadline)
        if not session:
            self.close()
            raise DownError("no answer to INFO")
        return session

    def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection:
            connection.disconnect()

    def _begun(self, connection: Any, first: Deadline, deadline: Deadline) -> Session | None:
        """Return a session whose first question has been answered, None where it was not."""
        limits = [first]

        def execute(*command: str) -> Any:
            end = limits[-1].at
            at = min(end, self._clock.monotonic() + self._access.statement)
            connection.renew(Allowance(Deadline(at, self._clock), _MOST_BYTES))
            return _answer(connection, command)

        session = Session(self._clock.time(), self._clock.monotonic, execute)
        try:
            session.info  # noqa: B018 – remembered by the session
        except AbsentError:
            pass  # it answers, whatever it says
        except LostError:
            return None
        limits.append(deadline)
        return session

    def _connect(self, deadline: Deadline) -> Any:
        place = place_of(self._address, PORT)
        connection: Any = _Bounded(place, self._access, Allowance(deadline, _MOST_BYTES))
        try:
            connection.connect()
        except (RedisError, OSError, *_MALFORMED) as error:
            connection.disconnect()
            raise DownError(_told(error)) from error
        self._aged.renew()
        return connection


class _Bounded(Connection):
    """A connection whose reading keeps to an allowance; redis-py's limits are for each packet."""

    def __init__(self, place: Place, access: Access, allowance: Allowance) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            host=place.host or "localhost",
            port=place.port,
            username=access.user or None,
            password=access.password.reveal() if access.password else None,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
        )
        self.driver_info = None  # CLIENT SETINFO would be refused, and noted on the server
        self._place = place
        self._tls = access.tls
        self._allowance = allowance

    def renew(self, allowance: Allowance) -> None:
        """Go on with another allowance."""
        self._allowance = allowance
        metered = cast("Metered | None", self._sock)
        if metered:
            metered.allowance = allowance

    def _connect(self) -> Any:
        raw = connect(self._place, self._allowance.seconds())
        try:
            return Metered(self._secured(raw) if self._tls else raw, self._allowance)
        except BaseException:
            raw.close()
            raise

    def _secured(self, raw: socket.socket) -> ssl.SSLSocket:
        assert self._tls  # noqa: S101 – for the type checker
        name = self._place.host or "localhost"
        made = self._tls.wrap_socket(raw, server_hostname=name, do_handshake_on_connect=False)
        try:
            shake_hands(made, self._allowance.seconds())
        except OSError:
            made.close()
            self._allowance.seconds()  # whatever it says then, the time was up
            raise
        return made


def _answer(connection: Any, command: tuple[str, ...]) -> Any:
    """Return a command's answer.

    Raises:
        AbsentError: The server refuses it.
        LostError: The connection has gone.
    """
    try:
        connection.send_command(*command, check_health=False)
        return connection.read_response()
    except NoPermissionError as error:
        raise AbsentError("denied", _told(error)) from error
    except ResponseError as error:
        unknown = "unknown" in str(error).lower()
        raise AbsentError("unsupported" if unknown else "error", _told(error)) from error
    except (RedisError, OSError) as error:
        connection.disconnect()
        late = "imeout" in f"{type(error).__name__} {error}"
        raise LostError("timeout" if late else "lost", _told(error)) from error
    except _MALFORMED as error:
        connection.disconnect()
        raise LostError("malformed", _told(error)) from error


def _told(error: Exception) -> str:
    first = str(error).strip().partition("\n")[0][:200]
    return first or type(error).__name__
