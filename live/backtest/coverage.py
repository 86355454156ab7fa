"""What history has: which series a rule reads were there at all, and which records are lacking."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from sothat.live.backtest.asking import Server
from sothat.live.backtest.recorded import Recorded, Recordings, expanded, names_read
from sothat.model.problem import Unusable

_LOOKS = 60


@dataclass(slots=True)
class Coverage:
    """Looks at a few moments of the time in question; each name once.

    Attributes:
        server: What is asked.
        recordings: The recording rules that alerts may read.
        start: Seconds since the epoch.
        end: Seconds since the epoch.
    """

    server: Server
    recordings: Recordings
    start: float
    end: float
    _seen: dict[str, frozenset[float]] = field(default_factory=dict)
    _lacking: dict[str, bool] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def lacking(self, expr: str) -> frozenset[str]:
        """Return the recorded series, read at first or second hand, that history does not have.

        Raises:
            PrometheusFailed: The server does not answer.
        """
        with self._lock:
            return frozenset(n for n in self._records(expr, frozenset()) if self._is_lacking(n))

    def unseen(self, expr: str) -> tuple[str, ...]:
        """Return the names of series that an expression reads and that were never there.

        Raises:
            PrometheusFailed: The server does not answer.
        """
        with self._lock:
            names = dict.fromkeys(names_read(expr))
            return tuple(name for name in names if not self._moments(name))

    def _records(self, expr: str, above: frozenset[str]) -> Iterator[str]:
        for name in dict.fromkeys(names_read(expr)):
            if name in self.recordings and name not in above:
                yield name
                for rule in self.recordings[name]:
                    yield from self._records(rule.expr, above | {name})

    def _is_lacking(self, name: str) -> bool:
        if name not in self._lacking:
            self._lacking[name] = False  # a ring ends here
            self._lacking[name] = any(self._has_more(name, r) for r in self.recordings[name])
        return self._lacking[name]

    def _has_more(self, name: str, rule: Recorded) -> bool:
        """Return whether a rule gives something at a moment at which nothing is recorded."""
        recorded = self._moments(name)
        if len(recorded) > _LOOKS:
            return False
        try:
            query = expanded(rule.expr, self.recordings, self.lacking(rule.expr))
        except Unusable:
            return not recorded
        return not self._moments(query) <= recorded

    def _moments(self, query: str) -> frozenset[float]:
        """Return at which of the moments a query has anything."""
        if query not in self._seen:
            step = max(1.0, (self.end - self.start) // _LOOKS)
            found = self.server.range(f"count({query})", self.start, self.end, step)
            self._seen[query] = frozenset(at for series in found for at, _ in series.points)
        return self._seen[query]
