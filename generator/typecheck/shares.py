"""Shares: quotients that lie between 0 and 1, because what is divided is part of the divisor.

Two trees are compared node by node. The part may select fewer series (more matchers, a
comparison), or be a family that its contract declares to lie within the other's. What cannot be
shown is no share.
"""

from typing import Any

import promql_parser as pp
from sothat.generator.typecheck.selectors import NAME, metric_name
from sothat.generator.typecheck.types import Type
from sothat.generator.typecheck.world import World

# Functions that keep "at most as much" between series of one kind.
_MONOTONIC = frozenset(
    ("rate", "increase", "sum_over_time", "avg_over_time", "max_over_time", "min_over_time",
     "last_over_time", "count_over_time")
)  # fmt: skip
_COMPARISONS = frozenset(("==", "!=", ">", "<", ">=", "<="))


def is_share(world: World, node: pp.BinaryExpr, left: Type, right: Type) -> bool:
    """Return whether a quotient certainly lies between 0 and 1.

    Args:
        world: What contracts tell, such as which family lies within which.
        node: The division.
        left: Type of the dividend.
        right: Type of the divisor.
    """
    whole = _plain(node.rhs)
    if not _meets_its_own(node.modifier, right):
        return False
    if _part(world, _plain(node.lhs), whole, left):
        return True
    parts = _summands(whole) if right.bounds.low >= 0 else ()
    return any(_part(world, _plain(node.lhs), part, left) for part in parts)


def _meets_its_own(modifier: Any, right: Type) -> bool:
    """Return whether each element meets the divisor of its own labels, and no other."""
    if modifier is None or modifier.matching is None:
        return True
    names = [str(name) for name in modifier.matching.labels]
    if modifier.matching.type == pp.LabelModifierType.Include:
        return right.labels.possible is not None and right.labels.possible <= set(names)
    return not any(right.labels.can_have(name) for name in names)


def _plain(node: Any) -> Any:
    """Return a node without brackets, and without a comparison that only takes elements away."""
    while True:
        if isinstance(node, pp.ParenExpr):
            node = node.expr
        elif _is_filter(node):
            node = node.lhs
        else:
            return node


def _is_filter(node: Any) -> bool:
    return (
        isinstance(node, pp.BinaryExpr)
        and str(node.op) in _COMPARISONS
        and isinstance(node.rhs, pp.NumberLiteral)
        and not (node.modifier is not None and node.modifier.return_bool)
    )


def _summands(node: Any) -> tuple[Any, ...]:
    """Return the summands of a sum of alike elements; none, when it is something else."""
    if not isinstance(node, pp.BinaryExpr) or str(node.op) != "+":
        return ()
    if node.modifier is not None and node.modifier.matching is not None:
        return ()
    return (
        *(_summands(_plain(node.lhs)) or (_plain(node.lhs),)),
        *(_summands(_plain(node.rhs)) or (_plain(node.rhs),)),
    )


def _part(world: World, part: Any, whole: Any, value: Type) -> bool:
    """Return whether one tree's elements are not negative and at most those of another."""
    if isinstance(part, pp.AggregateExpr) and isinstance(whole, pp.AggregateExpr):
        return _aggregated_part(world, part, whole, value)
    if isinstance(part, pp.Call) and isinstance(whole, pp.Call):
        return (
            part.func.name == whole.func.name
            and part.func.name in _MONOTONIC
            and _part_of_range(world, part.args[-1], whole.args[-1], value)
        )
    if isinstance(part, pp.VectorSelector) and isinstance(whole, pp.VectorSelector):
        return _selected_part(world, part, whole, value)
    return False


def _aggregated_part(
    world: World, part: pp.AggregateExpr, whole: pp.AggregateExpr, value: Type
) -> bool:
    if not _same_groups(part.modifier, whole.modifier) or part.param or whole.param:
        return False
    operators = (str(part.op), str(whole.op))
    inner, outer = _plain(part.expr), _plain(whole.expr)
    if operators == ("count", "count"):
        return _selects_fewer(inner, outer)
    if operators == ("sum", "count"):
        return value.bounds.low >= 0 and _is_boolean(world, inner) and _selects_fewer(inner, outer)
    same = operators in (("sum", "sum"), ("max", "max"))
    # What a comparison takes away from the whole is no longer there for its part.
    return same and outer is _unbracketed(whole.expr) and _part(world, inner, outer, value)


def _unbracketed(node: Any) -> Any:
    while isinstance(node, pp.ParenExpr):
        node = node.expr
    return node


def _same_groups(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return bool(one.type == other.type and set(one.labels) == set(other.labels))


def _selects_fewer(part: Any, whole: Any) -> bool:
    """Return whether each element of one tree is one of another, whatever its value."""
    return (
        isinstance(part, pp.VectorSelector)
        and isinstance(whole, pp.VectorSelector)
        and metric_name(part) == metric_name(whole) is not None
        and _same_time(part, whole)
        and _narrower(part, whole)
    )


def _is_boolean(world: World, node: Any) -> bool:
    name = metric_name(node) if isinstance(node, pp.VectorSelector) else None
    series = world.series.get(name or "")
    return series is not None and series.family.unit == "boolean"


def _part_of_range(world: World, part: Any, whole: Any, value: Type) -> bool:
    if not isinstance(part, pp.MatrixSelector) or not isinstance(whole, pp.MatrixSelector):
        return False
    same = part.range == whole.range
    return same and _selected_part(world, part.vector_selector, whole.vector_selector, value)


def _selected_part(
    world: World, part: pp.VectorSelector, whole: pp.VectorSelector, value: Type
) -> bool:
    name, other = metric_name(part), metric_name(whole)
    if name is None or not _same_time(part, whole) or not _narrower(part, whole):
        return False
    if name == other:
        return value.bounds.low >= 0
    series = world.series.get(name)
    return series is not None and series.family.within == other


def _same_time(one: pp.VectorSelector, other: pp.VectorSelector) -> bool:
    return bool(one.offset == other.offset and one.at == other.at)


def _narrower(part: pp.VectorSelector, whole: pp.VectorSelector) -> bool:
    """Return whether one selector asks for all that another asks for, and perhaps for more."""
    if part.matchers.or_matchers or whole.matchers.or_matchers:
        return False
    return _matchers(whole) <= _matchers(part)


def _matchers(node: pp.VectorSelector) -> set[tuple[str, str, str]]:
    found = node.matchers.matchers
    return {(str(m.name), str(m.op), str(m.value)) for m in found if m.name != NAME}
