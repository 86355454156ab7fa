"""An expression as a function of times: each node of the tree becomes a small function, once.

All times of a run are evaluated together, node by node: what a node comes to is a matrix, the
elements with a value for each time.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.promql import walk
from sothat.generator.proving.evaluation.aggregation import COMBINERS, combined, quantiles, rows
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
    earlier,
    milliseconds,
    selector_of,
)
from sothat.generator.proving.evaluation.series import (
    NAME,
    Column,
    Era,
    Labels,
    Matrix,
    Part,
    Times,
    Unknown,
    Window,
    Windows,
    as_windows,
    is_there,
    labels_of,
    put,
    without_name,
)
from sothat.generator.proving.evaluation.store import Evaluate, Store
from sothat.generator.proving.evaluation.windows import REDUCERS, Reduce, quantile, regression

_MANY: Mapping[str, str] = MappingProxyType({"ManyToOne": "left", "OneToMany": "right"})

# A number for each of some times.
Number = Callable[[Store, Times], Sequence[float]]
Ranged = Callable[[Store, Times], Sequence[tuple[Labels, Windows]]]


def compiled(node: Any) -> Evaluate:
    """Return a node that makes a vector as a function of a store and of times in milliseconds.

    Raises:
        Unknown: It is beyond us.
    """
    match node:
        case pp.ParenExpr():
            return compiled(node.expr)
        case pp.VectorSelector():
            return Selection(selector_of(node)).at
        case pp.UnaryExpr():
            inner = compiled(node.expr)
            return lambda store, times: mapped(inner(store, times), lambda value: -value)
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
            return lambda _store, times: [value] * len(times)
        case pp.ParenExpr():
            return number(node.expr)
        case pp.UnaryExpr():
            inner = number(node.expr)
            return inner and (lambda store, times: [-value for value in inner(store, times)])
        case pp.Call():
            return _number_called(node)
        case pp.BinaryExpr():
            return _number_of_two(node)
        case _:
            return None


def _number_called(node: Any) -> Number | None:
    if node.func.name == "time":
        return lambda _store, times: [time / 1000 for time in times]
    if node.func.name != "scalar":
        return None
    vector = compiled(node.args[0])

    def evaluate(store: Store, times: Times) -> Sequence[float]:
        columns = list(vector(store, times).values()) or [[None] * len(times)]
        return [row[0] if len(row) == 1 else math.nan for row in rows(columns)]

    return evaluate


def _number_of_two(node: Any) -> Number | None:
    left, right, op = number(node.lhs), number(node.rhs), str(node.op)
    if left is None or right is None:
        return None
    compute = ARITHMETIC.get(op) or _boolean_pair(op)
    return lambda store, times: list(map(compute, left(store, times), right(store, times)))


def _needed(node: Any) -> Number:
    found = number(node)
    if found is None:
        raise Unknown("a vector where a number is needed")
    return found


def _text(node: Any) -> str:
    if not isinstance(node, pp.StringLiteral):
        raise Unknown("an expression where a text is needed")
    return str(node.val)


def _aggregated(node: Any) -> Evaluate:
    inner, op, key = compiled(node.expr), str(node.op), _grouping(node.modifier)
    if op == "quantile":
        share = _needed(node.param)
        return lambda store, times: quantiles(inner(store, times), key, share(store, times))
    if op not in COMBINERS:
        raise Unknown(f"the aggregation {op}")
    combine = COMBINERS[op]
    return lambda store, times: combined(inner(store, times), key, combine, store.era)


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
    one, other = number(node.lhs), number(node.rhs)
    if op not in SETS and one is not None and other is not None:
        raise Unknown("a number where a vector is needed")
    if op not in SETS and (one is not None or other is not None):
        return _with_number(node, one, other)
    left, right = compiled(node.lhs), compiled(node.rhs)
    if op in SETS:
        return lambda store, times: combined_sets(
            left(store, times), right(store, times), matching, op
        )
    pair, named = _pair(node), op in COMPARISONS and not _boolean(node)
    return lambda store, times: joined(
        left(store, times), right(store, times), matching, pair, named=named
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
    compute = (lambda value, number: pair(number, value)) if swapped else pair
    return lambda store, times: mapped(vector(store, times), compute, scalar(store, times))


def _filtered(
    vector: Evaluate, compare: Callable[[float, float], bool], scalar: Number, *, swapped: bool
) -> Evaluate:
    holds = (lambda value, number: compare(number, value)) if swapped else compare

    def evaluate(store: Store, times: Times) -> Matrix:
        numbers = scalar(store, times)
        return {
            labels: [
                value if value is not None and holds(value, limit) else None
                for value, limit in zip(column, numbers, strict=True)
            ]
            for labels, column in vector(store, times).items()
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
            return lambda store, times: {(): list(value(store, times))}
        case "label_replace":
            return _label_replaced(args)
        case "histogram_quantile":
            share, buckets = _needed(args[0]), compiled(args[1])
            return lambda store, times: histogram_quantiles(
                share(store, times), buckets(store, times)
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
    target, template, source, pattern = map(_text, args[1:])
    vector = compiled(args[0])
    return lambda store, times: relabelled(vector(store, times), target, template, source, pattern)


def _by_element(name: str, args: Any) -> Evaluate:
    function, vector, numbers = BY_ELEMENT[name], compiled(args[0]), [_needed(a) for a in args[1:]]
    return lambda store, times: mapped(
        vector(store, times), function, *(number(store, times) for number in numbers)
    )


def _absent(node: Any) -> Evaluate:
    ranged = isinstance(node, pp.MatrixSelector)
    selector = node.vector_selector if ranged else node
    if not isinstance(selector, pp.VectorSelector):
        raise Unknown("absent of an expression")
    names = [matcher for matcher in selector_of(selector).matchers if matcher.sign == "="]
    labels = labels_of(
        {m.label: m.value for m in names if sum(o.label == m.label for o in names) == 1}
    )
    there = _counted(node) if ranged else compiled(node)

    def evaluate(store: Store, times: Times) -> Matrix:
        columns = list(there(store, times).values()) or [[None] * len(times)]
        return {labels: [None if known else 1.0 for known in is_there(columns)]}

    return evaluate


def _counted(node: Any) -> Evaluate:
    return _reduced(node, REDUCERS["count_over_time"], keeps_name=True)


def _reduced(node: Any, reduce: Reduce, *, keeps_name: bool = False) -> Evaluate:
    windows = windows_of(node)

    def evaluate(store: Store, times: Times) -> Matrix:
        found: Matrix = {}
        for labels, each in windows(store, times):
            key = labels if keeps_name else without_name(labels)
            put(found, key, _reductions(each, reduce), "two elements differ by name only")
        return found

    return evaluate


def _reductions(windows: Windows, reduce: Reduce) -> Column:
    found: Column = []
    known: Window | None = None
    value: float | None = None
    for window in windows:
        if window is not known:
            value, known = None if window is None else reduce(window), window
        found.append(value)
    return found


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

    def windows(store: Store, times: Times) -> Sequence[tuple[Labels, Windows]]:
        then = earlier(times, selection.selector.offset)
        return [
            (each.labels, each.windows(then, length, store.era)) for each in selection.of(store)
        ]

    return windows


def _subquery(node: Any) -> Ranged:
    inner, length, step = compiled(node.expr), milliseconds(node.range), milliseconds(node.step)
    offset, names = milliseconds(node.offset), _names(node.expr)

    def windows(store: Store, times: Times) -> Sequence[tuple[Labels, Windows]]:
        if offset < 0 and not names.isdisjoint(store.rules):
            raise Unknown("what a rule will record")
        ends = earlier(times, offset)
        ranges = [_steps(end - length, end, step, left_open=store.era is Era.THREE) for end in ends]
        every = _together(ranges)
        places = [bisect_left(every, steps.start) for steps in ranges]

        def parts(column: Column) -> Iterator[Part]:
            for at, steps, end in zip(places, ranges, ends, strict=True):
                yield column[at : at + len(steps)], steps, end - length, end

        return [
            (labels, as_windows(parts(column), store.era, whole=None not in column))
            for labels, column in inner(store, every).items()
        ]

    return windows


def _names(node: Any) -> frozenset[str]:
    """Return the metrics that an expression reads."""
    selectors = (n.vector_selector if isinstance(n, pp.MatrixSelector) else n for n in walk(node))
    return frozenset(str(one.name) for one in selectors if isinstance(one, pp.VectorSelector))


def _together(ranges: Sequence[range]) -> Times:
    """Return the times of ranges of one step, each beginning and ending after the one before."""
    found: list[int] = []
    for steps in ranges:
        start = max(steps.start, found[-1] + steps.step) if found else steps.start
        found += range(start, steps.stop, steps.step)
    return found


def _steps(start: int, end: int, step: int, *, left_open: bool) -> range:
    """Return the times of a subquery: multiples of its step, whatever the time of evaluation."""
    first = step * (start // step)
    if first < start or (left_open and first == start):
        first += step
    # Before its beginning a test has no samples.
    first = max(first, 0)
    return range(first, max(first, step * (end // step) + step), step)
