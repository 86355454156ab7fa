"""Series and their samples, as a test of promtool loads them and as rules record them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

Labels = tuple[tuple[str, str], ...]
Vector = dict[Labels, float]
NAME = "__name__"
LOOKBACK = 300_000  # milliseconds


class Unknown(Exception):  # noqa: N818 – it says what happened: this is beyond what we know
    """An expression, or what becomes of it, that this evaluation does not know for certain."""


class Era(Enum):
    """The major versions of Prometheus whose results differ in the last digit or sample."""

    TWO = 2
    THREE = 3


def labels_of(pairs: dict[str, str]) -> Labels:
    """Return labels in their one order; empty ones are none."""
    return tuple(sorted((name, value) for name, value in pairs.items() if value))


@lru_cache(maxsize=4_096)
def without_name(labels: Labels) -> Labels:
    """Return labels without the metric's name."""
    return tuple(pair for pair in labels if pair[0] != NAME)


@dataclass(slots=True)
class Series:
    """Samples at a steady pace from time 0; None where there is none.

    Attributes:
        step: Milliseconds from one sample to the next.
        marked: Whether a gap ends the series at once, as a staleness marker of a rule does.
    """

    labels: Labels
    step: int
    values: list[float | None]
    marked: bool = False

    def at(self, time: int, era: Era) -> float | None:
        """Return the latest sample at a time, if it is recent enough."""
        step, values = self.step, self.values
        index = min(time // step, len(values) - 1)
        oldest = time - LOOKBACK + (era is Era.THREE)
        while index >= 0 and index * step >= oldest:
            value = values[index]
            if value is not None or self.marked:
                return value
            index -= 1
        return None

    def between(self, start: int, end: int, era: Era) -> tuple[list[float | None], int]:
        """Return what there is in a window, and how long before its end the last of it was.

        Before version 3 the left edge belongs to a window.
        """
        step = self.step
        first = max(-(-start // step) if era is Era.TWO else start // step + 1, 0)
        stop = max(first, min(end // step + 1, len(self.values)))
        return self.values[first:stop], end - (stop - 1) * step

    def taken(
        self, found: Sequence[float | None], before: int, end: int
    ) -> tuple[list[float], Sequence[int]]:
        """Return the samples of what there is in a window, and the time of each."""
        last, step = end - before, self.step
        times: Sequence[int] = range(last - (len(found) - 1) * step, last + step, step)
        values = [value for value in found if value is not None]
        if len(values) < len(found):
            times = [time for time, value in zip(times, found, strict=True) if value is not None]
        return values, times


@dataclass(slots=True)
class Store:
    """All series of a run by the metric's name.

    Attributes:
        recorded: The last that each recording rule found, as found and under the rule's name.
    """

    era: Era
    series: dict[str, dict[Labels, Series]] = field(default_factory=dict)
    recorded: dict[str, tuple[Vector, Vector]] = field(default_factory=dict)

    def add(self, series: Series) -> None:
        """Add a series."""
        name = dict(series.labels)[NAME]
        self.series.setdefault(name, {})[series.labels] = series

    def of(self, name: str) -> Mapping[Labels, Series]:
        """Return the series of a metric."""
        return self.series.get(name, {})

    def record(self, name: str, vector: Vector, index: int, step: int) -> None:
        """Append what a recording rule found at its evaluation of this number.

        Raises:
            Unknown: Two results would be one series.
        """
        known = self.series.setdefault(name, {})
        last, found = self.recorded.get(name, (None, {}))
        if last is not vector:
            found = _renamed(vector, name)
            self.recorded[name] = (vector, found)
            for key in found:
                known.setdefault(key, Series(key, step, [], marked=True))
        for key, series in known.items():
            if len(series.values) < index:
                series.values += [None] * (index - len(series.values))
            series.values.append(found.get(key))


def _renamed(vector: Vector, name: str) -> Vector:
    """Return a vector under the name of a recording rule.

    Raises:
        Unknown: Two elements become one.
    """
    found: Vector = {}
    for labels, value in vector.items():
        key = _with_name(labels, name)
        if key in found:
            raise Unknown(f"{name} would be recorded twice for the same labels")
        found[key] = value
    return found


@lru_cache(maxsize=4_096)
def _with_name(labels: Labels, name: str) -> Labels:
    return labels_of({**dict(labels), NAME: name})
