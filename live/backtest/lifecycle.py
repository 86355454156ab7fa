"""An alert's life as Prometheus leads it: inactive, pending, firing, kept firing, resolved.

Each label set lives on its own. What is fed in is *runs*: unbroken rows of evaluations at which the
expression had an element with the label set. Evaluations that failed change nothing in Prometheus,
so they are left out of the numbering beforehand (see `Skips`).
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sothat.live.backtest.subject import Grid

# Number of the first evaluation at which the element is there, and of the last.
Run = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Episode:
    """One life of one label set, by times of evaluations in milliseconds since the epoch.

    Attributes:
        active: Since when it is pending.
        fired: Since when it fires; None: it never did.
        ended: The first evaluation at which it is inactive again; None: it is not yet.
    """

    active: int
    fired: int | None
    ended: int | None

    def firing(self, until: int) -> int:
        """Return for how many milliseconds it fired, up to a time where it still does."""
        if self.fired is None:
            return 0
        return (until if self.ended is None else self.ended) - self.fired


@dataclass(frozen=True, slots=True)
class Skips:
    """The evaluations that failed, in order: they are neither a yes nor a no."""

    numbers: tuple[int, ...] = ()

    def kept(self, number: int) -> int:
        """Return an evaluation's number among those that did not fail."""
        return number - bisect_left(self.numbers, number)


def joined(runs: Iterable[Run], skips: Skips) -> Iterator[Run]:
    """Yield runs in order, those that only failed evaluations part as one."""
    current: Run | None = None
    for first, last in runs:
        if current is not None and skips.kept(first) <= skips.kept(current[1]) + 1:
            current = (current[0], max(last, current[1]))
        else:
            if current is not None:
                yield current
            current = (first, last)
    if current is not None:
        yield current


@dataclass(frozen=True, slots=True)
class Life:
    """How long a condition must hold, and how long an alert outlives it.

    Attributes:
        lasts: Milliseconds of ``for``.
        keeps: Milliseconds of ``keep_firing_for``.
    """

    lasts: int
    keeps: int

    def episodes(
        self, runs: Iterable[Run], grid: Grid, skips: Skips | None = None
    ) -> Iterator[Episode]:
        """Yield the lives of one label set.

        Args:
            runs: Where it is there, in order.
            grid: The evaluations.
            skips: Those that failed.
        """
        clock = _Clock(grid, skips or Skips())
        active: int | None = None
        fired: int | None = None
        resolves: int | None = None
        for first, last in joined(runs, clock.skips):
            if active is not None and resolves is not None and first > resolves:
                yield Episode(grid.at(active), clock.time(fired), clock.time(resolves))
                active = None
            if active is None:
                active, fired = first, clock.later(first, self.lasts, last)
            resolves = clock.resolves(last, self.keeps if fired is not None else 0)
        if active is not None:
            yield Episode(grid.at(active), clock.time(fired), clock.time(resolves))


@dataclass(frozen=True, slots=True)
class _Clock:
    """Answers when something happens, in evaluations that did not fail."""

    grid: Grid
    skips: Skips

    def time(self, number: int | None) -> int | None:
        return None if number is None else self.grid.at(number)

    def later(self, number: int, span: int, last: int) -> int | None:
        """Return the first evaluation of a row that is so many milliseconds after another."""
        found = self._sound(number + -(-span // self.grid.step))
        return found if found is not None and found <= last else None

    def resolves(self, last: int, span: int) -> int | None:
        """Return the first evaluation without the element at which the span has passed."""
        gone = self._sound(last + 1)
        return None if gone is None else self._sound(gone + -(-span // self.grid.step))

    def _sound(self, number: int) -> int | None:
        """Return the first evaluation from a number on that did not fail; None after the end."""
        failed: Sequence[int] = self.skips.numbers
        place = bisect_left(failed, number)
        while place < len(failed) and failed[place] == number:
            number, place = number + 1, place + 1
        return number if number < self.grid.count else None
