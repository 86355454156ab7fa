"""Counts that wait to be stored: what was refused or failed without making the store write."""

from collections import Counter
from threading import Lock

from sothat.incidents.tallies import Delta


class Counts:
    """What this process has counted since the last commit; it rides along with the next one.

    All that is stored is read from the store: whichever process is asked, the figures are those
    of the whole installation.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: Counter[Delta] = Counter()
        self._stranded = False

    def add_waiting(self, delta: Delta) -> None:
        """Count one of something that is stored with the next commit."""
        with self._lock:
            self._waiting[delta] += 1

    def waiting(self) -> Counter[Delta]:
        """Return what waits to be stored."""
        with self._lock:
            return Counter(self._waiting)

    def commit(self, flushed: Counter[Delta]) -> None:
        """Forget what a commit has stored."""
        with self._lock:
            self._stranded = False
            self._waiting.subtract(flushed)
            self._waiting = +self._waiting

    def strand(self) -> None:
        """Take note that there can be no commit for now."""
        with self._lock:
            self._stranded = True

    def stranded(self) -> Counter[Delta]:
        """Return what waits while nothing can be stored: it shows although it is not.

        Otherwise it is stored in a moment; to show it before would count it twice, or not at all,
        in a reading that the commit overtakes, and a counter must never fall.
        """
        with self._lock:
            return Counter(self._waiting) if self._stranded else Counter()
