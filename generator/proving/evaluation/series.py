"""Series and their samples, as a test of promtool loads them and as rules record them."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import NamedTuple, cast

Labels = tuple[tuple[str, str], ...]
# Milliseconds, ascending.
Times = Sequence[int]
# A value for each of some times; None where there is none.
Column = list[float | None]
Matrix = dict[Labels, Column]
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


class Window(NamedTuple):
    """Samples between two times in milliseconds; never empty.

    Attributes:
        times: When each of the values was taken.
    """

    values: Sequence[float]
    times: Times
    start: int
    end: int
    era: Era


# For each of some times a window; None where it would be empty. The very same object twice: the
# same samples as far before its end, so that what is made of them is the same.
Windows = list[Window | None]
# Samples, when they are taken, and the start and the end of the range that they lie in.
Part = tuple[Column, range, int, int]


@dataclass(slots=True)
class Series:
    """Samples at a steady pace from time 0; None where there is none.

    Attributes:
        step: Milliseconds from one sample to the next.
        marked: Whether a gap ends the series at once, as a staleness marker of a rule does.
    """

    labels: Labels
    step: int
    values: Column
    marked: bool = False
    _whole: bool | None = field(default=None, init=False, repr=False, compare=False)

    def column(self, times: Times, era: Era) -> Column:
        """Return the latest sample at each time, where it is recent enough."""
        if times and times[0] < 0:
            none = bisect_left(times, 0)
            return [None] * none + self.column(times[none:], era)
        step, values = self.step, self.values
        if not self._has_all(times):
            return [self._at(time, era) for time in times]
        if isinstance(times, range) and times.step % step == 0:
            first, pace = times.start // step, times.step // step
            return values[first : first + len(times) * pace : pace]
        return [values[time // step] for time in times]

    def _has_all(self, times: Times) -> bool:
        """Tell whether at each time the sample before it is the latest, and recent."""
        step = self.step
        if not times or times[-1] // step >= len(self.values):
            return False
        if not self.marked and not self._is_whole():
            return False
        return step <= LOOKBACK or not any(time % step for time in times)

    def _is_whole(self) -> bool:
        """Tell whether there is every sample."""
        if self._whole is None:
            self._whole = None not in self.values
        return self._whole

    def _at(self, time: int, era: Era) -> float | None:
        step, values = self.step, self.values
        index = min(time // step, len(values) - 1)
        oldest = time - LOOKBACK + (era is Era.THREE)
        while index >= 0 and index * step >= oldest:
            value = values[index]
            if value is not None or self.marked:
                return value
            index -= 1
        return None

    def windows(self, times: Times, length: int, era: Era) -> Windows:
        """Return what there is in the range of a length before each time.

        Before version 3 the left edge belongs to a window.
        """
        return as_windows(self._parts(times, length, era), era, whole=self._is_whole())

    def _parts(self, times: Times, length: int, era: Era) -> Iterator[Part]:
        step, values, count = self.step, self.values, len(self.values)
        for time in times:
            start = time - length
            first = max(-(-start // step) if era is Era.TWO else start // step + 1, 0)
            stop = max(first, min(time // step + 1, count))
            yield values[first:stop], range(first * step, stop * step, step), start, time


def as_windows(parts: Iterable[Part], era: Era, *, whole: bool) -> Windows:
    """Return parts of a series as windows; ``whole``: it has every sample."""
    found: Windows = []
    window: Window | None = None
    known: Column | None = None
    known_before = 0
    for part, taken, start, end in parts:
        before = end - taken.stop
        if part != known or before != known_before:
            known, known_before = part, before
            values = cast("list[float]", part) if whole else _known(part)
            times = taken if len(values) == len(part) else _there(part, taken)
            window = Window(values, times, start, end, era) if values else None
        found.append(window)
    return found


def _known(part: Column) -> list[float]:
    return [value for value in part if value is not None]


def _there(part: Column, taken: range) -> Times:
    return [time for time, value in zip(taken, part, strict=True) if value is not None]


def put(matrix: Matrix, labels: Labels, column: Column, complaint: str) -> None:
    """Add an element to a matrix, which may hold one of these labels at other times.

    Raises:
        Unknown: Both are there at the same time.
    """
    known = matrix.get(labels)
    if known is not None:
        refuse_meeting([known, column], complaint)
        column = [b if a is None else a for a, b in zip(known, column, strict=True)]
    matrix[labels] = column


def refuse_meeting(columns: Sequence[Column], complaint: str) -> None:
    """Refuse elements of which two are there at the same time.

    Raises:
        Unknown: There are.
    """
    if len(columns) > 1 and any(
        len(row) - row.count(None) > 1 for row in zip(*columns, strict=True)
    ):
        raise Unknown(complaint)


def is_there(columns: Sequence[Column]) -> list[bool]:
    """Return for each time whether any of some elements is there."""
    if len(columns) == 1:
        return [value is not None for value in columns[0]]
    return [row.count(None) < len(row) for row in zip(*columns, strict=True)]
