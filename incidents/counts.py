"""The tallies of the store, cached: what a scrape reads without asking the database."""

from collections import Counter
from collections.abc import Iterable
from threading import Lock

from sothat.incidents.tallies import Delta


class Counts:
    """Committed tallies, and those that wait for the next commit because nothing could be stored.

    Refused and failed requests are counted while the store cannot write, or without making it
    write: they ride along with the next commit.
    """

    def __init__(self, committed: Iterable[tuple[Delta, float]] = ()) -> None:
        self._lock = Lock()
        self._committed: Counter[Delta] = Counter(dict(committed))
        self._waiting: Counter[Delta] = Counter()

    def add_waiting(self, delta: Delta) -> None:
        """Count one of something that is stored with the next commit."""
        with self._lock:
            self._waiting[delta] += 1

    def waiting(self) -> Counter[Delta]:
        """Return what waits to be stored."""
        with self._lock:
            return Counter(self._waiting)

    def commit(self, grown: Counter[Delta], flushed: Counter[Delta]) -> None:
        """Take over what a commit has stored; ``flushed`` is the part that had waited."""
        with self._lock:
            self._committed.update(grown)
            self._committed.update(flushed)
            self._waiting.subtract(flushed)
            self._waiting = +self._waiting

    def snapshot(self) -> Counter[Delta]:
        """Return all tallies, the waiting ones included."""
        with self._lock:
            return self._committed + self._waiting
