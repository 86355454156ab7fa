"""Serving HTTP: an address that is checked before anything starts, and a clean stop."""

import errno
import os
import re
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import uvicorn
from sothat.model.problem import Position, unusable
from sothat.runtime.connections import MAX_CONNECTIONS, Contexts, connections

# How long requests that are under way may take once the process has been told to stop.
GRACE_SECONDS = 1
_BACKLOG = 128
_SHAPE = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; an empty host means every interface, port 0 any free port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return ``HOST:PORT``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str, position: Position | None = None) -> Address:
    """Return the address that ``HOST:PORT`` or ``[IPV6]:PORT`` names.

    Raises:
        Unusable: The text is not one.
    """
    match = _SHAPE.fullmatch(text)
    if not match or int(match["port"]) > 65535:  # noqa: PLR2004 – the largest port there is
        raise unusable("bad-address", f"{text!r} is not HOST:PORT", position=position)
    return Address(match["v6"] or match["host"], int(match["port"]))


def bind(
    address: Address, position: Position | None = None, *, shared: bool = False
) -> socket.socket:
    """Return a listening socket.

    Args:
        address: Where.
        position: Of the address in a configuration.
        shared: Whether other processes of the same service listen there, too.

    Raises:
        Unusable: The address is taken or not this machine's.
    """
    try:
        found = socket.getaddrinfo(
            address.host or None,
            address.port,
            type=socket.SOCK_STREAM,
            flags=socket.AI_PASSIVE,
        )
        family, _, _, _, target = found[0]
        where = target[:2]
        made = socket.create_server(where, family=family, backlog=_BACKLOG, reuse_port=shared)
        return _prompt(made)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        code = "address-in-use" if taken else "address-unusable"
        message = f"cannot listen on {address}: {_reason(error)}"
        hint = "stop what listens there, or choose another address" if taken else ""
        raise unusable(code, message, position=position, hint=hint) from error


def _prompt(listener: socket.socket) -> socket.socket:
    """Return a listener whose connections send what is written at once.

    asyncio sees to it for sockets that name their protocol, which these do not; without it the
    second part of an answer waits 40 ms for the other side to confirm the first.
    """
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _reason(error: OSError) -> str:
    """Return the system's words alone: Python adds the address, which the message has already."""
    if error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)


def address_of(listener: socket.socket) -> Address:
    """Return where a socket really listens, the chosen port included."""
    host, port = listener.getsockname()[:2]
    return Address(host, port)


class Server:
    """An ASGI application on a bound socket, until SIGTERM, SIGINT or ``stop``.

    Args:
        app: What answers.
        listener: Where.
        keep_alive: Seconds that a connection may be idle between requests.
        on_hangup: Called on SIGHUP, in the main thread between any two instructions: it should only
            set a flag. None: SIGHUP ends the process as the system has it.
        tls: Asked for each connection; None where it gives None: plain HTTP.
        on_beat: Called by the event loop about every ``beat_seconds``, while it does not hang.
        beat_seconds: 0: never.
    """

    def __init__(
        self,
        app: Callable[..., Any],
        listener: socket.socket,
        *,
        keep_alive: int = 5,
        on_hangup: Callable[[], None] | None = None,
        tls: Contexts | None = None,
        on_beat: Callable[[], Awaitable[None]] | None = None,
        beat_seconds: float = 0.0,
    ) -> None:
        config = uvicorn.Config(
            app,
            # Whatever else is installed: uvloop knows no TLS that begins later, and nothing here is
            # a WebSocket.
            loop="asyncio",
            ws="none",
            http=connections(tls),
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_keep_alive=keep_alive,
            timeout_graceful_shutdown=GRACE_SECONDS,
            limit_concurrency=MAX_CONNECTIONS,
            callback_notify=on_beat if beat_seconds else None,
            timeout_notify=int(beat_seconds),
        )
        self._server = uvicorn.Server(config)
        self._listener = listener
        self._on_hangup = on_hangup

    def stop(self) -> None:
        """Ask the server to finish what it is serving and return."""
        self._server.should_exit = True

    @contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """Take signals from here on; one that comes before ``run`` makes it return at once."""
        previous = {sig: signal.signal(sig, handler) for sig, handler in self._handlers()}
        try:
            yield
        finally:
            for sig, handler in previous.items():
                signal.signal(sig, handler)

    def run(self) -> None:
        """Serve until told to stop; call it in the main thread."""
        # uvicorn raises the signal again once it has stopped; with these handlers in place that
        # ends in a normal return instead of death by signal, and an early signal is not lost.
        with self.heeding_signals(), closing(self._listener):
            self._server.run(sockets=[self._listener])

    def _handlers(self) -> Iterator[tuple[signal.Signals, Callable[[int, FrameType | None], None]]]:
        for sig in _STOPPING:
            yield sig, lambda _signal, _frame: self.stop()
        hangup = self._on_hangup
        if hangup:
            yield signal.SIGHUP, lambda _signal, _frame: hangup()


_STOPPING: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGINT)
