"""Comparisons: a counter's bare total, and thresholds that nothing or everything passes."""

import math
import operator as op
from collections.abc import Callable, Mapping
from types import MappingProxyType

from sothat.generator.typecheck.matching import is_vector
from sothat.generator.typecheck.types import ZERO_TO_ONE, Bounds, Flavour, Labels, Type
from sothat.generator.typecheck.units import BOOLEAN
from sothat.generator.typecheck.world import Walk

_FIRST_MOMENT = 1e9
_ONE_AT_LEAST = Bounds(1)
_TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
HOLDS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"==": op.eq, "!=": op.ne, ">": op.gt, "<": op.lt, ">=": op.ge, "<=": op.le}
)


def comparison(
    walk: Walk,
    operator: str,
    left: Type,
    right: Type,
    labels: Labels,
    offset: int,
    *,
    return_bool: bool,
) -> Type:
    """Return the type of a comparison; report those that cannot go both ways."""
    _check_counter(walk, operator, left, right, offset)
    _check_constant(walk, operator, left, right, offset)
    kept = left if is_vector(left) or not is_vector(right) else right
    if return_bool:
        return Type(kept.shape, Flavour.GAUGE, BOOLEAN, labels, ZERO_TO_ONE)
    return kept.having(labels=labels, filtered=True)


def _check_counter(walk: Walk, operator: str, left: Type, right: Type, offset: int) -> None:
    for side, other in ((left, right), (right, left)):
        if walk.guarding and other.literal == 0:
            continue
        total = side.flavour in (Flavour.COUNTER, Flavour.COUNTER_SUM, Flavour.BUCKET)
        if total and is_vector(side) and other.literal is not None:
            walk.report(
                "bare-counter",
                f"{operator} compares a counter's total, which only grows, with a number",
                offset,
                "compare increase(…) or rate(…) of it",
            )


def _check_constant(walk: Walk, operator: str, left: Type, right: Type, offset: int) -> None:
    if right.literal is not None and left.literal is None:
        verdict = constant_verdict(operator, left.bounds, right.literal)
    elif left.literal is not None and right.literal is None:
        verdict = constant_verdict(_TURNED[operator], right.bounds, left.literal)
    else:
        return
    if verdict is None:
        _check_moment(walk, operator, left, right, offset)
    if verdict is None or (verdict and _asks_for_existence(walk, left, right)):
        return
    always = "always" if verdict else "never"
    bounds = left.bounds if left.literal is None else right.bounds
    message = f"the comparison is {always} true: the value lies in {_shown(bounds)}"
    walk.report("constant-comparison", message, offset, "mend the threshold or its unit")


def _check_moment(walk: Walk, operator: str, left: Type, right: Type, offset: int) -> None:
    """Report a point in time that is compared with a duration; 0 and 1 ask whether it ever came."""
    side, number = (left, right.literal) if left.literal is None else (right, left.literal)
    if side.timestamp and number is not None and 1 < abs(number) < _FIRST_MOMENT:
        message = f"{operator} compares a point in time, seconds since 1970, with a duration"
        walk.report("unit-mismatch", message, offset, "take time() from it, or it from time()")


def _asks_for_existence(walk: Walk, left: Type, right: Type) -> bool:
    """Return whether a comparison that holds is written for its elements to be there at all.

    ``count(x < 1) > 0`` is another way to say ``x < 1``, ``and count(x) > 0`` guards, and
    ``count_over_time(x[1h]) > 0`` asks whether it was there of late.
    """
    vector = left if is_vector(left) else right
    return (
        vector.filtered
        or walk.guarding
        or (vector.bounds == _ONE_AT_LEAST and not vector.aggregated)
    )


def constant_verdict(operator: str, bounds: Bounds, number: float) -> bool | None:
    """Return whether a comparison is the same for every value of an interval; None: it varies."""
    low, high = bounds.low, bounds.high
    if low == high:
        # A constant one, as of absent() or an info metric, is compared with == 1 on purpose.
        return None if HOLDS[operator](low, number) else False
    if operator in ("==", "!="):
        outside = number < low or number > high
        return (operator == "!=") if outside else None
    # A comparison is monotonic: what holds at both ends holds between them.
    ends = {HOLDS[operator](low, number), HOLDS[operator](high, number)}
    return ends.pop() if len(ends) == 1 else None


def _shown(bounds: Bounds) -> str:
    low = "−∞" if math.isinf(bounds.low) else f"{bounds.low:g}"
    high = "∞" if math.isinf(bounds.high) else f"{bounds.high:g}"
    return f"[{low}, {high}]"
