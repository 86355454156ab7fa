"""Functions: what each makes of its arguments."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.promql import pattern_fault
from sothat.generator.typecheck.selectors import metric_name
from sothat.generator.typecheck.types import (
    ANY,
    NONE,
    NOT_NEGATIVE,
    UNKNOWN_VECTOR,
    Bounds,
    Flavour,
    Labels,
    Shape,
    Type,
)
from sothat.generator.typecheck.units import BOOLEAN, COUNT, PER_SECOND, SECONDS, Unit
from sothat.generator.typecheck.world import Walk
from sothat.model.duration import format_duration

Rule = Callable[["Call"], Type]

# The first day that a running system can plausibly report: 2001-09-09.
_EPOCH_BOUNDS = Bounds(1e9, 1e11)


class Call:
    """A function call with its arguments already typed."""

    __slots__ = ("arguments", "node", "offset", "walk")

    def __init__(self, walk: Walk, node: pp.Call) -> None:
        self.walk = walk
        self.node = node
        self.offset = walk.locator.advance(str(node.func.name))
        self.arguments = [walk.visit(argument) for argument in node.args]

    @property
    def name(self) -> str:
        """Return the function's name."""
        return str(self.node.func.name)

    def of(self, shape: Shape) -> Type:
        """Return the first argument of a shape."""
        return next((a for a in self.arguments if a.shape is shape), UNKNOWN_VECTOR)

    @property
    def vector(self) -> Type:
        """Return the vector argument."""
        return self.of(Shape.VECTOR)

    @property
    def samples(self) -> Type:
        """Return the range argument, as the vector that it is made of."""
        return self.of(Shape.MATRIX).having(shape=Shape.VECTOR)

    def text(self, index: int) -> str | None:
        """Return a string argument's value."""
        argument = self.node.args[index] if index < len(self.node.args) else None
        return str(argument.val) if isinstance(argument, pp.StringLiteral) else None

    def report(self, code: str, message: str, hint: str = "") -> None:
        """Note a finding at the function's name."""
        self.walk.report(code, message, self.offset, hint)


def call_type(walk: Walk, node: pp.Call) -> Type:
    """Return the type of a function call."""
    call = Call(walk, node)
    _check_range(call)
    rule = RULES.get(call.name)
    if rule:
        return rule(call)
    shape = Shape.SCALAR if node.func.return_type == pp.ValueType.Scalar else Shape.VECTOR
    return Type(shape)


# --- ranges ---------------------------------------------------------------------------------

# Functions that need two samples in their range to say anything.
_TWO_SAMPLES = frozenset(
    ("rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear", "changes", "resets")
)


def _check_range(call: Call) -> None:
    for argument in call.node.args:
        if not isinstance(argument, pp.MatrixSelector) or call.name not in _TWO_SAMPLES:
            continue
        seconds = argument.range.total_seconds()
        least = 2 * call.walk.world.scrape_interval
        if seconds < least:
            message = (
                f"the range {format_duration(seconds)} holds fewer than two scrapes "
                f"of {format_duration(call.walk.world.scrape_interval)}"
            )
            hint = f"use at least {format_duration(least)}, better four scrapes"
            place = call.walk.locator.peek_range(call.offset)
            call.walk.report("range-too-short", message, place, hint)


# --- counters and gauges --------------------------------------------------------------------


def _per_second(unit: Unit | None) -> Unit | None:
    return None if unit is None else unit.times(PER_SECOND)


def _counter_function(call: Call, unit: Unit | None) -> Type:
    samples = call.samples
    if samples.flavour in (Flavour.GAUGE, Flavour.QUOTIENT, Flavour.INFO, Flavour.QUANTILE):
        call.report(
            "rate-of-gauge",
            f"{call.name}() of a {samples.flavour}: it takes each fall for a restart",
            "use delta() or deriv() for a gauge",
        )
    elif samples.flavour is Flavour.COUNTER_SUM:
        call.report(
            "sum-before-rate",
            f"{call.name}() of a sum of counters: one restart looks like a huge rise",
            f"take {call.name}() first, then sum",
        )
    # Histogram parts stay recognisable by what they observed, for histogram_quantile.
    flavour = Flavour.NATIVE if samples.flavour is Flavour.NATIVE else Flavour.GAUGE
    return samples.having(
        flavour=flavour, unit=unit, bounds=NOT_NEGATIVE, timestamp=False, windowed=True
    )


def _rate(call: Call) -> Type:
    return _counter_function(call, _per_second(call.samples.unit))


def _increase(call: Call) -> Type:
    return _counter_function(call, call.samples.unit)


def _gauge_function(call: Call) -> Type:
    samples = call.samples
    if samples.flavour.monotonic:
        call.report(
            "gauge-function-of-counter",
            f"{call.name}() of a {samples.flavour}: a restart looks like a fall",
            "use increase() or rate() for a counter",
        )
    return samples.having(flavour=Flavour.GAUGE, bounds=ANY, timestamp=False)


def _deriv(call: Call) -> Type:
    derived = _gauge_function(call)
    return derived.having(unit=_per_second(derived.unit))


