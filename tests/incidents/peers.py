"""A provider of our own on loopback, that answers as badly as it is told."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, threading.Event], None]


def answer(status: int, *headers: str) -> Behaviour:
    """Return a behaviour that answers whole."""

    def behave(line: socket.socket, _ended: threading.Event) -> None:
        lines = [f"HTTP/1.1 {status} As told", "Content-Length: 2", "Connection: close", *headers]
        line.sendall(("\r\n".join(lines) + "\r\n\r\n{}").encode())

    return behave


def hang(line: socket.socket, ended: threading.Event) -> None:
    """Take the request and say nothing."""
    ended.wait(30)


def trickle(line: socket.socket, ended: threading.Event) -> None:
    """Answer one byte at a time, without end: no timeout of a single read ever strikes."""
    line.sendall(b"HTTP/1.1 200 As told\r\n")
    while not ended.wait(0.02):
        line.sendall(b"X-Header: ")


def reset(line: socket.socket, _ended: threading.Event) -> None:
    """Take the request and break the connection off."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def half(line: socket.socket, _ended: threading.Event) -> None:
    """Announce more than comes."""
    line.sendall(b"HTTP/1.1 200 As told\r\nContent-Length: 100\r\n\r\n{")


@dataclass
class Peer:
    """The provider: the behaviours in turn, the last for ever; and the bodies that it got."""

    behaviours: list[Behaviour]
    bodies: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self._serve)]
        self.threads[0].start()

    def close(self) -> None:
        """End all."""
        self.ended.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        for thread in self.threads:
            thread.join(10)
        self.listener.close()

    def _serve(self) -> None:
        while not self.ended.is_set():
            line, _ = self.listener.accept()
            thread = threading.Thread(target=self._talk, args=(line,))
            self.threads.append(thread)
            thread.start()

    def _talk(self, line: socket.socket) -> None:
        with suppress(OSError), line:
            line.settimeout(5)
            body = _body(line)
            if self.ended.is_set() or body is None:
                return
            self.bodies.append(body)
            number = min(len(self.bodies), len(self.behaviours)) - 1
            self.behaviours[number](line, self.ended)


def _body(line: socket.socket) -> str | None:
    """Return the body of a request, None if there was none."""
    head = b""
    while b"\r\n\r\n" not in head:
        if not (more := line.recv(65536)):
            return None
        head += more
    head, _, body = head.partition(b"\r\n\r\n")
    lengths = [h for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < length:
        body += line.recv(65536)
    return body.decode()


@contextmanager
def peer(*behaviours: Behaviour) -> Iterator[Peer]:
    """Give a provider with these behaviours, and end it."""
    made = Peer(list(behaviours))
    try:
        yield made
    finally:
        made.close()
