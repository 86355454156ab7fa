"""One TCP connection to one address: frames in and out, one request at a time."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeVar

from sothat.exporters.tuya.failure import (
    KEY_OR_VERSION,
    NO_ANSWER,
    NO_CONNECTION,
    UNEXPECTED,
    DeviceFailed,
    Reason,
)
from sothat.exporters.tuya.lan.codec import QUERIES, Codec, Message
from sothat.exporters.tuya.lan.frames import Malformed, RawFrame, Splitter

# A peer that sends more than this in a row without one good frame is no device.
_MOST_FLAWS = 100
# A device says a few things a second; one that says so many keeps the others from being heard.
_MOST_FRAMES = 200
# Frames of a session that are remembered, so that one that comes again is known.
_REMEMBERED = 64
# Devices read one frame a segment: what follows the handshake at once may be lost on them.
_BREATH = 0.02

T = TypeVar("T")
Accepts = Callable[[Message], bool]


class Listener(Protocol):
    """Who is told what a device says of its own accord."""

    def reported(self, message: Message) -> None:
        """Take a report that nobody has asked for."""

    def flawed(self, kind: Malformed) -> None:
        """Take note of something malformed."""


class LineLost(DeviceFailed):
    """The connection has ended.

    Attributes:
        reset: Whether it was broken, rather than ended in order.
    """

    def __init__(self, *, reset: bool) -> None:
        self.reset = reset
        code = NO_CONNECTION if reset else UNEXPECTED
        how = "broke the connection" if reset else "hung up"
        super().__init__(Reason.PROTOCOL, code, f"the device {how}")


class Line(asyncio.Protocol):
    """A connection; made by `dial`."""

    def __init__(self, codec: Codec, listener: Listener) -> None:
        self._codec = codec
        self._listener = listener
        self._splitter = Splitter()
        self._transport: asyncio.WriteTransport | None = None
        self._accepts: Accepts | None = None
        self._answer: asyncio.Future[Message] | None = None
        self._greeting: asyncio.Future[RawFrame] | None = None
        self._sealed: deque[bytes] = deque(maxlen=_REMEMBERED)
        self._flaws = 0
        self._second = 0.0
        self._frames = 0
        self.fault: DeviceFailed | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def shake_hands(self, seconds: float) -> None:
        """Agree on a session key, where the protocol has one.

        Raises:
            DeviceFailed: The device has not proved that it has the key.
        """
        if not self._codec.handshakes:
            return
        self._greeting = asyncio.get_running_loop().create_future()
        try:
            self._send(self._codec.greeting())
            frame = await self._in_time(self._greeting, seconds)
        except LineLost as lost:
            if lost.reset:
                raise  # mostly another client's connection that is in the way
            why = "it hangs up on the handshake"
            raise DeviceFailed(Reason.WRONG_KEY, KEY_OR_VERSION, why) from None
        finally:
            self._greeting = None
        self._send(self._codec.confirmation(frame))
        await asyncio.sleep(_BREATH)

    async def ask(self, request: bytes, accepts: Accepts, seconds: float) -> Message:
        """Send a request and return the first message that is an answer to it.

        Raises:
            DeviceFailed: There was none in time, or the connection has ended.
        """
        self._accepts = accepts
        self._answer = asyncio.get_running_loop().create_future()
        try:
            self._send(request)
            return await self._in_time(self._answer, seconds)
        finally:
            self._answer = self._accepts = None

    def tell(self, request: bytes) -> None:
        """Send what need not be answered."""
        self._send(request)

    def close(self) -> None:
        """Hang up."""
        if self._transport:
            self._transport.abort()

    async def gone_within(self, seconds: float) -> bool:
        """Wait for the end of the connection; return whether it has come."""
        await asyncio.wait([self.lost], timeout=seconds)
        return self.lost.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 – narrows the type
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Cut frames out of what came and hand them on."""
        for piece in self._splitter.feed(data):
            if self.fault:
                return
            if isinstance(piece, Malformed):
                self._flawed(piece)
            elif self._is_too_much():
                self._give_up(f"it sends more than {_MOST_FRAMES} frames a second")
            elif self._greeting is not None and not self._greeting.done():
                self._greeting.set_result(piece)
            else:
                self._take(piece)

    def connection_lost(self, error: Exception | None) -> None:
        """Let whoever waits know."""
        if self._splitter.incomplete:
            self._flawed(Malformed.TRUNCATED)
        if not self.lost.done():
            self.lost.set_result(None)
        for waiting in (self._answer, self._greeting):
            if waiting is not None and not waiting.done():
                waiting.set_exception(self.fault or LineLost(reset=error is not None))

    def _take(self, frame: RawFrame) -> None:
        if self._is_replayed(frame):
            self._flawed(Malformed.REPLAYED)
            return
        message = self._codec.read(frame)
        if message.flaw:
            self._flawed(message.flaw)
        else:
            self._flaws = 0
        waiting = self._answer
        if self._accepts and waiting and not waiting.done() and self._accepts(message):
            waiting.set_result(message)
        elif message.body:
            self._listener.reported(message)

    def _is_replayed(self, frame: RawFrame) -> bool:
        """Return whether a frame is an older one that comes again."""
        if self._codec.counts_for_itself:
            # Each is sealed with a nonce of its own, so that no two are ever the same.
            seen = frame.raw[-20:]
            if seen in self._sealed:
                return True
            self._sealed.append(seen)
            return False
        answered = frame.header.cmd in QUERIES and frame.header.seqno
        return bool(answered) and frame.header.seqno < self._codec.sequence

    def _flawed(self, kind: Malformed) -> None:
        self._flaws += 1
        self._listener.flawed(kind)
        if self._flaws >= _MOST_FLAWS:
            self._give_up("nothing comes but malformed frames")

    def _is_too_much(self) -> bool:
        now = asyncio.get_running_loop().time() // 1
        self._frames = self._frames + 1 if now == self._second else 1
        self._second = now
        return self._frames > _MOST_FRAMES

    def _give_up(self, why: str) -> None:
        self.fault = DeviceFailed(Reason.PROTOCOL, UNEXPECTED, why)
        self.close()

    def _send(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise LineLost(reset=True)
        self._transport.write(data)

    async def _in_time(self, answer: asyncio.Future[T], seconds: float) -> T:
        flaws = self._flaws
        await asyncio.wait([answer], timeout=seconds)
        if answer.done():
            return answer.result()
        answer.cancel()
        if self._flaws > flaws:
            raise DeviceFailed(Reason.PROTOCOL, UNEXPECTED, "nothing came but malformed frames")
        raise DeviceFailed(Reason.TIMEOUT, NO_ANSWER, "no answer in time")
