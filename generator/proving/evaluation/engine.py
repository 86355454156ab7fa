"""An expression as a function of time: each node of the tree becomes a small function, once."""

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.proving.evaluation.aggregation import COMBINERS, combined, quantiles
from sothat.generator.proving.evaluation.functions import (
    BY_ELEMENT,
    histogram_quantiles,
    mapped,
    relabelled,
)
from sothat.generator.proving.evaluation.joining import (
    ARITHMETIC,
    COMPARISONS,
    SETS,
    Matching,
    combined_sets,
    joined,
)
from sothat.generator.proving.evaluation.selecting import (
    Selection,
    milliseconds,
    selector_of,
)
from sothat.generator.proving.evaluation.series import (
    NAME,
    Labels,
    Point,
    Store,
    Unknown,
    Vector,
    labels_of,
    without_name,
)
from sothat.generator.proving.evaluation.windows import (
    REDUCERS,
    Reduce,
    Window,
    quantile,
    regression,
)

_MANY: Mapping[str, str] = MappingProxyType({"ManyToOne": "left", "OneToMany": "right"})

Evaluate = Callable[[Store, int], Vector]
Number = Callable[[Store, int], float]
Ranged = Callable[[Store, int], Iterator[tuple[Labels, Window]]]


def compiled(node: Any) -> Evaluate:
    """Return a node that makes a vector as a function of a store and a time in milliseconds.

    Raises:
        Unknown: It is beyond us.
    """
    match node:
        case pp.ParenExpr():
            return compiled(node.expr)
        case pp.VectorSelector():
            return _selected(node)
        case pp.UnaryExpr():
            inner = compiled(node.expr)
            return lambda store, time: mapped(inner(store, time), lambda value: -value)
        case pp.AggregateExpr():
            return _aggregated(node)
        case pp.BinaryExpr():
            return _binary(node)
        case pp.Call():
            return _called(node)
    raise Unknown(type(node).__name__)


def number(node: Any) -> Number | None:
    """Return a node that makes a number as a function; None where it makes a vector.

    Raises:
        Unknown: It is beyond us.
    """
    match node:
        case pp.NumberLiteral():
            value = float(node.val)
            return lambda _store, _time: value
        case pp.ParenExpr():
            return number(node.expr)
        case pp.UnaryExpr():
            inner = number(node.expr)
            return inner and (lambda store, time: -inner(store, time))
        case pp.Call():
            return _number_called(node)
        case pp.BinaryExpr():
            return _number_of_two(node)
        case _:
            return None


def _number_called(node: Any) -> Number | None:
    if node.func.name == "time":
        return lambda _store, time: time / 1000
    if node.func.name != "scalar":
        return None
    vector = compiled(node.args[0])
    return lambda store, time: _only(vector(store, time))


def _only(vector: Vector) -> float:
    return next(iter(vector.values())) if len(vector) == 1 else math.nan


def _number_of_two(node: Any) -> Number | None:
    left, right, op = number(node.lhs), number(node.rhs), str(node.op)
    if left is None or right is None:
        return None
    if op in ARITHMETIC:
        compute = ARITHMETIC[op]
        return lambda store, time: compute(left(store, time), right(store, time))
    compare = COMPARISONS[op]
    return lambda store, time: float(compare(left(store, time), right(store, time)))


def _needed(node: Any) -> Number:
    found = number(node)
    if found is None:
        raise Unknown("a vector where a number is needed")
    return found


def _text(node: Any) -> str:
    if not isinstance(node, pp.StringLiteral):
        raise Unknown("an expression where a text is needed")
    return str(node.val)


def _selected(node: Any) -> Evaluate:
    selection = Selection(selector_of(node))
    offset = selection.selector.offset

    def evaluate(store: Store, time: int) -> Vector:
        found: Vector = {}
        for series in selection.of(store):
            value = series.at(time - offset, store.era)
            if value is not None:
                found[series.labels] = value
        return found

    return evaluate


def _aggregated(node: Any) -> Evaluate:
    inner, op, key = compiled(node.expr), str(node.op), _grouping(node.modifier)
    if op == "quantile":
        share = _needed(node.param)
        return lambda store, time: combined(
            inner(store, time), key, quantiles(share(store, time)), store.era
        )
    if op not in COMBINERS:
        raise Unknown(f"the aggregation {op}")
    combine = COMBINERS[op]
    return lambda store, time: combined(inner(store, time), key, combine, store.era)


