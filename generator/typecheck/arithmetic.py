"""Arithmetic: units multiply and cancel, bounds follow, constants fold."""

import math

from sothat.generator.typecheck.matching import is_vector
from sothat.generator.typecheck.types import ANY, Bounds, Flavour, Labels, Shape, Type
from sothat.generator.typecheck.units import COUNT, Unit


def arithmetic(operator: str, left: Type, right: Type, labels: Labels) -> Type:
    """Return the type of an arithmetic expression."""
    shape = Shape.VECTOR if is_vector(left) or is_vector(right) else Shape.SCALAR
    literal = _folded(operator, left.literal, right.literal)
    return Type(
        shape,
        _result_flavour(operator, left, right),
        _result_unit(operator, left, right),
        labels,
        _result_bounds(operator, left, right),
        _result_observed(left, right),
        timestamp=_is_timestamp(operator, left, right),
        literal=literal,
        filtered=left.filtered or right.filtered,
        aggregated=left.aggregated or right.aggregated,
        windowed=left.windowed or right.windowed,
    )


def _is_timestamp(operator: str, left: Type, right: Type) -> bool:
    """Return whether a sum or difference is certainly a point in time.

    What is taken from a point in time may be one itself, although nobody says so: only a number
    is certain to be a duration.
    """
    if operator == "-":
        return left.timestamp and right.literal is not None
    return operator == "+" and left.timestamp != right.timestamp


def _folded(operator: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    try:
        results = {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "/": lambda: left / right,
            "%": lambda: math.fmod(left, right),
            "^": lambda: float(left**right),
        }
        return results[operator]() if operator in results else None
    except (ArithmeticError, ValueError, TypeError):
        return math.nan


def _result_flavour(operator: str, left: Type, right: Type) -> Flavour:
    if left.literal is not None and right.literal is not None:
        return Flavour.NUMBER
    for side, other in ((left, right), (right, left)):
        if not is_vector(other):
            return side.flavour if operator in ("*", "/", "+", "-") else Flavour.GAUGE
    if operator == "/":
        return Flavour.QUOTIENT if _alike(left, right) else Flavour.GAUGE
    return _joint_flavour(operator, {left.flavour, right.flavour})


def _alike(left: Type, right: Type) -> bool:
    return (
        left.unit is not None and right.unit is not None and (left.unit.same_dimension(right.unit))
    )


def _joint_flavour(operator: str, both: set[Flavour]) -> Flavour:
    if Flavour.QUOTIENT in both:
        return Flavour.QUOTIENT
    if operator == "+" and both <= {Flavour.COUNTER, Flavour.COUNTER_SUM}:
        return Flavour.COUNTER_SUM
    return Flavour.UNKNOWN if Flavour.UNKNOWN in both else Flavour.GAUGE


def _result_unit(operator: str, left: Type, right: Type) -> Unit | None:
    if operator in ("+", "-", "%"):
        return _sum_unit(left, right)
    if operator not in ("*", "/") or left.unit is None or right.unit is None:
        return None
    # A number scales: ratio * 100 is no ratio any more, bytes * 8 are not bytes.
    for side, other in ((left, right), (right, left)):
        if other.literal is not None and (operator == "*" or other is right):
            return side.unit if abs(other.literal) == 1 else _scaled(side.unit)
    return left.unit.times(right.unit) if operator == "*" else _quotient(left, right)


def _scaled(unit: Unit | None) -> Unit | None:
    """Return the unit after scaling by a number: what it measures is known, its size is not."""
    if unit is None or not unit.dimensionless:
        return None
    return COUNT if not unit.name else None


def _quotient(left: Type, right: Type) -> Unit | None:
    if left.unit is None or right.unit is None:
        return None
    return left.unit.over(right.unit)


def _sum_unit(left: Type, right: Type) -> Unit | None:
    if left.literal is not None:
        return right.unit
    if right.literal is not None or left.unit == right.unit:
        return left.unit
    if left.unit is None or right.unit is None or not left.unit.same_dimension(right.unit):
        return None
    return Unit.of("ratio") if {left.unit.name, right.unit.name} == {"ratio", "boolean"} else COUNT


def _result_bounds(operator: str, left: Type, right: Type) -> Bounds:
    one, other = left.bounds, right.bounds
    match operator:
        case "+":
            return Bounds(_sum(one.low, other.low), _sum(one.high, other.high))
        case "-":
            return Bounds(_sum(one.low, -other.high), _sum(one.high, -other.low))
        case "*" | "/":
            return _product_bounds(operator, left, right)
        case _:
            return ANY


def _product_bounds(operator: str, left: Type, right: Type) -> Bounds:
    if right.literal:
        return left.bounds.scaled(right.literal if operator == "*" else 1 / right.literal)
    if left.literal is not None and operator == "*":
        return right.bounds.scaled(left.literal)
    positive = left.bounds.low >= 0 and right.bounds.low >= 0
    return Bounds(0.0) if positive else ANY


def _sum(one: float, other: float) -> float:
    total = one + other
    return -math.inf if math.isnan(total) else total


def _result_observed(left: Type, right: Type) -> Unit | None:
    if not is_vector(right):
        return left.observed
    return None if is_vector(left) else right.observed
