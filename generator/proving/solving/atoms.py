"""The comparisons of an expression that decide whether it holds, and sides of their thresholds."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Any

import promql_parser as pp
from sothat.generator.promql import children
from sothat.generator.proving.solving.formulas import Formulas
from sothat.generator.proving.solving.ideal import ideal

FLIPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
NEAR = Fraction(1, 1_000_000)


class Side(Enum):
    """Where a value stands, seen from a threshold."""

    WELL_INSIDE = "well inside"
    INSIDE = "just beyond"
    ON = "exactly on"
    OUTSIDE = "just short of"
    OTHER_SIDE = "on the other side of"
    WELL_OUTSIDE = "well short of"


@dataclass(frozen=True, slots=True)
class Atom:
    """A comparison with a number.

    Attributes:
        path: Where it stands in the tree: the numbers of the children that lead to it.
        op: The operator with the number on its right.
        operand: Which child is compared with the number.
    """

    path: str
    op: str
    limit: Fraction
    operand: str = "0"


def atom_of(node: Any, path: str, formulas: Formulas) -> Atom | None:
    """Return the comparison that a node is; None where it is none, or one of two open vectors."""
    if not isinstance(node, pp.BinaryExpr) or str(node.op) not in FLIPPED:
        return None
    if node.modifier is not None and node.modifier.return_bool:
        return None
    right = ideal(node.rhs, (), formulas)
    if right is not None:
        return Atom(path, str(node.op), right)
    left = ideal(node.lhs, (), formulas)
    return None if left is None else Atom(path, FLIPPED[str(node.op)], left, "1")


def operand(node: Any, atom: Atom) -> Any:
    """Return the side of a comparison that is no number."""
    return node.lhs if atom.operand == "0" else node.rhs


def atoms_in(node: Any, formulas: Formulas, path: str = "") -> Iterator[Atom]:
    """Yield the comparisons of a tree, the outer ones first."""
    atom = atom_of(node, path, formulas)
    if atom is not None:
        yield atom
    for number, child in enumerate(children(node)):
        yield from atoms_in(child, formulas, f"{path}{number}")


def node_at(tree: Any, path: str) -> Any:
    """Return the node that a path leads to."""
    for number in path:
        tree = children(tree)[int(number)]
    return tree


@lru_cache(maxsize=4096)
def values(op: str, limit: Fraction, side: Side) -> tuple[Fraction, ...]:
    """Return values on a side of a threshold, the closest first.

    A figure that only knows whole numbers takes the second one.
    """
    step = abs(limit) * NEAR or NEAR
    below, above = -(-limit // 1) - 1, limit // 1 + 1
    far = abs(limit) or Fraction(1)
    up, down = (limit + step, Fraction(above)), (limit - step, Fraction(below))
    if op in ("==", "!="):
        apart = {Side.INSIDE: (limit,), Side.ON: (limit,), Side.WELL_INSIDE: (limit,)}
        if op == "!=":
            return (limit,) if side in (Side.OUTSIDE, Side.WELL_OUTSIDE) else (limit + 1, *up)
        return apart.get(side, (limit - 1,) if side is Side.OTHER_SIDE else (limit + 1,))
    inside, outside = (up, down) if op.startswith(">") else (down, up)
    sign = 1 if op.startswith(">") else -1
    return {
        Side.WELL_INSIDE: (limit + sign * far / 2, limit + sign * far, *inside),
        Side.INSIDE: inside,
        Side.ON: (limit,),
        Side.OUTSIDE: outside,
        Side.WELL_OUTSIDE: (limit - sign * far / 2, limit - sign * far, *outside),
        Side.OTHER_SIDE: (),
    }[side]
