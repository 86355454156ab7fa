"""Rules over time: what is recorded, and which alerts are pending, firing, kept and resolved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from sothat.generator.proving.evaluation.series import (
    Era,
    Labels,
    Matrix,
    Series,
    Times,
    is_there,
    put,
    without_name,
)
from sothat.generator.proving.evaluation.store import Evaluate, Store


@dataclass(frozen=True, slots=True)
class Program:
    """An alert with the recording rules that it needs.

    Attributes:
        lasts: Milliseconds that the condition must hold before the alert fires.
        keeps: Milliseconds that it keeps firing afterwards.
        remembered: The recording rules of whose past something is read.
    """

    recordings: Mapping[str, Evaluate]
    condition: Evaluate
    lasts: int
    keeps: int
    remembered: frozenset[str] = frozenset()


_NONE: frozenset[Labels] = frozenset()


@dataclass(slots=True)
class _Active:
    since: int
    firing: bool = False
    gone_since: int | None = None


@dataclass(slots=True)
class _State:
    """The elements of one alert between evaluations."""

    lasts: int
    keeps: int
    active: dict[Labels, _Active] = field(default_factory=dict)

    def advance(self, found: frozenset[Labels], time: int) -> frozenset[Labels]:
        """Take the elements that meet the condition at a time; return those that fire."""
        if not found and not self.active:
            return _NONE
        for labels in found:
            self.active.setdefault(labels, _Active(time)).gone_since = None
        for labels in [labels for labels in self.active if labels not in found]:
            if not self._kept(self.active[labels], time):
                del self.active[labels]
        for labels in found:
            element = self.active[labels]
            element.firing = element.firing or time - element.since >= self.lasts
        return frozenset(labels for labels, element in self.active.items() if element.firing)

    def _kept(self, element: _Active, time: int) -> bool:
        if not element.firing or not self.keeps:
            return False
        if element.gone_since is None:
            element.gone_since = time
        return time - element.gone_since < self.keeps


def run(
    program: Program, series: Sequence[Series], every: int, awake: Sequence[bool], era: Era
) -> list[frozenset[Labels]]:
    """Return which elements of the alert fire at each evaluation.

    Args:
        program: The alert and the recording rules that it needs.
        series: The input, unchanged by the run.
        every: Milliseconds from one evaluation to the next.
        awake: For each evaluation from time 0 on, whether the alert is looked at; where it is
            not, only what is remembered is recorded.
        era: The version of Prometheus.

    Raises:
        Unknown: Something happens that we do not know, or the rules could not be evaluated.
    """
    store = Store(era, every, len(awake), program.recordings, program.remembered)
    for one in series:
        store.add(one)
    state = _State(program.lasts, program.keeps)
    found = _elements(program.condition(store, _times(every, awake)))
    return [
        state.advance(next(found) if looked else _NONE, index * every)
        for index, looked in enumerate(awake)
    ]


def _times(every: int, awake: Sequence[bool]) -> Times:
    """Return when the alert is looked at."""
    if all(awake):
        return range(0, len(awake) * every, every)
    return [index * every for index, looked in enumerate(awake) if looked]


def _elements(matrix: Matrix) -> Iterator[frozenset[Labels]]:
    """Yield for each time the elements that there are.

    Raises:
        Unknown: At some time two differ by name only.
    """
    named: Matrix = {}
    for labels, column in matrix.items():
        put(named, without_name(labels), column, "two elements of the alert differ by name only")
    if not named:
        yield from repeat(_NONE)
    known: dict[tuple[bool, ...], frozenset[Labels]] = {}
    for row in zip(*(is_there([column]) for column in named.values()), strict=True):
        if row not in known:
            known[row] = frozenset(
                labels for labels, there in zip(named, row, strict=True) if there
            )
        yield known[row]
