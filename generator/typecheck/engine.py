"""The walk over an expression's tree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.promql import parse
from sothat.generator.typecheck.aggregates import aggregate_type
from sothat.generator.typecheck.binaries import binary_type
from sothat.generator.typecheck.calls import call_type
from sothat.generator.typecheck.findings import Finding
from sothat.generator.typecheck.selectors import selector_type
from sothat.generator.typecheck.source import Locator
from sothat.generator.typecheck.types import NONE, Bounds, Flavour, Shape, Type
from sothat.generator.typecheck.units import COUNT
from sothat.generator.typecheck.world import Notes, World


@dataclass(frozen=True, slots=True)
class Inference:
    """What was inferred of one expression."""

    type: Type
    findings: tuple[Finding, ...]
    tree: Any


def infer(expression: str, world: World) -> Inference:
    """Return the type of an expression and what is certainly wrong in it.

    Raises:
        ValueError: The expression is not PromQL; the message says where.
    """
    if world.known is None:
        return _inferred(expression, world)
    if expression not in world.known:
        world.known[expression] = _inferred(expression, world)
    inference: Inference = world.known[expression]
    return inference


def _inferred(expression: str, world: World) -> Inference:
    tree = parse(expression)
    walk = _Walk(expression, world)
    found = walk.visit(tree)
    return Inference(found, tuple(walk.notes.found), tree)


class _Walk:
    """One walk: the cursor and the findings so far."""

    def __init__(self, expression: str, world: World) -> None:
        self.world = world
        self.locator = Locator(expression)
        self.guarding = False
        self.notes = Notes()

    def report(self, code: str, message: str, offset: int, hint: str = "") -> None:
        self.notes.add(Finding(code, message, offset, hint))

    def visit(self, node: Any) -> Type:
        rule = _RULES.get(type(node))
        return rule(self, node) if rule else Type(Shape.VECTOR)


def _number(_: _Walk, node: pp.NumberLiteral) -> Type:
    value = float(node.val)
    return Type(Shape.SCALAR, Flavour.NUMBER, COUNT, NONE, Bounds(value, value), literal=value)


def _string(_: _Walk, __: pp.StringLiteral) -> Type:
    return Type(Shape.STRING, labels=NONE)


def _paren(walk: _Walk, node: pp.ParenExpr) -> Type:
    return walk.visit(node.expr)


def _unary(walk: _Walk, node: pp.UnaryExpr) -> Type:
    inner = walk.visit(node.expr)
    literal = None if inner.literal is None else -inner.literal
    flavour = inner.flavour if inner.flavour is Flavour.NUMBER else Flavour.GAUGE
    return inner.having(bounds=inner.bounds.scaled(-1.0), literal=literal, flavour=flavour)


def _matrix(walk: _Walk, node: pp.MatrixSelector) -> Type:
    return walk.visit(node.vector_selector).having(shape=Shape.MATRIX)


def _subquery(walk: _Walk, node: pp.SubqueryExpr) -> Type:
    return walk.visit(node.expr).having(shape=Shape.MATRIX)


_RULES: Mapping[type, Callable[[Any, Any], Type]] = MappingProxyType(
    {
        pp.NumberLiteral: _number,
        pp.StringLiteral: _string,
        pp.ParenExpr: _paren,
        pp.UnaryExpr: _unary,
        pp.VectorSelector: selector_type,
        pp.MatrixSelector: _matrix,
        pp.SubqueryExpr: _subquery,
        pp.Call: call_type,
        pp.AggregateExpr: aggregate_type,
        pp.BinaryExpr: binary_type,
    }
)
