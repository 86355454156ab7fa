"""An expression's elements at each evaluation, asked for in pieces that do not hurt the server."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sothat.live.backtest.subject import Grid, Labels
from sothat.model.problem import Problem
from sothat.runtime.prometheus import MAX_STEPS, PrometheusFailed, Series

# A piece that takes longer than this is followed by one of half as many steps.
_SLOW_SECONDS = 10.0
_REST_SECONDS = 1.0
# A query that fails at more moments than this is no rule that works.
_MOST_FAILURES = 500


class Server(Protocol):
    """What is asked."""

    def range(self, query: str, start: float, end: float, step: float) -> tuple[Series, ...]:
        """Return a query's values; see `sothat.runtime.prometheus.Prometheus.range`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One series in a piece: numbers of evaluations in order, and its values there."""

    labels: Labels
    numbers: Sequence[int]
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Piece:
    """The answer for some evaluations, one after another.

    Attributes:
        failed: Numbers of the evaluations at which the query itself fails.
        reason: Why, in the server's words.
    """

    rows: tuple[Row, ...]
    failed: tuple[int, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class Tally:
    """What was asked of the server; may be shared by threads."""

    questions: int = 0
    seconds: float = 0.0
    points: int = 0
    smaller: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, seconds: float, points: int) -> None:
        """Count a question that was answered."""
        with self._lock:
            self.questions += 1
            self.seconds += seconds
            self.points += points

    def add_smaller(self) -> None:
        """Count a question that was too much, and is asked again in halves."""
        with self._lock:
            self.questions += 1
            self.smaller += 1


@dataclass(frozen=True, slots=True)
class Counted:
    """A server whose answers are counted."""

    server: Server
    monotonic: Callable[[], float]
    tally: Tally

    def range(self, query: str, start: float, end: float, step: float) -> tuple[Series, ...]:
        """Return a query's values."""
        begun = self.monotonic()
        found = self.server.range(query, start, end, step)
        self.tally.add(self.monotonic() - begun, sum(len(series.points) for series in found))
        return found


@dataclass(slots=True)
class Asker:
    """Asks in pieces; smaller ones where the server finds it hard.

    Attributes:
        server: What is asked.
        monotonic: Seconds that only grow.
        sleep: Waits; a server that found a question too much is left alone for a moment.
        most: The most steps of a question.
        tally: Counts what had to be asked in halves.
    """

    server: Server
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    most: int = MAX_STEPS + 1
    tally: Tally = field(default_factory=Tally)

    def pieces(self, query: str, grid: Grid) -> Iterator[Piece]:
        """Yield the answer piece by piece, in order of time.

        Raises:
            PrometheusFailed: Even the smallest piece cannot be had, or the query fails too often.
        """
        questions = _Questions(self, query, grid, self.most)
        failures, first = 0, 0
        while first < grid.count:
            last = min(first + questions.size, grid.count) - 1
            for piece in questions.pieces(first, last):
                failures += len(piece.failed)
                if failures > _MOST_FAILURES:
                    raise _fails_always(query, piece.reason)
                yield piece
            first = last + 1


@dataclass(slots=True)
class _Questions:
    """The questions of one query; ``size`` is how many steps the next may have."""

    asker: Asker
    query: str
    grid: Grid
    size: int

    def pieces(self, first: int, last: int) -> Iterator[Piece]:
        """Yield the answer for some evaluations, in halves where the whole is refused."""
        try:
            found = self._asked(first, last)
        except PrometheusFailed as error:
            if not (error.evaluated or error.heavy) or (first == last and error.heavy):
                raise
            yield from self._smaller(first, last, error)
        else:
            yield found

    def _smaller(self, first: int, last: int, error: PrometheusFailed) -> Iterator[Piece]:
        if first == last:
            yield Piece((), (first,), error.problems[0].message)
            return
        if error.heavy:
            self._spare(last - first + 1)
        middle = (first + last) // 2
        yield from self.pieces(first, middle)
        yield from self.pieces(middle + 1, last)

    def _asked(self, first: int, last: int) -> Piece:
        asker, grid = self.asker, self.grid
        begun = asker.monotonic()
        step = grid.step / 1000
        found = asker.server.range(self.query, grid.at(first) / 1000, grid.at(last) / 1000, step)
        if asker.monotonic() - begun > _SLOW_SECONDS:
            self.size = max(1, min(self.size, (last - first + 1) // 2))
        return Piece(tuple(_row(series, grid) for series in found))

    def _spare(self, steps: int) -> None:
        self.size = max(1, min(self.size, steps // 2))
        self.asker.tally.add_smaller()
        self.asker.sleep(_REST_SECONDS)


def _row(series: Series, grid: Grid) -> Row:
    first, step = grid.first, grid.step
    numbers = [round((at * 1000 - first) / step) for at, _ in series.points]
    return Row(series.labels, numbers, [value for _, value in series.points])


def _fails_always(query: str, reason: str) -> PrometheusFailed:
    message = f"the query fails at more than {_MOST_FAILURES} evaluations: {reason}"
    return PrometheusFailed(Problem("query-refused", message, expression=query))
