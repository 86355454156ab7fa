"""Which figures are whole numbers, and which are never NaN, as far as the contracts say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser as pp
from sothat.generator.promql import parse
from sothat.model.metric import MetricType, Series

# Functions and aggregations that count.
_COUNTING = frozenset(("count", "changes", "resets", "count_over_time", "absent", "group"))
# Those that make whole numbers of whole numbers.
_KEEPING = frozenset(
    (
        *("min", "max", "sum", "topk", "bottomk", "abs", "floor", "ceil", "sort"),
        *("min_over_time", "max_over_time", "last_over_time", "sum_over_time"),
        *("label_replace", "label_join"),
    )
)
_LEFT = ("and", "unless", "==", "!=", ">", "<", ">=", "<=")
_BOTH = ("+", "-", "*", "or")
# Those that make numbers of numbers, never NaN.
_SOUND = _KEEPING | {"rate", "increase", "irate", "avg", "avg_over_time", "clamp_min", "clamp_max"}


@dataclass(frozen=True, slots=True)
class Counts:
    """Knows whole numbers.

    Attributes:
        series: Declared series by name.
        records: The recording rules' expressions by name.
    """

    series: Mapping[str, Series]
    records: Mapping[str, str]

    def whole(self, node: Any) -> bool:
        """Return whether a figure is always a whole number, and never NaN."""
        match node:
            case pp.NumberLiteral():
                return float(node.val).is_integer()
            case pp.MatrixSelector():
                return self._declared(node.vector_selector.name or "")
            case pp.VectorSelector():
                return self._declared(node.name or "")
            case pp.BinaryExpr():
                return self._combined(node)
            case _:
                return self._made(node)

    def sound(self, node: Any) -> bool:
        """Return whether a figure is never NaN: counters are not, quotients can be."""
        match node:
            case pp.BinaryExpr() if str(node.op) in _BOTH:
                return self.sound(node.lhs) and self.sound(node.rhs)
            case pp.ParenExpr() | pp.UnaryExpr() | pp.SubqueryExpr():
                return self.sound(node.expr)
            case pp.Call() if node.func.name in _SOUND:
                return self.sound(_figure(node.args))
            case pp.AggregateExpr() if str(node.op) in _SOUND:
                return self.sound(node.expr)
            case _:
                return self._counter(node) or self.whole(node)

    def _counter(self, node: Any) -> bool:
        selector = node.vector_selector if isinstance(node, pp.MatrixSelector) else node
        name = selector.name or "" if isinstance(selector, pp.VectorSelector) else ""
        if name in self.records:
            return self.sound(parse(self.records[name]))
        series = self.series.get(name)
        return series is not None and series.family.type is MetricType.COUNTER

    def _made(self, node: Any) -> bool:
        """Return whether a function, an aggregation or a bracket makes whole numbers."""
        match node:
            case pp.Call():
                name, figure = node.func.name, _figure(node.args)
            case pp.AggregateExpr():
                name, figure = str(node.op), node.expr
            case pp.ParenExpr() | pp.UnaryExpr() | pp.SubqueryExpr():
                return self.whole(node.expr)
            case _:
                return False
        return name in _COUNTING or (name in _KEEPING and self.whole(figure))

    def _combined(self, node: Any) -> bool:
        sign = str(node.op)
        both = sign in _BOTH and self.whole(node.rhs)
        return (both or sign in _LEFT) and self.whole(node.lhs)

    def _declared(self, name: str) -> bool:
        if name in self.records:
            return self.whole(parse(self.records[name]))
        if name not in self.series:
            return False
        family = self.series[name].family
        events = family.type is MetricType.COUNTER and family.unit == ""
        return events or family.unit == "boolean"


def _figure(arguments: list[Any]) -> Any:
    """Return the argument that holds the figure: the first that is no constant."""
    constant = pp.NumberLiteral | pp.StringLiteral
    return next((each for each in arguments if not isinstance(each, constant)), None)
