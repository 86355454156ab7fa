"""The processes of one service bring their messages to one of them, which writes them together.

A transaction costs as much as several messages in it. Processes that take turns at the store's lock
each fill theirs by half; so the first that needs to takes the name that all of them know, and the
others hand it what they receive. The name is free again when its holder ends, however it ends.
Whoever gets no answer writes the message itself: the store's lock is what keeps things right, and a
message that was written twice is a repetition, as one that the sender sends again.
"""

import asyncio
import logging
import os
import socket
import struct
from dataclasses import dataclass

from sothat.incidents.delivery import Receipt
from sothat.incidents.store.tables import decode, encode
from sothat.incidents.web.desk import LARGE, Desk
from sothat.incidents.writer import StoreUnavailable

_LOG = logging.getLogger(__name__)
# A frame: its number, then the length of what follows.
_HEAD = struct.Struct(">QI")
_CREDENTIALS = struct.Struct("3i")
# How long a silent process is waited for: about as long as it may wait for its turn.
PATIENCE_SECONDS = 5.0


class _Unanswered(Exception):  # noqa: N818 – it is named for the message
    """Nobody has taken the message in, or nobody has said so."""


class Relay:
    """The desk of one process of several.

    Args:
        own: The desk before its own writer.
        name: The name that all of them know, and no other service.
        patience: Seconds after which a message that was handed over is written here all the same.
    """

    def __init__(self, own: Desk, name: str, patience: float = PATIENCE_SECONDS) -> None:
        self._own = own
        self._address = f"\0{name}"
        self._patience = patience
        self._joining = asyncio.Lock()
        self._leads = False
        self._link: _Link | None = None

    async def take(self, source: str, body: bytes) -> tuple[Receipt, str]:
        """Store a message, here or with the others'."""
        if not self._leads and len(body) < LARGE:
            try:
                return await self._hand_over(source, body)
            except (OSError, _Unanswered) as error:
                _LOG.debug("a message is written where it came in", extra={"why": str(error)})
        return await self._own.take(source, body)

    async def _hand_over(self, source: str, body: bytes) -> tuple[Receipt, str]:
        link = self._link
        if link is None or link.lost:
            link = await self._join()
        return _answer_in(await link.ask(source, body, self._patience))

    async def _join(self) -> "_Link":
        """Take the name, or reach whoever has it.

        Raises:
            OSError: Nobody can be reached.
            _Unanswered: This process has it now.
        """
        async with self._joining:
            if self._link is None or self._link.lost:
                self._leads = await self._lead()
                if self._leads:
                    raise _Unanswered("it is this process that writes")
                self._link = await self._reach()
            return self._link

    async def _lead(self) -> bool:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(self._address)
        except OSError:
            listener.close()
            return False
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Clerk(self._own), sock=listener)
        return True

    async def _reach(self) -> "_Link":
        loop = asyncio.get_running_loop()
        _, link = await loop.create_unix_connection(_Link, self._address)
        if link.lost:
            raise ConnectionRefusedError("the name is somebody else's")
        return link


class _Frames(asyncio.Protocol):
    """Numbered frames, to and from a process of the same user.

    Those of one turn of the event loop, such as the answers of one commit, are sent together.
    """

    def __init__(self) -> None:
        self._got = bytearray()
        self._leaving: list[bytes] = []
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Look who it is: any user of the machine may take a name, or call one."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 – for the type checker
        self._transport = transport
        if _user(transport.get_extra_info("socket")) != os.geteuid():
            self.lost = True
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take the frames that have come whole."""
        self._got += data
        while len(self._got) >= _HEAD.size:
            number, length = _HEAD.unpack_from(self._got)
            end = _HEAD.size + length
            if len(self._got) < end or self.lost:
                return
            content = bytes(self._got[_HEAD.size : end])
            del self._got[:end]
            self.frame(number, content)

    def frame(self, number: int, content: bytes) -> None:
        """Take a frame."""
        raise NotImplementedError

    def put(self, number: int, content: bytes) -> None:
        """Send a frame."""
        if not self._leaving:
            asyncio.get_running_loop().call_soon(self._send)
        self._leaving += (_HEAD.pack(number, len(content)), content)

    def _send(self) -> None:
        frames, self._leaving = self._leaving, []
        self._transport.write(b"".join(frames))

    def connection_lost(self, _exc: Exception | None) -> None:
        """Take note of it."""
        self.lost = True


class _Clerk(_Frames):
    """Takes in what another process hands over."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._tasks: set[asyncio.Task[None]] = set()

    def frame(self, number: int, content: bytes) -> None:
        """Take a message in, and answer when it is stored."""
        source, _, body = content.partition(b"\n")
        task = asyncio.get_running_loop().create_task(self._take(number, source.decode(), body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, number: int, source: str, body: bytes) -> None:
        try:
            receipt, refusal = await self._desk.take(source, body)
        except StoreUnavailable as error:
            said: list[object] = ["unavailable", str(error)]
        except Exception:  # noqa: BLE001 – whatever it is, it is the other one's answer
            # The other one tries it by itself, and says what it finds.
            _LOG.exception("a message that was handed over could not be stored")
            said = ["failed", ""]
        else:
            said = ["stored", receipt.number, receipt.outcome, [*receipt.problems], refusal]
        if not self.lost:
            # In ASCII: what is told may hold what UTF-8 has no form for.
            self.put(number, encode(said).encode("ascii"))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What has been handed over, and until when its answer is waited for."""

    answer: "asyncio.Future[bytes]"
    late: asyncio.TimerHandle


class _Link(_Frames):
    """Hands messages over."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[int, _Asked] = {}
        self._last = 0

    def ask(self, source: str, body: bytes, patience: float) -> "asyncio.Future[bytes]":
        """Hand a message over.

        Returns:
            A future of the answer; `_Unanswered` if there is none for so many seconds.
        """
        self._last += 1
        loop = asyncio.get_running_loop()
        late = loop.call_later(patience, self._give_up, self._last, "it takes too long")
        asked = self._waiting[self._last] = _Asked(loop.create_future(), late)
        self.put(self._last, source.encode() + b"\n" + body)
        return asked.answer

    def frame(self, number: int, content: bytes) -> None:
        """Give an answer to whoever still waits for it."""
        asked = self._waiting.pop(number, None)
        if asked is not None:
            asked.late.cancel()
            if not asked.answer.done():
                asked.answer.set_result(content)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell all who wait that there will be no answer."""
        super().connection_lost(exc)
        for number in list(self._waiting):
            self._give_up(number, "the process that writes has ended")

    def _give_up(self, number: int, why: str) -> None:
        asked = self._waiting.pop(number)
        asked.late.cancel()
        if not asked.answer.done():
            asked.answer.set_exception(_Unanswered(why))


def _answer_in(content: bytes) -> tuple[Receipt, str]:
    what, *rest = decode(content.decode("ascii"))
    if what == "stored":
        number, outcome, problems, refusal = rest
        return Receipt(number, outcome, problems), refusal
    if what == "unavailable":
        raise StoreUnavailable(rest[0])
    raise _Unanswered("the process that writes could not")


def _user(peer: socket.socket) -> int:
    """Return whose process is at the other end."""
    _, user, _ = _CREDENTIALS.unpack(
        peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    )
    return int(user)
