"""Operators between two vectors, at many times at once."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from sothat.generator.proving.evaluation.series import (
    NAME,
    Column,
    Labels,
    Matrix,
    Unknown,
    is_there,
    labels_of,
    put,
    refuse_meeting,
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
# Elements of one side by what they must have in common with those of the other.
_ByKey = dict[Labels, list[tuple[Labels, Column]]]


def joined(left: Matrix, right: Matrix, matching: Matching, pair: Pair, *, named: bool) -> Matrix:
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
    for several in ones.values():
        refuse_meeting(_columns(several), "several elements match on a side that may have one")
    found: Matrix = {}
    for key, several in _by_key(many, matching).items():
        others = ones.get(key, [])
        if not matching.many and len(several) > 1:
            _refuse_many(_columns(several), _columns(others))
        for (labels, column), (other_labels, other) in product(several, others):
            sides = (other, column) if swapped else (column, other)
            made = [
                None if a is None or b is None else pair(a, b) for a, b in zip(*sides, strict=True)
            ]
            result = matching.result(labels if named else without_name(labels), other_labels)
            put(found, result, made, "two pairs make the same element")
    return found


def _by_key(matrix: Matrix, matching: Matching) -> _ByKey:
    found: _ByKey = {}
    for labels, column in matrix.items():
        found.setdefault(matching.key(labels), []).append((labels, column))
    return found


def _columns(elements: Sequence[tuple[Labels, Column]]) -> list[Column]:
    return [column for _, column in elements]


def _refuse_many(several: Sequence[Column], others: Sequence[Column]) -> None:
    """Refuse that several elements are there at the same time as one that they match."""
    if others:
        there = is_there(others)
        matched = [
            [value if known else None for value, known in zip(column, there, strict=True)]
            for column in several
        ]
        refuse_meeting(matched, "many elements match one without group_left or group_right")


def combined_sets(left: Matrix, right: Matrix, matching: Matching, op: str) -> Matrix:
    """Return the left elements with (``and``) or without (``unless``) a match, or all (``or``)."""
    if op == "or":
        found = dict(left)
        for labels, column in _where(right, left, matching, there=False).items():
            put(found, labels, column, "elements of both sides are one")
        return found
    return _where(left, right, matching, there=op == "and")


def _where(matrix: Matrix, other: Matrix, matching: Matching, *, there: bool) -> Matrix:
    """Return elements when an element of another matrix matches, or when none does."""
    others = _by_key(other, matching)
    found: Matrix = {}
    for labels, column in matrix.items():
        matched = others.get(matching.key(labels))
        if matched is None:
            if not there:
                found[labels] = column
            continue
        known = is_there(_columns(matched))
        found[labels] = [
            value if one == there else None for value, one in zip(column, known, strict=True)
        ]
    return found
