"""The TCP side of one device: connections in, faults applied, answers out."""

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sothat.simulator.device import Device
from sothat.simulator.dialogue import Host
from sothat.simulator.faults import FaultName
from sothat.simulator.identity import random_key
from sothat.simulator.noise import Mangler, Sending
from sothat.simulator.wire.session import HangUp, Request, Send, Session

PORT = 6668
_CHUNK = 4096
_BACKLOG = 16
# A client that reconnects at once finds its old connection still being closed; wait that long.
_GRACE_SECONDS = 0.25
_LOOK_SECONDS = 0.05
_BETWEEN_PIECES = 0.002

log = logging.getLogger("sothat.simulator.endpoint")


def listening_socket(address: str, port: int) -> socket.socket:
    """Return a bound, listening socket.

    Raises:
        OSError: The address is in use or not this machine's.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Without it, a restart would wait for the old connections to time out.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
        sock.setblocking(False)  # noqa: FBT003 – the library's signature
    except OSError:
        sock.close()
        raise
    return sock


class Endpoint:
    """Serves one address.

    Args:
        host: The device there, with its sub-devices.
        address: Its loopback address.
        max_clients: Connections served at once; one more is accepted and reset, as devices do.
        idle_seconds: A connection without a word for so long is closed.
    """

    def __init__(self, host: Host, address: str, max_clients: int, idle_seconds: float) -> None:
        self.host = host
        self.address = address
        self._slots = asyncio.Semaphore(max_clients)
        self._idle_seconds = idle_seconds
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        # What a device re-paired elsewhere uses; nobody is told.
        self._other_key = random_key().encode()
        self._sessions: dict[asyncio.StreamWriter, Session] = {}
        self._reported: dict[str, Mapping[str, object]] = {}

    async def open(self, sock: socket.socket | None = None) -> None:
        """Listen, on a socket bound before or a new one; without effect when it listens already.

        Raises:
            OSError: The address is in use.
        """
        if self._server is None:
            listener = sock or listening_socket(self.address, PORT)
            self._server = await asyncio.start_server(self._serve, sock=listener)

    async def close(self) -> None:
        """Stop listening and drop every connection; without effect when closed."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop()
        # Ended of their own accord: tasks that are cancelled end up in the log as errors.
        conversations = [task for task in self._connections.values() if task]
        await asyncio.gather(*conversations, return_exceptions=True)

    def drop(self) -> None:
        """Reset every connection."""
        for writer in self._connections:
            _reset(writer)

    def report_changes(self) -> None:
        """Tell whoever is connected which states have changed since the last time."""
        listening = [(w, s) for w, s in self._sessions.items() if s.open and not w.is_closing()]
        if not listening or self.host.device.has(FaultName.SILENT):
            return
        for device in (self.host.device, *self.host.children.values()):
            if device.has(FaultName.SILENT) or device.has(FaultName.OFFLINE):
                continue
            states = device.states()
            before = self._reported.get(device.plan.name, states)
            self._reported[device.plan.name] = states
            changed = {n: value for n, value in states.items() if before.get(n) != value}
            for writer, session in listening if changed else ():
                writer.write(session.report(self.host.report(device, changed)).data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections[writer] = asyncio.current_task()
        try:
            await self._wait_for_slot(reader, writer)
        except (ConnectionError, TimeoutError):
            log.debug("connection ended", extra={"device": self.host.device.plan.name})
        finally:
            self._sessions.pop(writer, None)
            del self._connections[writer]
            writer.close()

    async def _wait_for_slot(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await asyncio.wait_for(self._slots.acquire(), _GRACE_SECONDS)
        except TimeoutError:
            _reset(writer)
            return
        try:
            await self._converse(reader, writer)
        finally:
            self._slots.release()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = self._sessions[writer] = self._session()
        client = _Client(reader, writer)
        while data := await asyncio.wait_for(reader.read(_CHUNK), self._idle_seconds):
            if self.host.device.has(FaultName.SILENT):
                continue
            for event in session.receive(data):
                match event:
                    case Request():
                        await self._answer(session, event, client)
                    case Send(sent):
                        await client.send(Sending((sent,)), _delay([self.host.device]))
                    case HangUp():
                        return

    def _session(self) -> Session:
        device = self.host.device
        wrong = device.has(FaultName.WRONG_KEY)
        key = self._other_key if wrong else device.key.reveal().encode()
        return Session(device.plan.version, key, os.urandom)

    async def _answer(self, session: Session, request: Request, client: "_Client") -> None:
        concerned = self.host.concerned(request)
        devices = [self.host.device, *([concerned] if concerned else [])]
        if any(device.has(FaultName.SILENT) for device in devices):
            return
        reply = self.host.reply(request)
        good = session.answer(request, reply.body, reply.code).data
        good += session.report(reply.report).data if reply.report else b""
        # What it has been told in an answer is no news.
        self._reported.pop(devices[-1].plan.name, None)
        faults = [fault for device in devices for fault in device.faults]
        await client.send(client.mangler.send(faults, good, session, request), _delay(devices))


@dataclass(frozen=True, slots=True)
class _Client:
    """Who is at the other end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    mangler: Mangler = field(default_factory=Mangler)

    async def send(self, sending: Sending, delay: float) -> None:
        """Send after a delay, unless the client has gone by then.

        Raises:
            ConnectionAbortedError: That was the last word on this connection.
        """
        await self._wait(delay)
        for number, piece in enumerate(sending.pieces):
            if number:
                await asyncio.sleep(_BETWEEN_PIECES)
            if not self.reader.at_eof():
                self.writer.write(piece)
                await self.writer.drain()
        if sending.ends:
            raise ConnectionAbortedError

    async def _wait(self, delay: float) -> None:
        """Wait, but no longer than the client does: its slot must be free for the next one."""
        loop = asyncio.get_running_loop()
        until = loop.time() + delay
        while (left := until - loop.time()) > 0 and not self.reader.at_eof():  # noqa: ASYNC110 – streams have no event for the end
            await asyncio.sleep(min(left, _LOOK_SECONDS))


def _delay(devices: Iterable[Device]) -> float:
    """Return how long an answer of these devices takes, in seconds."""
    slow = [fault for device in devices if (fault := device.fault(FaultName.SLOW))]
    return max((fault.parameters["seconds"] for fault in slow), default=0.0)


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection at once; the client sees a reset, not an orderly end."""
    sock = writer.get_extra_info("socket")
    if sock is not None and not writer.transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
