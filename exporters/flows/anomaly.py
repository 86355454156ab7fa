"""Values that stray from their own past: robust z-scores on streaming data."""

from bisect import bisect_left, insort
from collections import deque

# The median absolute deviation of normal data is this much of their standard deviation.
_MAD_TO_SIGMA = 0.6744897501960817
DEFAULT_THRESHOLD = 5.0
DEFAULT_WINDOW = 64
_LEAST_VALUES = 16


class Judge:
    """Judges the values of one topic by median and median absolute deviation of the last ones.

    Neither is moved by the very values that are to be found, as mean and deviation are. A value
    that strays is taken up all the same: what lasts is the new usual.

    Args:
        floor: Least deviation, in the unit of the values: steps of a thermometer are no anomaly.
        threshold: How many sigmas away a value strays.
        window: How many values are remembered.
    """

    __slots__ = ("_floor", "_order", "_sorted", "_threshold", "_window")

    def __init__(
        self,
        floor: float,
        threshold: float = DEFAULT_THRESHOLD,
        window: int = DEFAULT_WINDOW,
    ) -> None:
        self._floor = floor
        self._threshold = threshold
        self._window = window
        self._order: deque[float] = deque()
        self._sorted: list[float] = []

    def score(self, value: float) -> float | None:
        """Return how many sigmas a value is away from the ones before; None while they are few."""
        if len(self._sorted) < min(_LEAST_VALUES, self._window):
            return None
        centre = _median(self._sorted)
        deviation = _median(sorted(abs(one - centre) for one in self._sorted))
        sigma = max(deviation / _MAD_TO_SIGMA, self._floor)
        if sigma <= 0:
            return 0.0 if value == centre else float("inf")
        return abs(value - centre) / sigma

    def take(self, value: float) -> bool | None:
        """Take a value up; return whether it strays, None while that cannot be told."""
        score = self.score(value)
        self._order.append(value)
        insort(self._sorted, value)
        if len(self._order) > self._window:
            del self._sorted[bisect_left(self._sorted, self._order.popleft())]
        return None if score is None else score > self._threshold


def _median(ordered: list[float]) -> float:
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
