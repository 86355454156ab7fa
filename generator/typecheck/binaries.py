"""Binary operators."""

import promql_parser as pp
from sothat.generator.typecheck.arithmetic import arithmetic
from sothat.generator.typecheck.comparing import comparison
from sothat.generator.typecheck.matching import check_names, matched_labels
from sothat.generator.typecheck.types import Bounds, Flavour, Labels, Type
from sothat.generator.typecheck.world import Walk

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
    if operator in SETS:
        return _set_type(operator, left, right, labels)
    _check_units(walk, operator, left, right, offset)
    if operator in COMPARISONS:
        return_bool = node.modifier is not None and node.modifier.return_bool
        return comparison(walk, operator, left, right, labels, offset, return_bool=return_bool)
    return arithmetic(operator, left, right, labels)


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