def _same_samples(call: Call) -> Type:
    return call.samples


def _sum_over_time(call: Call) -> Type:
    samples = call.samples
    flavour = Flavour.UNKNOWN if samples.flavour.monotonic else Flavour.GAUGE
    unit = COUNT if samples.unit is not None and samples.unit.dimensionless else samples.unit
    return samples.having(flavour=flavour, bounds=ANY, unit=unit)


def _avg_over_time(call: Call) -> Type:
    samples = call.samples
    # A mean of totals is a total: it grows as they do.
    flavour = samples.flavour if samples.flavour.monotonic else Flavour.GAUGE
    return samples.having(flavour=flavour, unit=_mean_unit(samples.unit))


def _spread_over_time(call: Call) -> Type:
    samples = call.samples
    return samples.having(
        flavour=Flavour.GAUGE,
        unit=_mean_unit(samples.unit),
        bounds=NOT_NEGATIVE,
        timestamp=False,
    )


def _quantile_over_time(call: Call) -> Type:
    check_share(call.walk, call.name, call.node.args[0], call.offset)
    return call.samples


def _mean_unit(unit: Unit | None) -> Unit | None:
    return Unit.of("ratio") if unit == BOOLEAN else unit


def _number_over_time(call: Call) -> Type:
    return call.samples.having(
        flavour=Flavour.GAUGE, unit=COUNT, bounds=NOT_NEGATIVE, timestamp=False
    )


def _count_over_time(call: Call) -> Type:
    # Where there was no sample there is no element either.
    return _number_over_time(call).having(bounds=Bounds(1))


def _present(call: Call) -> Type:
    return call.samples.having(flavour=Flavour.INFO, unit=COUNT, bounds=Bounds(1, 1))


def _squared(call: Call) -> Type:
    unit = call.samples.unit
    return call.samples.having(
        flavour=Flavour.GAUGE, unit=unit.times(unit) if unit else None, bounds=NOT_NEGATIVE
    )


# --- values ---------------------------------------------------------------------------------


def _same(call: Call) -> Type:
    return call.vector


def _abs(call: Call) -> Type:
    return call.vector.having(flavour=Flavour.GAUGE, bounds=NOT_NEGATIVE)


def _clamped(call: Call) -> Type:
    return call.vector.having(bounds=ANY)


def _pure(call: Call) -> Type:
    return call.vector.having(flavour=Flavour.GAUGE, unit=None, bounds=ANY, timestamp=False)


def _time(_: Call) -> Type:
    return Type(Shape.SCALAR, Flavour.NUMBER, SECONDS, NONE, _EPOCH_BOUNDS, timestamp=True)


def _timestamp(call: Call) -> Type:
    return call.vector.having(
        flavour=Flavour.GAUGE, unit=SECONDS, bounds=_EPOCH_BOUNDS, timestamp=True
    )


def _calendar(low: float, high: float) -> Rule:
    def rule(call: Call) -> Type:
        labels = call.vector.labels if call.arguments else NONE
        return Type(Shape.VECTOR, Flavour.GAUGE, COUNT, labels, Bounds(low, high))

    return rule


def _scalar(call: Call) -> Type:
    vector = call.vector
    return vector.having(shape=Shape.SCALAR, labels=NONE, filtered=False)


def _vector(call: Call) -> Type:
    return call.of(Shape.SCALAR).having(shape=Shape.VECTOR, labels=NONE)


# --- absence --------------------------------------------------------------------------------


def _absent(call: Call) -> Type:
    node: Any = call.node.args[0]
    while isinstance(node, pp.ParenExpr):
        node = node.expr
    selector = node.vector_selector if isinstance(node, pp.MatrixSelector) else node
    labels = NONE
    if isinstance(selector, pp.VectorSelector):
        for matcher in selector.matchers.matchers:
            if matcher.op == pp.MatchOp.Equal and matcher.name != "__name__" and matcher.value:
                labels = labels.plus(str(matcher.name), frozenset([str(matcher.value)]))
        labels = Labels(labels.possible, labels.possible or frozenset(), frozenset(), labels.values)
    return Type(
        Shape.VECTOR,
        Flavour.INFO,
        COUNT,
        labels,
        Bounds(1, 1),
        filtered=True,
        aggregated=not isinstance(selector, pp.VectorSelector) or metric_name(selector) is None,
    )


# --- histograms -----------------------------------------------------------------------------


def check_share(walk: Walk, name: str, parameter: Any, offset: int) -> None:
    """Report a quantile that is no share of one: 95 is the whole and more."""
    if isinstance(parameter, pp.NumberLiteral) and not 0 <= float(parameter.val) <= 1:
        wanted = float(parameter.val)
        message = f"{name}() of {wanted:g} is always infinite: a quantile lies in [0, 1]"
        hint = f"write {wanted / 100:g}" if wanted in range(2, 101) else "write a share of one"
        walk.report("quantile-out-of-range", message, offset, hint)


