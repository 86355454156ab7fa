"""Many calls at once in a bounded number of daemon threads, for a bounded time."""

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from sothat.exporters.clock import Deadline

K = TypeVar("K")
T = TypeVar("T")


class Crew(Generic[K, T]):
    """Makes one call for each key; a call that hangs is not made again before it has come back.

    Args:
        size: Most threads of one round.
        name: Of the threads.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._lock = threading.Lock()
        self._hanging: set[K] = set()

    def results(
        self, calls: Mapping[K, Callable[[], T]], deadline: Deadline
    ) -> Iterator[tuple[K, T | Exception]]:
        """Yield what the calls return or raise, as they come back; those that are late are left."""
        with self._lock:
            ready = [(key, call) for key, call in calls.items() if key not in self._hanging]
            self._hanging.update(key for key, _ in ready)
        todo: queue.SimpleQueue[tuple[K, Callable[[], T]]] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[K, T | Exception]] = queue.SimpleQueue()
        for item in ready:
            todo.put(item)
        for _ in range(min(self._size, len(ready))):
            threading.Thread(
                target=self._work, args=(todo, done, deadline), name=self._name, daemon=True
            ).start()
        for _ in ready:
            try:
                yield done.get(timeout=deadline.remaining())
            except queue.Empty:
                return

    def _work(
        self,
        todo: queue.SimpleQueue[tuple[K, Callable[[], T]]],
        done: queue.SimpleQueue[tuple[K, T | Exception]],
        deadline: Deadline,
    ) -> None:
        while True:
            try:
                key, call = todo.get_nowait()
            except queue.Empty:
                return
            if not deadline.expired():  # else it is only taken off the list
                done.put((key, _outcome(call)))
            with self._lock:
                self._hanging.discard(key)


def _outcome(call: Callable[[], T]) -> T | Exception:
    """Return what a call returns or raises; whoever asked raises or counts it."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001
        return error
    # sys.exit() and a panic of a compiled library end neither the thread nor the key's future.
    except BaseException as error:  # noqa: BLE001
        return RuntimeError(f"{type(error).__name__}: {error}")