def _grouping(modifier: Any) -> Callable[[Labels], Labels]:
    if modifier is None:
        return lambda _labels: ()
    names = frozenset(map(str, modifier.labels))
    if modifier.type == pp.AggModifierType.By:
        return lambda labels: tuple(pair for pair in labels if pair[0] in names)
    dropped = names | {NAME}
    return lambda labels: tuple(pair for pair in labels if pair[0] not in dropped)


def matching_of(node: Any) -> Matching:
    """Return how the sides of a binary operator match.

    Raises:
        Unknown: It fills in values for what does not match.
    """
    modifier = node.modifier
    if modifier is None:
        return Matching()
    fill = modifier.fill_values
    if fill is not None and (fill.lhs is not None or fill.rhs is not None):
        raise Unknown("fill values")
    names = modifier.matching
    return Matching(
        on=names is not None and names.type == pp.LabelModifierType.Include,
        labels=tuple(map(str, names.labels)) if names is not None else (),
        many=_MANY.get(str(modifier.card).rpartition(".")[2], ""),
        include=tuple(map(str, modifier.group_labels or ())),
    )


def _binary(node: Any) -> Evaluate:
    op, matching = str(node.op), matching_of(node)
    if op in SETS:
        left, right = compiled(node.lhs), compiled(node.rhs)
        return lambda store, time: combined_sets(
            left(store, time), right(store, time), matching, op
        )
    pair, named = _pair(node), op in COMPARISONS and not _boolean(node)
    one, other = number(node.lhs), number(node.rhs)
    if one is not None and other is not None:
        raise Unknown("a number where a vector is needed")
    if one is not None or other is not None:
        return _with_number(node, one, other)
    left, right = compiled(node.lhs), compiled(node.rhs)
    return lambda store, time: joined(
        left(store, time), right(store, time), matching, pair, named=named
    )


def _boolean(node: Any) -> bool:
    return node.modifier is not None and bool(node.modifier.return_bool)


def _pair(node: Any) -> Callable[[float, float], float | None]:
    op = str(node.op)
    if op in ARITHMETIC or _boolean(node):
        return ARITHMETIC.get(op) or _boolean_pair(op)
    compare = _comparison(op)
    return lambda a, b: a if compare(a, b) else None


def _boolean_pair(op: str) -> Callable[[float, float], float]:
    compare = _comparison(op)
    return lambda a, b: float(compare(a, b))


def _comparison(op: str) -> Callable[[float, float], bool]:
    if op not in COMPARISONS:
        raise Unknown(f"the operator {op}")
    return COMPARISONS[op]


def _with_number(node: Any, one: Number | None, other: Number | None) -> Evaluate:
    op, swapped = str(node.op), one is not None
    vector, scalar = compiled(node.rhs if swapped else node.lhs), one or other or _needed(node)
    if op in COMPARISONS and not _boolean(node):
        return _filtered(vector, COMPARISONS[op], scalar, swapped=swapped)
    pair = ARITHMETIC.get(op) or _boolean_pair(op)

    def evaluate(store: Store, time: int) -> Vector:
        number = scalar(store, time)
        return mapped(
            vector(store, time),
            lambda value: pair(number, value) if swapped else pair(value, number),
        )

    return evaluate


def _filtered(
    vector: Evaluate, compare: Callable[[float, float], bool], scalar: Number, *, swapped: bool
) -> Evaluate:
    def evaluate(store: Store, time: int) -> Vector:
        number = scalar(store, time)
        return {
            labels: value
            for labels, value in vector(store, time).items()
            if (compare(number, value) if swapped else compare(value, number))
        }

    return evaluate


def _called(node: Any) -> Evaluate:  # noqa: PLR0911 – a case a function
    name, args = str(node.func.name), node.args
    if name in REDUCERS:
        return _reduced(args[0], REDUCERS[name], keeps_name=name == "last_over_time")
    if name in BY_ELEMENT:
        return _by_element(name, args)
    match name:
        case "quantile_over_time" | "predict_linear":
            return _reduced_with_number(name, args)
        case "absent" | "absent_over_time":
            return _absent(args[0])
        case "vector":
            value = _needed(args[0])
            return lambda store, time: {(): value(store, time)}
        case "label_replace":
            return _label_replaced(args)
        case "histogram_quantile":
            share_of, buckets = _needed(args[0]), compiled(args[1])
            return lambda store, time: histogram_quantiles(
                share_of(store, time), buckets(store, time)
            )
        case _:
            raise Unknown(f"the function {name}")