def _histogram_quantile(call: Call) -> Type:
    check_share(call.walk, call.name, call.node.args[0], call.offset)
    buckets = call.vector
    known = buckets.labels.possible is not None
    if known and not buckets.labels.can_have("le") and buckets.flavour is not Flavour.NATIVE:
        if buckets.observed is None and buckets.flavour is not Flavour.UNKNOWN:
            call.report(
                "quantile-of-non-histogram",
                f"{call.name}() needs the buckets of a histogram",
                "select the …_bucket series and keep the label le",
            )
        else:
            call.report(
                "quantile-without-le",
                f"{call.name}() needs the label le, which does not reach it",
                "aggregate by (le, …)",
            )
    elif buckets.flavour is Flavour.BUCKET or _summed_buckets(buckets):
        call.report(
            "quantile-of-totals",
            f"{call.name}() of bare buckets is over the whole life of the process",
            "take rate() of the buckets first",
        )
    return buckets.having(
        flavour=Flavour.GAUGE,
        unit=buckets.observed,
        labels=buckets.labels.without(["le"]),
        bounds=ANY,
        observed=None,
    )


def _summed_buckets(value: Type) -> bool:
    return value.flavour is Flavour.COUNTER_SUM and value.observed is not None


def _of_native(unit: Callable[[Type], Unit | None]) -> Rule:
    def rule(call: Call) -> Type:
        return call.vector.having(
            flavour=Flavour.GAUGE, unit=unit(call.vector), bounds=ANY, observed=None
        )

    return rule


# --- labels ---------------------------------------------------------------------------------


def _label_replace(call: Call) -> Type:
    _check_source(call, 3)
    _check_pattern(call, 4)
    return _with_target(call)


def _check_pattern(call: Call, index: int) -> None:
    """Report a pattern that is none: Prometheus tells so at each evaluation, and not before."""
    pattern = call.text(index)
    fault = None if pattern is None else pattern_fault(pattern)
    if fault and pattern is not None:
        place = call.walk.locator.peek(pattern, call.offset)
        call.walk.report("promql-syntax", f"not PromQL: {fault}", place)


def _label_join(call: Call) -> Type:
    for index in range(3, len(call.node.args)):
        _check_source(call, index)
    return _with_target(call)


def _check_source(call: Call, index: int) -> None:
    source = call.text(index)
    if source and not call.vector.labels.can_have(source):
        message = f"{call.name}() reads the label {source}, which is not there"
        place = call.walk.locator.peek(source, call.offset)
        call.walk.report("unknown-label", message, place)


def _with_target(call: Call) -> Type:
    target = call.text(1)
    return call.vector.having(labels=call.vector.labels.plus(target)) if target else call.vector


def _table() -> Mapping[str, Rule]:
    rules: dict[str, Rule] = {
        "rate": _rate,
        "irate": _rate,
        "increase": _increase,
        "deriv": _deriv,
        "absent": _absent,
        "absent_over_time": _absent,
        "avg_over_time": _avg_over_time,
        "count_over_time": _count_over_time,
        "quantile_over_time": _quantile_over_time,
        "sum_over_time": _sum_over_time,
        "present_over_time": _present,
        "stdvar_over_time": _squared,
        "abs": _abs,
        "time": _time,
        "timestamp": _timestamp,
        "scalar": _scalar,
        "vector": _vector,
        "histogram_quantile": _histogram_quantile,
        "histogram_fraction": _of_native(lambda _: Unit.of("ratio")),
        "histogram_count": _of_native(lambda _: COUNT),
        "histogram_sum": _of_native(lambda v: v.observed),
        "histogram_avg": _of_native(lambda v: v.observed),
        "histogram_stddev": _of_native(lambda v: v.observed),
        "label_replace": _label_replace,
        "label_join": _label_join,
        "minute": _calendar(0, 59),
        "hour": _calendar(0, 23),
        "day_of_week": _calendar(0, 6),
        "day_of_month": _calendar(1, 31),
        "day_of_year": _calendar(1, 366),
        "days_in_month": _calendar(28, 31),
        "month": _calendar(1, 12),
        "year": _calendar(1970, 9999),
    }
    rules |= dict.fromkeys(("delta", "idelta", "predict_linear"), _gauge_function)
    rules |= dict.fromkeys(
        (
            "min_over_time",
            "max_over_time",
            "last_over_time",
            "first_over_time",
        ),
        _same_samples,
    )
    rules |= dict.fromkeys(("stddev_over_time", "mad_over_time"), _spread_over_time)
    rules |= dict.fromkeys(("changes", "resets"), _number_over_time)
    rules |= dict.fromkeys(
        ("sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "info"), _same
    )
    rules |= dict.fromkeys(("ceil", "floor", "round"), _same)
    rules |= dict.fromkeys(("clamp", "clamp_min", "clamp_max"), _clamped)
    rules |= dict.fromkeys(
        (
            "exp", "ln", "log2", "log10", "sqrt", "sgn", "deg", "rad", "acos", "acosh", "asin",
            "asinh", "atan", "atanh", "cos", "cosh", "sin", "sinh", "tan", "tanh",
        ),
        _pure,
    )  # fmt: skip
    return MappingProxyType(rules)


RULES = _table()
