"""What is kept of each target from probe to probe: bounded, the longest unasked goes first."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_MOST_TARGETS = 10_000


class Remembered(Generic[T]):
    """One value a target; safe for several threads.

    Args:
        new: Makes the first value of a target.
        most: How many targets are remembered.
    """

    def __init__(self, new: Callable[[], T], most: int = _MOST_TARGETS) -> None:
        self._new = new
        self._most = most
        self._lock = threading.Lock()
        self._of: OrderedDict[str, T] = OrderedDict()

    def of(self, target: str) -> T:
        """Return the value of a target."""
        with self._lock:
            if target not in self._of:
                self._of[target] = self._new()
            self._of.move_to_end(target)
            while len(self._of) > self._most:
                self._of.popitem(last=False)
            return self._of[target]
