"""A mail server, simulated on loopback: it answers as it is told, as the HTTP provider does."""

import socket
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from threading import Event, Lock, Thread

from sothat.incidents.kit.provider import Asked, Reply, Serve, serving

_LONGEST_SECONDS = 60.0
_HELLO = ("EHLO", "HELO", "LHLO")


def taking() -> Reply:
    """Return what takes a mail."""
    return Reply(250)


def turning_away(code: int) -> Reply:
    """Return what answers a mail with a code: 5xx for good, 4xx for now."""
    return Reply(code)


class MailProvider:
    """The mail server, while it runs; it answers each mail as it is told once it has it whole.

    Attributes:
        url: ``smtp://HOST:PORT``.
        asked: The mails that it got, as the body of a request each.
    """

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._lock = Lock()
        self._ended = Event()
        self.asked: list[Asked] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer what is late, and end."""
        self._ended.set()
        with suppress(OSError):
            # Wakes what waits for a connection.
            socket.create_connection(self._listener.getsockname(), 1).close()
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            line, _ = self._listener.accept()
            Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with suppress(OSError), line, line.makefile("rb") as reader:
            line.settimeout(_LONGEST_SECONDS)
            line.sendall(b"220 here\r\n")
            while command := reader.readline():
                word = command[:4].upper().decode("ascii", "replace")
                if word == "DATA":
                    line.sendall(b"354 go on\r\n")
                    self._answer(line, b"".join(iter(reader.readline, b".\r\n")))
                elif word == "QUIT":
                    line.sendall(b"221 bye\r\n")
                    return
                else:
                    line.sendall(
                        b"250-here\r\n250 AUTH PLAIN\r\n" if word in _HELLO else _fine(word)
                    )

    def _answer(self, line: socket.socket, content: bytes) -> None:
        asked = Asked("DATA", "", {}, content)
        with self._lock:
            self.asked.append(asked)
            reply = self._serve(asked)
        if reply.late:
            self._ended.wait(_LONGEST_SECONDS)
        if reply.dropped:
            # With nothing to linger for, closing is a reset; `shutdown` makes it happen at once.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.shutdown(socket.SHUT_RDWR)
            return
        said = content.replace(b"\r\n", b" ")[:300] if reply.echoes else b"as told"
        line.sendall(b"%d %s\r\n" % (reply.status, said))


def _fine(word: str) -> bytes:
    return b"235 fine\r\n" if word == "AUTH" else b"250 fine\r\n"


@contextmanager
def mail_provider(serve: Serve | Reply, *more: Reply) -> Iterator[MailProvider]:
    """Give a mail server while the block lasts.

    Args:
        serve: What it does with each mail: a function, or replies in turn.
        more: Further replies, the last one for ever.
    """
    with closing(MailProvider(serving(serve, *more))) as made:
        yield made
