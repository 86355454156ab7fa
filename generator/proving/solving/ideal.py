"""The value of an expression for series that do what a plan wishes, in exact fractions."""

from fractions import Fraction
from typing import Any

import promql_parser as pp
from sothat.generator.proving.evaluation.selecting import milliseconds, selector_of
from sothat.generator.proving.evaluation.series import Unknown
from sothat.generator.proving.solving.formulas import Formulas, constant
from sothat.generator.proving.solving.signals import AnyValue, Level, Plan, Signal, Slope

ONE = Fraction(1)
# A single element passes through these as it is.
THROUGH = frozenset(("sum", "min", "max", "avg"))
LEVELLED = frozenset(
    ("avg_over_time", "min_over_time", "max_over_time", "last_over_time", "sum_over_time")
)


def ideal(node: Any, plan: Plan, formulas: Formulas) -> Fraction | None:  # noqa: PLR0911 – a case a node
    """Return the value of an expression over single steady series; None where it is open."""
    match node:
        case pp.NumberLiteral():
            return constant(node)
        case pp.UnaryExpr():
            inner = ideal(node.expr, plan, formulas)
            return None if inner is None else -inner
        case pp.ParenExpr():
            return ideal(node.expr, plan, formulas)
        case pp.AggregateExpr():
            return _aggregated(node, plan, formulas)
        case pp.VectorSelector():
            return _selected(node, plan, formulas)
        case pp.Call():
            return _called(node, plan, formulas)
        case pp.BinaryExpr():
            return _binary(node, plan, formulas)
        case _:
            return None


def _aggregated(node: Any, plan: Plan, formulas: Formulas) -> Fraction | None:
    if str(node.op) == "count":
        return ONE
    return ideal(node.expr, plan, formulas) if str(node.op) in THROUGH else None


def _signal(node: Any, plan: Plan) -> Signal | None:
    try:
        wanted = selector_of(node)
    except Unknown:
        return None
    for wish in plan:
        if wish.key == (wanted.metric, wanted.matchers, wanted.offset):
            return None if isinstance(wish.signal, AnyValue) else wish.signal
    return None


def _selected(node: Any, plan: Plan, formulas: Formulas) -> Fraction | None:
    rule = formulas.tree(node.name)
    if rule is not None:
        return None if node.offset else ideal(rule, plan, formulas)
    signal = _signal(node, plan)
    return signal.value if isinstance(signal, Level) else None


def _called(node: Any, plan: Plan, formulas: Formulas) -> Fraction | None:
    name = str(node.func.name)
    if name in ("clamp_min", "clamp_max"):
        return _clamped(node, plan, formulas)
    if name in ("label_replace", "abs"):
        inner = ideal(node.args[0], plan, formulas)
        return abs(inner) if inner is not None and name == "abs" else inner
    return _ranged(node, name, plan, formulas)


def _ranged(node: Any, name: str, plan: Plan, formulas: Formulas) -> Fraction | None:
    ranged = node.args[0] if node.args else None
    if not isinstance(ranged, pp.MatrixSelector):
        return None
    rule = formulas.tree(ranged.vector_selector.name)
    if rule is not None:
        return ideal(rule, plan, formulas) if name in LEVELLED else None
    signal = _signal(ranged.vector_selector, plan)
    if isinstance(signal, Slope) and name in ("rate", "irate", "deriv"):
        return signal.per_second
    if isinstance(signal, Slope) and name in ("increase", "delta"):
        return signal.per_second * milliseconds(ranged.range) / 1000
    return signal.value if isinstance(signal, Level) and name in LEVELLED else None


def _clamped(node: Any, plan: Plan, formulas: Formulas) -> Fraction | None:
    inner, limit = ideal(node.args[0], plan, formulas), constant(node.args[1])
    if inner is None or limit is None:
        return None
    return max(inner, limit) if node.func.name == "clamp_min" else min(inner, limit)


def _binary(node: Any, plan: Plan, formulas: Formulas) -> Fraction | None:
    op = str(node.op)
    left = ideal(node.lhs, plan, formulas)
    if op in ("and", "or", "unless") or (left is not None and op in _FILTERS):
        return left if left is not None or op != "or" else ideal(node.rhs, plan, formulas)
    right = ideal(node.rhs, plan, formulas)
    if op == "*" and 0 in (left, right):
        return Fraction(0)
    if left is None or right is None:
        return None
    if op == "/":
        return left / right if right else None
    return {"+": left + right, "-": left - right, "*": left * right}.get(op)


_FILTERS = frozenset((">", "<", ">=", "<=", "==", "!="))
