"""Connections of the HTTP server: TLS as it is configured at that moment, and limits on clients.

uvicorn bounds neither the size of a request's head nor the time that a client takes to send it or
to read the answer; anybody could keep memory and sockets for ever.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from sothat.runtime.tls import names_of
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

log = logging.getLogger(__name__)

# Connections at once; beyond them the answer is 503.
MAX_CONNECTIONS = 1000
MAX_HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 10.0
MESSAGE_SECONDS = 60.0
# A reader that has not made room for so long is not reading.
READER_SECONDS = 30.0
HANDSHAKE_SECONDS = 10.0
# What is no answer yet, such as leave to send the body.
_INTERIM = b"HTTP/1.1 1"
_NOT_HTTP = "not HTTP as it is understood here: an unknown method, or a head that is broken"
_HEAD_TOO_LARGE = f"the head of the request is larger than {MAX_HEAD_BYTES} bytes"


@dataclass(frozen=True, slots=True)
class Secured:
    """How one connection is secured.

    Attributes:
        admits: Whether a client that has shown this certificate may go on; None for none shown.
    """

    context: ssl.SSLContext
    admits: Callable[[Any], bool]


# What secures the next connection; None: nothing does. May raise: the connection is refused.
Contexts = Callable[[], Secured | None]


def connections(tls: Contexts | None) -> Any:
    """Return what uvicorn makes a protocol of for each connection."""

    def make(
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> asyncio.Protocol:
        protocol = PatientProtocol(config, server_state, app_state, _loop)
        return Gate(protocol, tls) if tls else protocol

    return make


class PatientProtocol(HttpToolsProtocol):
    """HTTP with limits on what a client may send and how long it may take."""

    _head_bytes = 0
    _in_head = True
    _limit: float | None = None
    _timer: asyncio.TimerHandle | None = None
    _reader: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request: who never asks anything takes a place as well."""
        super().connection_made(transport)
        self._watch(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Take bytes, as long as the head of the request stays within its limits.

        A head is handed on in pieces no longer than what it may still have: bytes of the body that
        came along with it do not count.
        """
        while data and self._in_head:
            room = MAX_HEAD_BYTES - self._head_bytes
            if room <= 0:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _HEAD_TOO_LARGE)
                return
            if self._limit is None:
                self._watch(HEAD_SECONDS)
            piece, data = data[:room], data[room:]
            self._head_bytes += len(piece)
            super().data_received(piece)
        if data and not self.transport.is_closing():
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's own words
        """Refuse what cannot be read, in the form of all other refusals."""
        self._refuse(HTTPStatus.BAD_REQUEST, _NOT_HTTP)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        told = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
        body = json.dumps(told, separators=(",", ":"))
        head = (
            f"HTTP/1.1 {status} {status.phrase}\r\n"
            "content-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(f"{head}{body}".encode("ascii"))
        self.transport.close()

    def on_message_begin(self) -> None:
        """Begin to read a request, which may have come along with the one before it."""
        super().on_message_begin()
        certificate = self.transport.get_extra_info("peercert")
        if certificate:
            # Verified: whoever answers may go by it.
            names = tuple(names_of(certificate))
            self.scope.setdefault("extensions", {})["tls"] = {"client_names": names}
        if self._limit is None:
            self._watch(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        """Begin to answer; what is left of the request has its own limit."""
        self._in_head, self._head_bytes = False, 0
        self._watch(MESSAGE_SECONDS)
        former = self.cycle
        super().on_headers_complete()
        if self.cycle is not former:
            answer = _InOnePiece(self.transport)
            self.cycle.transport = answer  # type: ignore[assignment]
            self.cycle.on_response = partial(self._answered, answer)

    def _answered(self, answer: "_InOnePiece") -> None:
        answer.end()
        self.on_response_complete()

    def on_message_complete(self) -> None:
        """Await the next request."""
        self._in_head, self._limit = True, None
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Watch a reader for whom answers pile up."""
        super().pause_writing()
        self._reader = self.loop.call_later(READER_SECONDS, self._end)

    def resume_writing(self) -> None:
        """Let a reader go on."""
        super().resume_writing()
        if self._reader:
            self._reader.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._limit = None
        if self._timer:
            self._timer.cancel()
        if self._reader:
            self._reader.cancel()
        super().connection_lost(exc)

    def _watch(self, seconds: float) -> None:
        """Set the limit of what is awaited; one timer sees to all limits, one after the other."""
        self._limit = self.loop.time() + seconds
        if self._timer is None:
            self._timer = self.loop.call_at(self._limit, self._look)
        elif self._timer.when() > self._limit:
            self._timer.cancel()
            self._timer = self.loop.call_at(self._limit, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._limit is None:
            return
        if self._limit <= self.loop.time():
            self._end()
        else:
            self._timer = self.loop.call_at(self._limit, self._look)

    def _end(self) -> None:
        """Cut the connection, whatever is still to be written."""
        self.transport.abort()


class _InOnePiece:
    """The transport of one answer: its head leaves with what follows it, in one packet.

    Args:
        behind: What carries it.
    """

    def __init__(self, behind: asyncio.Transport) -> None:
        self._behind = behind
        self._begun = False
        self._head = b""

    def write(self, data: bytes) -> None:
        """Write, or hold the head back until what follows it is known."""
        if self._begun or data.startswith(_INTERIM):
            head, self._head = self._head, b""
            self._behind.write(head + data)
        else:
            self._begun, self._head = True, data

    def end(self) -> None:
        """Write the head if nothing has followed it."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        """Close once all is written."""
        self.end()
        self._behind.close()

    def is_closing(self) -> bool:
        """Return whether the connection is being closed."""
        return self._behind.is_closing()


class Gate(asyncio.Protocol):
    """Secures a connection before the protocol behind it sees anything."""

    def __init__(self, behind: HttpToolsProtocol, tls: Contexts) -> None:
        self._behind = behind
        self._tls = tls
        self._early = bytearray()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Read nothing before it is clear how."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 – for the type checker
        # Up to Python 3.11.2 the loop begins to read right after this call, paused or not; what it
        # is asked for next comes after that, and before the first byte.
        asyncio.get_running_loop().call_soon(self._begin, transport)

    def _begin(self, transport: asyncio.Transport) -> None:
        transport.pause_reading()
        self._task = asyncio.get_running_loop().create_task(self._open(transport))

    def data_received(self, data: bytes) -> None:
        """Keep what comes between the end of the handshake and its being noticed."""
        self._early += data

    async def _open(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.run_in_executor(None, self._tls)
            open_to = await self._secured(transport, secured) if secured else transport
        except Exception as error:  # noqa: BLE001 – whatever it is, it is this connection's alone
            log.debug("a connection was refused", extra={"why": str(error)})
            transport.abort()
            return
        if open_to:
            self._hand_over(open_to)

    async def _secured(
        self, transport: asyncio.Transport, secured: Secured
    ) -> asyncio.Transport | None:
        opened = await asyncio.get_running_loop().start_tls(
            transport,
            self,
            secured.context,
            server_side=True,
            ssl_handshake_timeout=HANDSHAKE_SECONDS,
        )
        if opened and not secured.admits(opened.get_extra_info("peercert")):
            opened.abort()
            return None
        return opened

    def _hand_over(self, transport: asyncio.Transport) -> None:
        transport.set_protocol(self._behind)
        self._behind.connection_made(transport)
        if self._early:
            self._behind.data_received(bytes(self._early))
        transport.resume_reading()
