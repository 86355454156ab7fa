"""Work that takes the processor, shared out among children of this process."""

import os
import pickle
import signal
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import takewhile
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from typing import Any, BinaryIO, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_NUMBER = struct.Struct("I")
# Portions that the smallest pipe of any system takes.
_PORTIONS = 1_000


def processors() -> int:
    """Return the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def shared_out(work: Callable[[T], R], items: Sequence[T], jobs: int) -> list[R]:
    """Return the results of some work, in the order of the items; see `begun`."""
    with begun(work, items, min(jobs, len(items))) as shared:
        return shared.results()


@contextmanager
def begun(work: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator["Shared[T, R]"]:
    """Have children begin with some work, while this process does something else.

    Children inherit the work as it stands; nothing but results has to be sent. Whoever is free
    takes what is next. At the end no child is left, whether anybody asked for the results or not.

    Args:
        work: A pure function.
        items: What to do it for.
        jobs: How many processes, this one included.
    """
    # Elsewhere a fork of a process that has used the system's libraries may hang.
    children = min(jobs - 1, len(items)) if sys.platform == "linux" else 0
    shared = Shared(work, items)
    try:
        shared.begin(children)
        yield shared
    finally:
        shared.end()


class Shared(Generic[T, R]):
    """Work that several processes do; made by `begun`."""

    def __init__(self, work: Callable[[T], R], items: Sequence[T]) -> None:
        self._work, self._items = work, items
        self._size = -(-len(items) // _PORTIONS)
        self._children: list[tuple[ForkProcess, BinaryIO]] = []
        self._open = self._queue()

    def begin(self, children: int) -> None:
        """Start so many children."""
        self._children += [_child(self._tell) for _ in range(children)]

    def results(self) -> list[R]:
        """Return the results in the order of the items; this process takes part in the rest.

        What a child had taken that died or failed is done here, so that what the work raises is
        raised here.
        """
        found = dict(self._taken())
        for process, results in self._children:
            process.join()
            found.update(_told(results))
        return [
            found[number] if number in found else self._work(item)
            for number, item in enumerate(self._items)
        ]

    def end(self) -> None:
        """End the children that are still at work."""
        for process, results in self._children:
            process.kill()
            process.join()
            results.close()
        os.close(self._open)

    def _queue(self) -> int:
        """Return a pipe with the numbers of all portions: a read takes one from all others."""
        reading, writing = os.pipe()
        firsts = range(0, len(self._items), self._size or 1)
        os.write(writing, b"".join(map(_NUMBER.pack, firsts)))
        os.close(writing)
        return reading

    def _taken(self) -> Iterator[tuple[int, R]]:
        """Yield the results of what nobody else has taken, by number."""
        while number := os.read(self._open, _NUMBER.size):
            (first,) = _NUMBER.unpack(number)
            for place, item in enumerate(self._items[first : first + self._size], first):
                yield place, self._work(item)

    def _tell(self, results: BinaryIO) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and ends its children
        parent = os.getppid()
        with suppress(Exception):  # the parent does it again, and is told then
            # One pickler for all: what several results share is written once.
            pickler = pickle.Pickler(results, pickle.HIGHEST_PROTOCOL)
            for found in takewhile(lambda _: os.getppid() == parent, self._taken()):
                pickler.dump(found)
            results.flush()


def _child(tell: Callable[[BinaryIO], None]) -> tuple[ForkProcess, BinaryIO]:
    # A file, not a pipe: nobody waits for a reader, and no process holds all results as text.
    results = tempfile.TemporaryFile()  # noqa: SIM115 – `Shared.end` closes it
    process = get_context("fork").Process(target=tell, args=(results,), daemon=True)
    process.start()
    return process, results


def _told(results: BinaryIO) -> Iterator[tuple[int, Any]]:
    """Yield what a child found; one that was killed may have been in the midst of a result."""
    results.seek(0)
    unpickler = pickle.Unpickler(results)  # noqa: S301 – our own child's
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            found: tuple[int, Any] = unpickler.load()
            yield found
