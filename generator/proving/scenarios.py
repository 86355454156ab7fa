"""Stretches of time in which series do what a plan says, and what an alert makes of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sothat.generator.promql import quoted
from sothat.generator.proving.evaluation.rules import Program, run
from sothat.generator.proving.evaluation.series import NAME, Era, Labels, Series
from sothat.generator.proving.pace import Pace
from sothat.generator.proving.solving.placing import Placed
from sothat.generator.proving.solving.samples import Part, sampled
from sothat.generator.proving.solving.signals import Gone, Signal


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of so many evaluations; ``before``: as the past of the series was."""

    series: tuple[Placed, ...]
    count: int
    before: bool = False

    def signals(self) -> dict[Labels, Signal]:
        """Return what each series does."""
        return {one.labels: one.past if self.before else one.now for one in self.series}


Fired = frozenset[Labels]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Phases one after the other, as the series of a test.

    Attributes:
        written: The series in promtool's notation.
        starts: The evaluation at which each phase begins.
        count: How many evaluations there are.
        idle: Evaluations in which nothing is asked of the alert.
    """

    series: tuple[Series, ...]
    written: tuple[tuple[str, str], ...]
    starts: tuple[int, ...]
    count: int
    idle: tuple[range, ...] = ()

    def fired(self, program: Program, every: int, era: Era) -> list[Fired]:
        """Return which elements fire at each evaluation.

        Long before anything is asked of it, the alert is not looked at: only as long as it could
        have been pending or kept is.

        Raises:
            Unknown: It cannot be told.
        """
        needed = (program.lasts + program.keeps) // every + 3
        awake = [True] * self.count
        for stretch in self.idle:
            for index in stretch[: max(len(stretch) - needed, 0)]:
                awake[index] = False
        return run(program, self.series, every, awake, era)

    def ends(self, program: Program, every: int, era: Era) -> Fired:
        """Return which elements fire at the end, evaluations before it being left out.

        Raises:
            Unknown: It cannot be told.
        """
        awake = [index == self.count - 1 for index in range(self.count)]
        return run(program, self.series, every, awake, era)[-1]


def scenario_of(phases: Sequence[Phase], pace: Pace, reach: int) -> Scenario:
    """Return phases as series; ``reach`` is how far expressions look back, in milliseconds."""
    starts = [sum(phase.count for phase in phases[:index]) for index in range(len(phases))]
    series, written = [], []
    step = Fraction(pace.samples, 1000)
    for labels in dict.fromkeys(labels for phase in phases for labels in phase.signals()):
        values, text = sampled(list(_parts(labels, phases, pace)), step, Fraction(reach, 1000))
        series.append(Series(labels, pace.samples, values))
        written.append((spelled(labels), text))
    count = sum(phase.count for phase in phases)
    idle = tuple(
        range(start, start + phase.count)
        for start, phase in zip(starts, phases, strict=True)
        if phase.before
    )
    return Scenario(tuple(series), tuple(written), tuple(starts), count, idle)


def _parts(labels: Labels, phases: Sequence[Phase], pace: Pace) -> Iterator[Part]:
    """Yield what a series does; equal steady neighbours become one."""
    each = pace.evaluations // pace.samples
    waiting: Part | None = None
    for phase in phases:
        part = Part(phase.signals().get(labels, Gone()), phase.count * each)
        if waiting is not None and waiting.signal == part.signal:
            waiting = replace(waiting, count=waiting.count + part.count)
            continue
        if waiting is not None:
            yield waiting
        waiting = part
    if waiting is not None:
        yield waiting


def spelled(labels: Labels) -> str:
    """Return a series as promtool and people write it."""
    pairs = dict(labels)
    name = pairs.pop(NAME)
    inside = ",".join(f"{label}={quoted(value)}" for label, value in pairs.items())
    return f"{name}{{{inside}}}"
