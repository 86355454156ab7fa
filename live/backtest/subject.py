"""What is replayed: one alerting rule, and the evaluations at which Prometheus looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sothat.model.problem import Position

Labels = Mapping[str, str]
_NONE: Labels = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Subject:
    """One alerting rule.

    Attributes:
        name: The alert's.
        expr: The rule's PromQL.
        lasts: Milliseconds of ``for``.
        keeps: Milliseconds of ``keep_firing_for``.
        labels: What the rule adds; may be templates of ``$labels``.
        group: The name of its group; empty where it is not known.
        interval: Milliseconds between evaluations; 0: whatever the server has.
        position: Where the rule stands.
        unit: Base unit of the figure that is compared; empty where it is not known.
    """

    name: str
    expr: str
    lasts: int
    keeps: int
    labels: Labels = field(default_factory=lambda: _NONE)
    group: str = ""
    interval: int = 0
    position: Position | None = None
    unit: str = ""

    @property
    def rule(self) -> tuple[object, ...]:
        """Return what Prometheus would be told, for comparisons."""
        labels = tuple(sorted(self.labels.items()))
        return self.name, self.expr, self.lasts, self.keeps, labels


@dataclass(frozen=True, slots=True)
class Grid:
    """The evaluations of a group: times in milliseconds since the epoch, numbered from 0.

    Attributes:
        first: Time of the evaluation with number 0.
        step: Milliseconds between evaluations.
        count: How many there are.
        shown: Number of the first that is of interest; those before it only warm up what has
            been pending or kept firing since before.
    """

    first: int
    step: int
    count: int
    shown: int = 0

    def at(self, number: int) -> int:
        """Return the time of an evaluation."""
        return self.first + number * self.step

    @property
    def start(self) -> int:
        """Return the time of the first evaluation that is of interest."""
        return self.at(self.shown)

    @property
    def end(self) -> int:
        """Return the time of the last evaluation."""
        return self.at(self.count - 1)


def grid_of(start: int, end: int, step: int, *, offset: int = 0, warm: int = 0) -> Grid:
    """Return the evaluations from start to end, both included where they fall on one.

    Args:
        start: Milliseconds since the epoch.
        end: Milliseconds since the epoch.
        step: Milliseconds between evaluations.
        offset: How far behind the multiples of the step Prometheus evaluates the group.
        warm: Milliseconds before the start that the state at the start can hang on.
    """
    first = -(-(start - offset) // step) * step + offset
    before = -(-warm // step)
    count = max(0, (end - first) // step + 1)
    return Grid(first - before * step, step, before + count, before)
