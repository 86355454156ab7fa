"""Aggregations: which labels are left, and what an average of what is."""

from dataclasses import replace
from typing import Any

import promql_parser as pp
from sothat.generator.typecheck.calls import check_share
from sothat.generator.typecheck.types import (
    ANY,
    NONE,
    NOT_NEGATIVE,
    Bounds,
    Flavour,
    Labels,
    Shape,
    Type,
)
from sothat.generator.typecheck.units import BOOLEAN, COUNT, Unit
from sothat.generator.typecheck.world import Walk

# Aggregations that pick elements instead of merging them.
SELECTING = frozenset(("topk", "bottomk", "limitk", "limit_ratio"))


def aggregate_type(walk: Walk, node: pp.AggregateExpr) -> Type:
    """Return the type of an aggregation."""
    operator = str(node.op)
    offset = walk.locator.advance(operator)
    if node.param is not None:
        walk.visit(node.param)
        if operator == "quantile":
            check_share(walk, operator, node.param, offset)
    inner = walk.visit(node.expr)
    labels = _left(walk, node.modifier, inner.labels, offset)
    if operator in SELECTING:
        return inner.having(labels=_picked(node, inner.labels, labels), aggregated=True)
    if operator == "count_values" and isinstance(node.param, pp.StringLiteral):
        labels = labels.plus(str(node.param.val))
        labels = replace(labels, certain=labels.certain | {str(node.param.val)})
    _check_average(walk, operator, inner, offset)
    return _merged(operator, inner).having(labels=labels, aggregated=True)


def _picked(node: pp.AggregateExpr, labels: Labels, groups: Labels) -> Labels:
    """Return the labels of picked elements; ``topk(1, …)`` leaves one element for each group."""
    single = isinstance(node.param, pp.NumberLiteral) and node.param.val == 1
    return replace(labels, spreading=groups.spreading) if single else labels


def _left(walk: Walk, modifier: Any, labels: Labels, offset: int) -> Labels:
    if modifier is None:
        return NONE
    names = [str(name) for name in modifier.labels]
    word = "by" if modifier.type == pp.AggModifierType.By else "without"
    for name in names:
        if not labels.can_have(name):
            known = ", ".join(sorted(labels.possible or ())) or "none"
            place = walk.locator.peek(name, offset)
            message = f"{word} ({name}): the label {name} is not there"
            walk.report("unknown-grouping-label", message, place, f"labels here: {known}")
    return labels.only(names) if word == "by" else labels.without(names)


def _check_average(walk: Walk, operator: str, inner: Type, offset: int) -> None:
    if operator in ("avg", "sum") and inner.flavour is Flavour.QUOTIENT:
        walk.report(
            "average-of-ratios",
            f"{operator}() of ratios gives each the same weight, however small its whole",
            offset,
            "sum the parts first, then divide",
        )


def _merged(operator: str, inner: Type) -> Type:
    match operator:
        case "count" | "group" | "count_values":
            bounds = Bounds(1, 1) if operator == "group" else Bounds(1)
            return Type(Shape.VECTOR, Flavour.GAUGE, COUNT, bounds=bounds, filtered=inner.filtered)
        case "stdvar" | "stddev":
            unit = inner.unit
            if unit and operator == "stdvar":
                unit = unit.times(unit)
            return inner.having(
                flavour=Flavour.GAUGE, unit=unit, bounds=NOT_NEGATIVE, timestamp=False
            )
        case "sum":
            return inner.having(
                flavour=_summed(inner.flavour),
                unit=_sum_unit(inner.unit),
                bounds=_sum_bounds(inner),
            )
        case "avg":
            unit = Unit.of("ratio") if inner.unit == BOOLEAN else inner.unit
            return inner.having(unit=unit, flavour=_summed(inner.flavour))
        case "min" | "max":
            return inner.having(flavour=_summed(inner.flavour))
        case _:
            return inner.having(flavour=_summed(inner.flavour), bounds=ANY)


def _summed(flavour: Flavour) -> Flavour:
    if flavour in (Flavour.COUNTER, Flavour.COUNTER_SUM, Flavour.BUCKET):
        return Flavour.COUNTER_SUM
    return Flavour.GAUGE if flavour is Flavour.INFO else flavour


def _sum_unit(unit: Unit | None) -> Unit | None:
    """Return the unit of a sum: a sum of yes-or-no is a count."""
    return COUNT if unit == BOOLEAN else unit


def _sum_bounds(inner: Type) -> Bounds:
    return NOT_NEGATIVE if inner.bounds.low >= 0 else ANY
