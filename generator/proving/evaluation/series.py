"""Series and their samples, as a test of promtool loads them and as rules record them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

Labels = tuple[tuple[str, str], ...]
Vector = dict[Labels, float]
Point = tuple[int, float]
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

    def between(self, start: int, end: int, era: Era) -> range:
        """Return the numbers of the samples of a window; before version 3 its left edge belongs."""
        first = max(-(-start // self.step) if era is Era.TWO else start // self.step + 1, 0)
        return range(first, max(first, min(end // self.step + 1, len(self.values))))

    def points(self, numbers: range) -> list[Point]:
        """Return samples with their times, by their numbers."""
        step, values = self.step, self.values
        return [(n * step, value) for n in numbers if (value := values[n]) is not None]


@dataclass(slots=True)
class Store:
    """All series of a run by the metric's name."""

    era: Era
    series: dict[str, dict[Labels, Series]] = field(default_factory=dict)

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
        found: dict[Labels, float] = {}
        for labels, value in vector.items():
            key = labels_of({**dict(labels), NAME: name})
            if key in found:
                raise Unknown(f"{name} would be recorded twice for the same labels")
            found[key] = value
        for key in found.keys() - known.keys():
            known[key] = Series(key, step, [], marked=True)
        for key, series in known.items():
            series.values += [None] * (index - len(series.values))
            series.values.append(found.get(key))