def _reduced_with_number(name: str, args: Any) -> Evaluate:
    if name == "predict_linear":
        ahead = _constant(args[1])
        return _reduced(args[0], lambda window: _predicted(window, ahead))
    share = _constant(args[0])
    return _reduced(args[1], lambda window: quantile(share, window.values))


def _constant(node: Any) -> float:
    found = node
    while isinstance(found, pp.ParenExpr):
        found = found.expr
    if not isinstance(found, pp.NumberLiteral):
        raise Unknown("an expression where a number is needed")
    return float(found.val)


def _predicted(window: Window, ahead: float) -> float | None:
    line = regression(window, window.end)
    return None if line is None else line[0] * ahead + line[1]


def _label_replaced(args: Any) -> Evaluate:
    vector = compiled(args[0])
    target, template, source, pattern = map(_text, args[1:])
    return lambda store, time: relabelled(vector(store, time), target, template, source, pattern)


def _by_element(name: str, args: Any) -> Evaluate:
    function, vector = BY_ELEMENT[name], compiled(args[0])
    numbers = [_needed(arg) for arg in args[1:]]

    def evaluate(store: Store, time: int) -> Vector:
        settings = [setting(store, time) for setting in numbers]
        return mapped(vector(store, time), lambda value: function(value, *settings))

    return evaluate


def _absent(node: Any) -> Evaluate:
    ranged = isinstance(node, pp.MatrixSelector)
    selector = node.vector_selector if ranged else node
    if not isinstance(selector, pp.VectorSelector):
        raise Unknown("absent of an expression")
    names = [matcher for matcher in selector_of(selector).matchers if matcher.sign == "="]
    labels = labels_of(
        {m.label: m.value for m in names if sum(o.label == m.label for o in names) == 1}
    )
    there: Callable[[Store, int], Any]
    if ranged:
        windows = windows_of(node)
        there = lambda store, time: next(windows(store, time), None)  # noqa: E731
    else:
        there = compiled(node)
    return lambda store, time: {} if there(store, time) else {labels: 1.0}


def _reduced(node: Any, reduce: Reduce, *, keeps_name: bool = False) -> Evaluate:
    windows = windows_of(node)

    def evaluate(store: Store, time: int) -> Vector:
        found: Vector = {}
        for labels, window in windows(store, time):
            value = reduce(window)
            if value is None:
                continue
            key = labels if keeps_name else without_name(labels)
            if key in found:
                raise Unknown("two elements differ by name only")
            found[key] = value
        return found

    return evaluate


def windows_of(node: Any) -> Ranged:
    """Return the windows of a range of samples, or of a subquery.

    Raises:
        Unknown: It is beyond us.
    """
    match node:
        case pp.ParenExpr():
            return windows_of(node.expr)
        case pp.MatrixSelector():
            return _windows(node)
        case pp.SubqueryExpr() if node.at is None and node.step is not None:
            return _subquery(node)
    raise Unknown("a range that is neither a selector nor a subquery with a step")


def _windows(node: Any) -> Ranged:
    selection, length = Selection(selector_of(node.vector_selector)), milliseconds(node.range)
    offset = selection.selector.offset

    def windows(store: Store, time: int) -> Iterator[tuple[Labels, Window]]:
        end = time - offset
        for series in selection.of(store):
            points = series.window(end - length, end, store.era)
            if points:
                yield series.labels, Window(points, end - length, end, store.era)

    return windows


def _subquery(node: Any) -> Ranged:
    inner, length, step = compiled(node.expr), milliseconds(node.range), milliseconds(node.step)
    offset = milliseconds(node.offset)

    def windows(store: Store, time: int) -> Iterator[tuple[Labels, Window]]:
        end = time - offset
        found: dict[Labels, list[Point]] = {}
        for at in _steps(end - length, end, step, left_open=store.era.value > 2):  # noqa: PLR2004
            for labels, value in inner(store, at).items():
                found.setdefault(labels, []).append((at, value))
        for labels, points in found.items():
            yield labels, Window(points, end - length, end, store.era)

    return windows


def _steps(start: int, end: int, step: int, *, left_open: bool) -> range:
    """Return the times of a subquery: multiples of its step, whatever the time of evaluation."""
    first = step * (start // step)
    if first < start or (left_open and first == start):
        first += step
    # Before its beginning a test has no samples.
    return range(max(first, 0), end + 1, step)
