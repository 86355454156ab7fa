"""What waits for one thread, which is woken once for all that it awaits, not by each that comes.

A thread that is woken takes the interpreter from whoever has woken it: eight messages that come
together would cost sixteen changes of thread.
"""

from collections import deque
from threading import Condition, Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """Many put something in, one waits and takes it out, in order."""

    def __init__(self) -> None:
        self._items: deque[tuple[T, int]] = deque()
        self._weight = 0
        self._awaited = 0
        self._closed = False
        self._changed = Condition(Lock())

    def __len__(self) -> int:
        """Return how much waits."""
        return len(self._items)

    def put(self, item: T, weight: int) -> bool:
        """Put something in; return whether it will be taken out: no more is once it is closed."""
        with self._changed:
            if not self._closed:
                self._items.append((item, weight))
                self._weight += weight
                if self._weight >= self._awaited:
                    self._changed.notify()
            return not self._closed

    def close(self) -> None:
        """Take nothing in any more, and let nobody wait."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def await_any(self, seconds: float) -> bool:
        """Wait for something for so long; return whether there may ever be anything to take."""
        with self._changed:
            self._awaited = 0
            self._changed.wait_for(lambda: self._items or self._closed, seconds)
            return bool(self._items) or not self._closed

    def await_weight(self, weight: int, seconds: float) -> None:
        """Wait for so long until what has come weighs so much."""
        with self._changed:
            self._awaited = weight
            self._changed.wait_for(lambda: self._weight >= weight or self._closed, seconds)

    def take(self, most: int) -> list[T]:
        """Take out what waits, no more than so many."""
        with self._changed:
            taken = [self._items.popleft() for _ in range(min(most, len(self._items)))]
            self._weight -= sum(weight for _, weight in taken)
        return [item for item, _ in taken]
