"""The threshold of an expression, found in its tree, and the expression with another one."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.promql import parse
from sothat.generator.proving.trees import Path, text_of, with_operator

_OPERATORS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {">": gt, ">=": ge, "<": lt, "<=": le}
)
# What passes the elements of its left side on, with their values.
_PASSING = ("and", "unless")


@dataclass(frozen=True, slots=True)
class Level:
    """A comparison with a number that decides which elements an expression has.

    Attributes:
        operator: One of ``> >= < <=``.
        value: The number.
        expr: The whole expression.
        path: Where the comparison stands in the tree.
    """

    operator: str
    value: float
    expr: str
    path: Path

    def compare(self) -> Callable[[float, float], bool]:
        """Return the comparison: of a figure, and of a number in the place of the present one."""
        return _OPERATORS[self.operator]

    def strictness(self, value: float) -> float:
        """Return how strict a number is: the greater, the fewer figures pass."""
        return value if self.operator.startswith(">") else -value

    def mildest(self, values: tuple[float, ...]) -> float:
        """Return the number that the most figures pass."""
        return min(values, key=self.strictness)

    def with_value(self, value: float) -> str:
        """Return the expression with another number in the comparison."""
        tree = parse(self.expr)
        node = _at(tree, self.path)
        left = text_of(node.lhs)
        return text_of(tree, {self.path: with_operator(node, self.operator, left, repr(value))})


def level_of(expr: str) -> Level | None:
    """Return the comparison that decides, where there is one whose elements come out as they are.

    The values that come out of the expression are then the very figures that are compared, so that
    another number's answer follows from the answer to the mildest.
    """
    node, path = parse(expr), ()  # type: tuple[Any, Path]
    while True:
        if isinstance(node, pp.ParenExpr):
            node, path = node.expr, (*path, 0)
        elif isinstance(node, pp.BinaryExpr) and str(node.op) in _PASSING:
            node, path = node.lhs, (*path, 0)
        else:
            break
    if not isinstance(node, pp.BinaryExpr) or str(node.op) not in _OPERATORS:
        return None
    number = _number(node.rhs)
    returns_bool = node.modifier is not None and node.modifier.return_bool
    if number is None or returns_bool or isinstance(_bare(node.lhs), pp.NumberLiteral):
        return None
    return Level(str(node.op), number, expr, path)


def _at(tree: Any, path: Path) -> Any:
    node = tree
    for _ in path:
        node = node.expr if isinstance(node, pp.ParenExpr) else node.lhs
    return node


def _bare(node: Any) -> Any:
    while isinstance(node, pp.ParenExpr):
        node = node.expr
    return node


def _number(node: Any) -> float | None:
    sign, node = 1.0, _bare(node)
    while isinstance(node, pp.UnaryExpr):
        sign, node = -sign, _bare(node.expr)
    if not isinstance(node, pp.NumberLiteral) or not math.isfinite(node.val):
        return None
    return sign * float(node.val)


def candidates(level: Level) -> tuple[float, ...]:
    """Return the numbers that a sweep tries, the mildest first, the present one among them."""
    value = level.value
    if value == 0:
        found = {0.0, 1.0, 2.0, 5.0}
    else:
        found = {_rounded(value * factor) for factor in (0.5, 0.8, 0.9, 1.1, 1.25, 1.5, 2.0)}
    return tuple(sorted({*found, value}, key=level.strictness))


def _rounded(value: float) -> float:
    """Return a number with three significant digits: people will write it down."""
    return float(f"{value:.3g}")
