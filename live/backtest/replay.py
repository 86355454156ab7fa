"""One rule over history: which label sets met it at which evaluations, for each threshold tried."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

from sothat.live.backtest.asking import Asker, Row
from sothat.live.backtest.labelling import Labelling, LabelSet, labelling_of
from sothat.live.backtest.levels import Level, candidates, level_of
from sothat.live.backtest.lifecycle import Episode, Life, Run, Skips
from sothat.live.backtest.subject import Grid, Subject


@dataclass(frozen=True, slots=True)
class Presence:
    """Which label sets met a condition.

    Attributes:
        runs: For each label set, the unbroken rows of evaluations at which it did, in order.
        skips: Evaluations that failed, and so changed nothing.
    """

    runs: Mapping[LabelSet, Sequence[Run]]
    skips: Skips

    def episodes(self, life: Life, grid: Grid) -> Iterator[tuple[LabelSet, Episode]]:
        """Yield all lives that touch the time of interest, label set by label set."""
        for labels, runs in self.runs.items():
            for episode in life.episodes(runs, grid, self.skips):
                if episode.ended is None or episode.ended > grid.start:
                    yield labels, episode


@dataclass(frozen=True, slots=True)
class Replay:
    """What history says of one rule.

    Attributes:
        grid: The evaluations.
        level: Its threshold, where other ones can be tried.
        presences: By the threshold's number; the rule as it stands is None.
        reason: Why evaluations failed, if some did.
    """

    subject: Subject
    grid: Grid
    level: Level | None
    presences: Mapping[float | None, Presence]
    reason: str = ""

    def episodes(
        self, value: float | None = None, lasts: int | None = None
    ) -> list[tuple[LabelSet, Episode]]:
        """Return the lives of all label sets, with another threshold or ``for`` if named."""
        held = self.subject.lasts if lasts is None else lasts
        life = Life(held, self.subject.keeps)
        return sorted(
            self.presences[value].episodes(life, self.grid),
            key=lambda found: (found[1].active, found[0]),
        )


def replay(subject: Subject, grid: Grid, asker: Asker, *, sweep: bool = True) -> Replay:
    """Return what history says of a rule.

    Args:
        subject: The rule.
        grid: The evaluations, those that warm it up included.
        asker: Asks for what the expression had.
        sweep: Whether other thresholds are tried, too; the server then sends what meets the
            mildest of them.

    Raises:
        Unusable: The rule cannot be replayed, or the server does not answer.
    """
    labelling = labelling_of(subject)
    level = level_of(subject.expr) if sweep else None
    values = candidates(level) if level else ()
    query = level.with_value(level.mildest(values)) if level else subject.expr
    traces: dict[float | None, _Trace] = {value: _Trace() for value in values} or {None: _Trace()}
    failed: list[int] = []
    reason = ""
    for piece in asker.pieces(query, grid):
        failed += piece.failed
        reason = reason or piece.reason
        rows: Sequence[Row] = piece.rows
        for value, trace in traces.items():
            # The values become stricter one by one: what one of them stops none after it passes.
            rows = _passing(rows, level, value)
            trace.add(rows, labelling)
    presences = {value: trace.presence(failed) for value, trace in traces.items()}
    if level:
        presences[None] = presences[level.value]
    doubled = any(trace.doubled for trace in traces.values())
    return Replay(subject, grid, level, presences, reason or (_DOUBLED if doubled else ""))


_DOUBLED = "two elements have the same labels once the rule's are added"


def _passing(rows: Sequence[Row], level: Level | None, value: float | None) -> Sequence[Row]:
    if level is None or value is None:
        return rows
    kept = (_kept(row, level.compare(), value) for row in rows)
    return [row for row in kept if row.numbers]


def _kept(row: Row, compare: Callable[[float, float], bool], value: float) -> Row:
    """Return the part of a row that passes; quick where that is all of it.

    No figure is NaN: the server has compared them with the mildest value, which NaN never passes.
    """
    if compare(min(row.values), value) and compare(max(row.values), value):
        return row
    kept = [place for place, figure in enumerate(row.values) if compare(figure, value)]
    return Row(row.labels, [row.numbers[n] for n in kept], [row.values[n] for n in kept])


@dataclass(slots=True)
class _Trace:
    """What has been seen so far of each label set."""

    runs: dict[LabelSet, list[Run]] = field(default_factory=lambda: defaultdict(list))
    doubled: set[int] = field(default_factory=set)

    def add(self, rows: Iterable[Row], labelling: Labelling) -> None:
        """Take the rows of a piece, which is later than all before it."""
        found: dict[LabelSet, list[Sequence[int]]] = defaultdict(list)
        for row in rows:
            found[labelling.of(row.labels)].append(row.numbers)
        for labels, several in found.items():
            numbers = several[0] if len(several) == 1 else self._merged(several)
            self._extend(self.runs[labels], numbers)

    def _merged(self, several: Sequence[Sequence[int]]) -> Sequence[int]:
        """Return where any of several series is; where two are, Prometheus refuses the rule."""
        numbers = sorted(chain.from_iterable(several))
        self.doubled.update(a for a, b in pairwise(numbers) if a == b)
        return sorted(set(numbers))

    @staticmethod
    def _extend(runs: list[Run], numbers: Sequence[int]) -> None:
        for first, last in rows_of(numbers):
            if runs and runs[-1][1] + 1 == first:
                runs[-1] = (runs[-1][0], last)
            else:
                runs.append((first, last))

    def presence(self, failed: Iterable[int]) -> Presence:
        """Return all that was seen, the evaluations that failed taken out."""
        skipped = frozenset({*failed, *self.doubled})
        if not skipped:
            return Presence(self.runs, Skips())
        kept = {labels: list(_without(runs, skipped)) for labels, runs in self.runs.items()}
        return Presence(kept, Skips(tuple(sorted(skipped))))


def rows_of(numbers: Sequence[int]) -> Iterator[Run]:
    """Yield the unbroken rows in rising numbers."""
    if not numbers:
        return
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        yield numbers[0], numbers[-1]
        return
    first = before = numbers[0]
    for number in numbers[1:]:
        if number != before + 1:
            yield first, before
            first = number
        before = number
    yield first, before


def _without(runs: Iterable[Run], skipped: frozenset[int]) -> Iterator[Run]:
    """Yield runs whose first and last evaluations did not fail; what is between may have."""
    for first, last in runs:
        sound = [number for number in range(first, last + 1) if number not in skipped]
        if sound:
            yield sound[0], sound[-1]
