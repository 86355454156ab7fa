"""What an expression is."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from sothat.generator.typecheck.units import Unit

_NO_VALUES: Mapping[str, frozenset[str]] = MappingProxyType({})


class Shape(StrEnum):
    """What PromQL's own type checker knows."""

    SCALAR = "scalar"
    VECTOR = "instant vector"
    MATRIX = "range vector"
    STRING = "string"


class Flavour(StrEnum):
    """What kind of number the samples are."""

    UNKNOWN = "unknown"
    COUNTER = "counter"
    COUNTER_SUM = "sum of counters"
    GAUGE = "gauge"
    BUCKET = "histogram bucket"
    NATIVE = "native histogram"
    QUANTILE = "summary quantile"
    INFO = "info"
    QUOTIENT = "ratio of two series"
    NUMBER = "number"

    @property
    def monotonic(self) -> bool:
        """Return whether only a rate of it means anything."""
        return self in (Flavour.COUNTER, Flavour.COUNTER_SUM, Flavour.BUCKET)


@dataclass(frozen=True, slots=True)
class Bounds:
    """An interval that holds every value of an expression."""

    low: float = -math.inf
    high: float = math.inf

    def scaled(self, factor: float) -> "Bounds":
        """Return the interval of the values times a constant."""
        if math.isnan(factor) or factor == 0:
            return ANY
        ends = sorted((_times(self.low, factor), _times(self.high, factor)))
        return Bounds(*ends)


def _times(bound: float, factor: float) -> float:
    product = bound * factor
    return 0.0 if math.isnan(product) else product


ANY = Bounds()
NOT_NEGATIVE = Bounds(0.0)
ZERO_TO_ONE = Bounds(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels that the elements of a vector can carry.

    Attributes:
        possible: All names that can be there; None when any name can.
        certain: Names that are on every element, with a value.
        spreading: Names whose values tell elements of one target apart (never those of an info).
        faint: Names that do so only where a rule speaks of them: such as can be missing, and such
            as another label settles.
        values: The closed list of a label's values, where it is known.
        never: Where any name can be there: those that cannot, such as one aggregated away.
    """

    possible: frozenset[str] | None = frozenset()
    certain: frozenset[str] = frozenset()
    spreading: frozenset[str] = frozenset()
    values: Mapping[str, frozenset[str]] = field(default_factory=lambda: _NO_VALUES)
    never: frozenset[str] = frozenset()
    faint: frozenset[str] = frozenset()

    def can_have(self, name: str) -> bool:
        """Return whether an element can carry a label; a name is one that any series may keep."""
        if self.possible is None:
            return name not in self.never
        return name in self.possible or name == "__name__"

    def only(self, names: Iterable[str]) -> "Labels":
        """Return the labels that are left by ``by``."""
        kept = frozenset(names)
        possible = kept - self.never if self.possible is None else self.possible & kept
        left = self._restricted(possible, kept)
        return replace(left, spreading=left.spreading | (self.faint & kept), faint=frozenset())

    def without(self, names: Iterable[str]) -> "Labels":
        """Return the labels that are left by ``without``."""
        dropped = frozenset(names)
        if self.possible is None:
            certain, spreading = self.certain - dropped, self.spreading - dropped
            never, faint = self.never | dropped, self.faint - dropped
            return Labels(None, certain, spreading, self.values, never, faint)
        return self._restricted(self.possible - dropped, self.possible - dropped)

    def plus(self, name: str, values: frozenset[str] | None = None) -> "Labels":
        """Return the labels with one more, whose old values are forgotten."""
        possible = None if self.possible is None else self.possible | {name}
        known = {k: v for k, v in self.values.items() if k != name}
        if values is not None:
            known[name] = values
        never = self.never - {name}
        return replace(self, possible=possible, values=MappingProxyType(known), never=never)

    def narrowed(self, name: str, values: frozenset[str]) -> "Labels":
        """Return the labels with one's values narrowed; a single value no longer spreads."""
        known = MappingProxyType({**self.values, name: values})
        spreading = self.spreading - {name} if len(values) == 1 else self.spreading
        certain = self.certain if "" in values else self.certain | {name}
        return replace(self, certain=certain, spreading=spreading, values=known)

    def union(self, other: "Labels") -> "Labels":
        """Return what an element of either can carry."""
        if self.possible is None or other.possible is None:
            possible = None
        else:
            possible = self.possible | other.possible
        values = {
            name: known | other.values[name]
            for name, known in self.values.items()
            if name in other.values
        }
        return Labels(
            possible,
            self.certain & other.certain,
            self.spreading | other.spreading,
            MappingProxyType(values),
            frozenset(n for n in self.never | other.never if not self._either_has(other, n)),
            self.faint | other.faint,
        )

    def _either_has(self, other: "Labels", name: str) -> bool:
        return self.can_have(name) or other.can_have(name)

    def _restricted(self, possible: frozenset[str], kept: frozenset[str]) -> "Labels":
        values = {name: known for name, known in self.values.items() if name in kept}
        return Labels(
            possible,
            self.certain & kept,
            self.spreading & kept,
            MappingProxyType(values),
            faint=self.faint & kept,
        )


OPEN = Labels(None)
NONE = Labels()


@dataclass(frozen=True, slots=True)
class Type:
    """The type of one node.

    Attributes:
        unit: None when it is not known.
        observed: Of histogram parts: the unit of what was observed.
        timestamp: Whether the values are seconds since 1970.
        literal: The value of a constant.
        filtered: Whether a comparison has taken elements away (what an alert needs).
        aggregated: Whether an aggregation stands between this and the series.
        windowed: Whether it was made by rate() or increase(), so that it speaks of a window.
    """

    shape: Shape
    flavour: Flavour = Flavour.UNKNOWN
    unit: Unit | None = None
    labels: Labels = OPEN
    bounds: Bounds = ANY
    observed: Unit | None = None
    timestamp: bool = False
    literal: float | None = None
    filtered: bool = False
    aggregated: bool = False
    windowed: bool = False

    def having(self, **changes: object) -> "Type":
        """Return the type with some attributes changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # names are checked when called


UNKNOWN_VECTOR = Type(Shape.VECTOR)
