"""Servers on loopback that no collector should have to do with, and every one meets some day."""

import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from types import MappingProxyType

# What a server does with a connection; it ends by itself or by an error once the line is closed.
Behaviour = Callable[[socket.socket, Event], None]

_NONSENSE = b"\x00\xff\xfe<garbage>}{\r\n" * 64
_DRIP_SECONDS = 0.05


def silent(line: socket.socket, _over: Event) -> None:
    """Take whatever comes, and say nothing."""
    while line.recv(65_536):
        pass


def closing(line: socket.socket, _over: Event) -> None:
    """Hang up at once."""
    line.shutdown(socket.SHUT_RDWR)


def resetting(line: socket.socket, _over: Event) -> None:
    """Break the connection off at the first word."""
    line.recv(1)
    # With nothing to linger for, closing is a reset.
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def nonsense(line: socket.socket, _over: Event) -> None:
    """Talk what no protocol knows, and hang up."""
    line.sendall(_NONSENSE)


def dripping(line: socket.socket, over: Event) -> None:
    """Say a byte at a time, for ever: each read succeeds, and nothing is ever done."""
    while not over.wait(_DRIP_SECONDS):
        line.sendall(b"1")


def pouring(line: socket.socket, over: Event) -> None:
    """Talk for ever, as fast as it goes."""
    while not over.is_set():
        line.sendall(_NONSENSE)


HOSTILE: Mapping[str, Behaviour] = MappingProxyType(
    {
        behaviour.__name__: behaviour
        for behaviour in (silent, closing, resetting, nonsense, dripping, pouring)
    }
)


class _Server:
    """Does the same with each who connects, in a thread each."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._over = Event()
        self._lock = Lock()
        self._lines: list[socket.socket] = []
        self._threads: list[Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._accepting = Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                with self._lock:
                    self._lines.append(line)
                    self._threads.append(Thread(target=self._meet, args=(line,), daemon=True))
                    self._threads[-1].start()

    def _meet(self, line: socket.socket) -> None:
        with suppress(OSError), line:
            self._behaviour(line, self._over)

    def close(self) -> None:
        """Hang up on everybody; no thread and no connection is left."""
        self._over.set()
        with suppress(OSError):  # wakes what waits for a connection
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()


@contextmanager
def hostile(behaviour: Behaviour) -> Iterator[int]:
    """Give the port of a server on 127.0.0.1 while the block lasts."""
    server = _Server(behaviour)
    try:
        yield server.port
    finally:
        server.close()
