"""Binary operators."""

from typing import Any

import promql_parser as pp
from sothat.generator.typecheck.arithmetic import arithmetic
from sothat.generator.typecheck.comparing import comparison
from sothat.generator.typecheck.matching import check_names, is_vector, matched_labels
from sothat.generator.typecheck.selectors import metric_name
from sothat.generator.typecheck.shares import is_share
from sothat.generator.typecheck.types import ZERO_TO_ONE, Bounds, Flavour, Labels, Type
from sothat.generator.typecheck.units import BOOLEAN
from sothat.generator.typecheck.world import Walk
from sothat.model.metric import Presence

COMPARISONS = frozenset(("==", "!=", ">", "<", ">=", "<="))
SETS = frozenset(("and", "or", "unless"))


def binary_type(walk: Walk, node: pp.BinaryExpr) -> Type:
    """Return the type of a binary expression."""
    operator = str(node.op)
    outside = walk.guarding
    walk.guarding = outside or operator in ("and", "unless")
    left = walk.visit(node.lhs)
    offset = walk.locator.advance(operator)
    check_names(walk, node.modifier, left, None, offset)
    right = walk.visit(node.rhs)
    walk.guarding = outside
    labels = matched_labels(walk, operator, node.modifier, left, right, offset)
    if operator == "and":
        _check_guard(walk, node, right, offset)
    if operator in SETS:
        return _set_type(operator, left, right, labels)
    _check_units(walk, operator, left, right, offset)
    if operator in COMPARISONS:
        return_bool = node.modifier is not None and node.modifier.return_bool
        return comparison(walk, operator, left, right, labels, offset, return_bool=return_bool)
    if operator == "/":
        _check_total(walk, left, right, offset)
        # A divisor that is kept from zero is no condition: it takes nothing away on purpose.
        right = right.having(filtered=right.filtered and not _kept_from_zero(node.rhs))
    found = arithmetic(operator, left, right, labels)
    share = operator == "/" and is_share(walk.world, node, left, right)
    return found.having(bounds=ZERO_TO_ONE) if share else found


def _check_total(walk: Walk, left: Type, right: Type, offset: int) -> None:
    """Report a total since the start divided by what happened in a window, or the reverse."""
    for side, other in ((left, right), (right, left)):
        total = side.flavour in (Flavour.COUNTER, Flavour.COUNTER_SUM) and is_vector(side)
        if total and other.windowed:
            message = "/ sets a counter's total since its start against what a window saw"
            walk.report("bare-counter", message, offset, "take rate(…) of both over one window")
            return


def _set_type(operator: str, left: Type, right: Type, labels: Labels) -> Type:
    if operator == "and":
        return left.having(labels=labels, filtered=left.filtered or right.filtered)
    if operator == "unless":
        return left.having(labels=labels, filtered=True)
    return left.having(
        labels=labels,
        unit=left.unit if left.unit == right.unit else None,
        flavour=left.flavour if left.flavour is right.flavour else Flavour.UNKNOWN,
        bounds=Bounds(
            min(left.bounds.low, right.bounds.low), max(left.bounds.high, right.bounds.high)
        ),
        filtered=left.filtered and right.filtered,
        timestamp=left.timestamp and right.timestamp,
    )


def _check_guard(walk: Walk, node: pp.BinaryExpr, right: Type, offset: int) -> None:
    """Report a guard that lets everything pass: ``and`` does not look at values."""
    guard = _unbracketed(node.rhs)
    if right.filtered:
        return
    name = metric_name(guard) if isinstance(guard, pp.VectorSelector) else None
    series = walk.world.series.get(name or "")
    yes_or_no = right.unit == BOOLEAN and right.flavour is Flavour.GAUGE
    if series and yes_or_no and series.family.presence is Presence.ALWAYS:
        message = f"and asks whether {name} exists, not whether it is 1"
        walk.report("idle-guard", message, offset, f"write {name} == 1, or == 0")
    elif isinstance(guard, pp.Call) and _is_plain(node) and _needs(node.lhs, guard):
        message = "and asks whether its right side exists, which the left side reads already"
        walk.report("idle-guard", message, offset, "compare the right side, such as > 0")


def _is_plain(node: pp.BinaryExpr) -> bool:
    """Return whether an operator matches on all labels."""
    return node.modifier is None or node.modifier.matching is None


def _needs(tree: Any, wanted: Any) -> bool:
    """Return whether no element of a tree exists without its own element of an expression."""
    tree = _unbracketed(tree)
    if isinstance(tree, pp.BinaryExpr):
        plain = _is_plain(tree) and str(tree.op) not in SETS
        return plain and (_needs(tree.lhs, wanted) or _needs(tree.rhs, wanted))
    return isinstance(tree, pp.Call) and bool(tree.prettify() == wanted.prettify())


def _kept_from_zero(node: Any) -> bool:
    node = _unbracketed(node)
    if not isinstance(node, pp.BinaryExpr) or str(node.op) not in (">", "!="):
        return False
    limit = _unbracketed(node.rhs)
    return isinstance(limit, pp.NumberLiteral) and limit.val == 0


def _unbracketed(node: Any) -> Any:
    while isinstance(node, pp.ParenExpr):
        node = node.expr
    return node


def _check_units(walk: Walk, operator: str, left: Type, right: Type, offset: int) -> None:
    if operator not in COMPARISONS and operator not in ("+", "-"):
        return
    if left.literal is not None or right.literal is not None:
        return
    if left.unit is None or right.unit is None or left.unit.same_dimension(right.unit):
        return
    verb = "compares" if operator in COMPARISONS else "adds" if operator == "+" else "subtracts"
    message = f"{operator} {verb} {left.unit.text} with {right.unit.text}"
    walk.report("unit-mismatch", message, offset, "bring both sides to one unit")
