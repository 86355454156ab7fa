"""Operators between two vectors, or a vector and a number."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sothat.generator.proving.evaluation.series import (
    NAME,
    Labels,
    Unknown,
    Vector,
    labels_of,
    without_name,
)


def divide(a: float, b: float) -> float:
    """Return a quotient; IEEE 754 knows one for every pair."""
    if b:
        return a / b
    if not a or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def _power(a: float, b: float) -> float:
    try:
        return float(math.pow(a, b))
    except (ValueError, OverflowError) as error:
        raise Unknown(f"{a} ^ {b}") from error


def _remainder(a: float, b: float) -> float:
    return math.nan if not b or math.isinf(a) else math.fmod(a, b)


ARITHMETIC: Mapping[str, Callable[[float, float], float]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": divide,
        "%": _remainder,
        "^": _power,
    }
)
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {
        "==": operator.eq,
        "!=": operator.ne,
        ">": operator.gt,
        "<": operator.lt,
        ">=": operator.ge,
        "<=": operator.le,
    }
)
SETS = ("and", "or", "unless")


@dataclass(frozen=True, slots=True)
class Matching:
    """How elements of two sides find each other.

    Attributes:
        on: Whether only ``labels`` are compared; otherwise all but these.
        many: The side that may have several, ``left`` or ``right``; empty: neither.
        include: Labels that the many take over from the one.
    """

    on: bool = False
    labels: tuple[str, ...] = ()
    many: str = ""
    include: tuple[str, ...] = ()

    def key(self, labels: Labels) -> Labels:
        """Return what must be equal."""
        if self.on:
            return tuple(pair for pair in labels if pair[0] in self.labels)
        return tuple(p for p in labels if p[0] not in self.labels and p[0] != NAME)

    def result(self, many: Labels, one: Labels) -> Labels:
        """Return the labels of what two elements make together."""
        if not self.many:
            return self.key(many)
        taken = dict(one)
        kept = {**dict(many), **{name: taken.get(name, "") for name in self.include}}
        return labels_of(kept)


Pair = Callable[[float, float], float | None]


def joined(left: Vector, right: Vector, matching: Matching, pair: Pair, *, named: bool) -> Vector:
    """Return what each pair of matching elements makes.

    Args:
        left: The left elements.
        right: The right elements.
        matching: How they find each other.
        pair: What a left and a right value make; None: nothing.
        named: Whether the metric's name stays, as filters let it.

    Raises:
        Unknown: Several elements match on a side that may have one, or make the same element.
    """
    swapped = matching.many == "right"
    many, one = (right, left) if swapped else (left, right)
    ones = _by_key(one, matching)
    seen: set[Labels] = set()
    found: Vector = {}
    for labels, value in many.items():
        key = matching.key(labels)
        if key not in ones:
            continue
        if not matching.many and key in seen:
            raise Unknown("many elements match one without group_left or group_right")
        seen.add(key)
        other_labels, other = ones[key]
        result = pair(other, value) if swapped else pair(value, other)
        if result is None:
            continue
        made = matching.result(labels if named else without_name(labels), other_labels)
        if made in found:
            raise Unknown("two pairs make the same element")
        found[made] = result
    return found


def _by_key(vector: Vector, matching: Matching) -> dict[Labels, tuple[Labels, float]]:
    found: dict[Labels, tuple[Labels, float]] = {}
    for labels, value in vector.items():
        key = matching.key(labels)
        if key in found:
            raise Unknown("several elements match on a side that may have one")
        found[key] = (labels, value)
    return found


def combined_sets(left: Vector, right: Vector, matching: Matching, op: str) -> Vector:
    """Return the left elements with (``and``) or without (``unless``) a match, or all (``or``)."""
    if op == "or":
        keys = {matching.key(labels) for labels in left}
        more = {labels: v for labels, v in right.items() if matching.key(labels) not in keys}
        return {**left, **more}
    keys = {matching.key(labels) for labels in right}
    return {
        labels: value
        for labels, value in left.items()
        if (matching.key(labels) in keys) == (op == "and")
    }
