"""An expression as a function of time: each node of the tree becomes a small function, once."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.promql import walk
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
    Era,
    Labels,
    Store,
    Unknown,
    Vector,
    labels_of,
    without_name,
)
from sothat.generator.proving.evaluation.steady import Evaluate, Remembered, steady
from sothat.generator.proving.evaluation.windows import (
    REDUCERS,
    Reduce,
    Window,
    quantile,
    regression,
)

_MANY: Mapping[str, str] = MappingProxyType({"ManyToOne": "left", "OneToMany": "right"})

Number = Callable[[Store, int], float]
Windows = list[tuple[Labels, Window]]
# The same list means the same windows, maybe at another time: what is made of them is the same.
Ranged = Callable[[Store, int], Windows]


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
            return steady(
                lambda _, vector: mapped(vector, lambda value: -value), compiled(node.expr)
            )
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
    selection, remembered = Selection(selector_of(node)), Remembered()
    offset = selection.selector.offset

    def evaluate(store: Store, time: int) -> Vector:
        at, era, selected = time - offset, store.era, selection.of(store)
        values = [series.at(at, era) for series in selected]
        found: Vector = remembered.made(
            store,
            values,
            lambda: {
                series.labels: value
                for series, value in zip(selected, values, strict=True)
                if value is not None
            },
        )
        return found

    return evaluate


def _aggregated(node: Any) -> Evaluate:
    inner, op, key = compiled(node.expr), str(node.op), _grouping(node.modifier)
    if op == "quantile":
        return steady(
            lambda era, vector, share: combined(vector, key, quantiles(share), era),
            inner,
            _needed(node.param),
        )
    if op not in COMBINERS:
        raise Unknown(f"the aggregation {op}")
    combine = COMBINERS[op]
    return steady(lambda era, vector: combined(vector, key, combine, era), inner)


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
        return steady(
            lambda _, left, right: combined_sets(left, right, matching, op),
            compiled(node.lhs),
            compiled(node.rhs),
        )
    pair, named = _pair(node), op in COMPARISONS and not _boolean(node)
    one, other = number(node.lhs), number(node.rhs)
    if one is not None and other is not None:
        raise Unknown("a number where a vector is needed")
    if one is not None or other is not None:
        return _with_number(node, one, other)
    return steady(
        lambda _, left, right: joined(left, right, matching, pair, named=named),
        compiled(node.lhs),
        compiled(node.rhs),
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

    def make(_: Era, elements: Vector, number: float) -> Vector:
        return mapped(
            elements, lambda value: pair(number, value) if swapped else pair(value, number)
        )

    return steady(make, vector, scalar)


def _filtered(
    vector: Evaluate, compare: Callable[[float, float], bool], scalar: Number, *, swapped: bool
) -> Evaluate:
    def make(_: Era, elements: Vector, number: float) -> Vector:
        return {
            labels: value
            for labels, value in elements.items()
            if (compare(number, value) if swapped else compare(value, number))
        }

    return steady(make, vector, scalar)


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
            return steady(lambda _, value: {(): value}, _needed(args[0]))
        case "label_replace":
            return _label_replaced(args)
        case "histogram_quantile":
            return steady(
                lambda _, share, buckets: histogram_quantiles(share, buckets),
                _needed(args[0]),
                compiled(args[1]),
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
    return steady(
        lambda _, vector: relabelled(vector, target, template, source, pattern), compiled(args[0])
    )


def _by_element(name: str, args: Any) -> Evaluate:
    function, numbers = BY_ELEMENT[name], [_needed(arg) for arg in args[1:]]

    def make(_: Era, vector: Vector, *settings: float) -> Vector:
        return mapped(vector, lambda value: function(value, *settings))

    return steady(make, compiled(args[0]), *numbers)


def _absent(node: Any) -> Evaluate:
    ranged = isinstance(node, pp.MatrixSelector)
    selector = node.vector_selector if ranged else node
    if not isinstance(selector, pp.VectorSelector):
        raise Unknown("absent of an expression")
    names = [matcher for matcher in selector_of(selector).matchers if matcher.sign == "="]
    labels = labels_of(
        {m.label: m.value for m in names if sum(o.label == m.label for o in names) == 1}
    )
    there: Callable[[Store, int], Any] = windows_of(node) if ranged else compiled(node)
    return steady(lambda _, found: {} if found else {labels: 1.0}, there)


def _reduced(node: Any, reduce: Reduce, *, keeps_name: bool = False) -> Evaluate:
    def make(_: Era, windows: Windows) -> Vector:
        found: Vector = {}
        for labels, window in windows:
            value = reduce(window)
            if value is None:
                continue
            key = labels if keeps_name else without_name(labels)
            if key in found:
                raise Unknown("two elements differ by name only")
            found[key] = value
        return found

    return steady(make, windows_of(node))


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
    offset, remembered = selection.selector.offset, Remembered()

    def windows(store: Store, time: int) -> Windows:
        end, era = time - offset, store.era
        start, selected = end - length, selection.of(store)
        # What lies in the range, and how far from its end.
        known = [series.between(start, end, era) for series in selected]

        def make() -> Windows:
            samples = [
                (series.labels, *series.taken(*found, end))
                for series, found in zip(selected, known, strict=True)
            ]
            return [
                (labels, Window(values, times, start, end, era))
                for labels, values, times in samples
                if values
            ]

        made: Windows = remembered.made(store, known, make)
        return made

    return windows


def _subquery(node: Any) -> Ranged:
    inner, length, step = _History(node.expr), milliseconds(node.range), milliseconds(node.step)
    offset, remembered = milliseconds(node.offset), Remembered()

    def windows(store: Store, time: int) -> Windows:
        end = time - offset
        start = end - length
        times = _steps(start, end, step, left_open=store.era is Era.THREE)
        vectors = [inner.at(store, at, time) for at in times]

        def make() -> Windows:
            found: dict[Labels, tuple[list[float], list[int]]] = {}
            for at, vector in zip(times, vectors, strict=True):
                for labels, value in vector.items():
                    values, taken = found.setdefault(labels, ([], []))
                    values.append(value)
                    taken.append(at)
            return [(one, Window(*both, start, end, store.era)) for one, both in found.items()]

        made: Windows = remembered.made(store, (vectors, end - times.stop), make)
        return made

    return windows


class _History:
    """What the inner expression of a subquery came to: what is past stays as it was."""

    def __init__(self, node: Any) -> None:
        self._evaluate = compiled(node)
        self._ahead = _looks_ahead(node)
        self._store: Store | None = None
        self._past: dict[int, Vector] = {}

    def at(self, store: Store, at: int, now: int) -> Vector:
        """Return what it comes to at a time, asked for at another."""
        if self._store is not store:
            self._store, self._past = store, {}
        found = self._past.get(at)
        if found is None:
            found = self._evaluate(store, at)
            # At the very time of an evaluation, rules may not have recorded all yet.
            if at < now and not self._ahead:
                self._past[at] = found
        return found


def _looks_ahead(node: Any) -> bool:
    """Tell whether an expression reads what comes later."""
    ranges = (n.vector_selector if isinstance(n, pp.MatrixSelector) else n for n in walk(node))
    shifted = (n for n in ranges if isinstance(n, pp.VectorSelector | pp.SubqueryExpr))
    return any(milliseconds(n.offset) < 0 for n in shifted)


def _steps(start: int, end: int, step: int, *, left_open: bool) -> range:
    """Return the times of a subquery: multiples of its step, whatever the time of evaluation."""
    first = step * (start // step)
    if first < start or (left_open and first == start):
        first += step
    # Before its beginning a test has no samples.
    first = max(first, 0)
    return range(first, max(first, step * (end // step) + step), step)
