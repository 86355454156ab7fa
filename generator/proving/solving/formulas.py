"""An expression with its recording rules put in: what the inverse walks over."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Any

import promql_parser as pp
from sothat.generator.promql import children, parse, walk
from sothat.generator.proving.evaluation.selecting import milliseconds
from sothat.model.alert import Recording

# Milliseconds between the samples of a subquery that does not say.
_USUAL_STEP = 15_000


@dataclass(frozen=True)
class Formulas:
    """The recording rules that expressions may name.

    Attributes:
        rules: The rules by name, in the order in which they are evaluated.
    """

    rules: Mapping[str, Recording]

    def tree(self, name: str | None) -> Any | None:
        """Return the tree of a recording rule; None where the name is no rule's.

        Raises:
            ValueError: The rule is not PromQL.
        """
        if name is None or name not in self.rules:
            return None
        return parse(self.rules[name].expr)

    def every(self, tree: Any) -> Iterator[Any]:
        """Yield the nodes of a tree and of all recording rules that it needs."""
        seen: set[str] = set()
        waiting = [tree]
        while waiting:
            for node in walk(waiting.pop()):
                yield node
                for selector in selectors_in(node):
                    rule = self.tree(selector.name)
                    if rule is not None and selector.name not in seen:
                        seen.add(selector.name)
                        waiting.append(rule)

    def needed(self, tree: Any) -> list[str]:
        """Return the names of the recording rules that a tree needs, in order of evaluation."""
        names = {s.name for node in self.every(tree) for s in selectors_in(node)}
        return [name for name in self.rules if name in names]


def selectors_in(node: Any) -> Iterator[Any]:
    """Yield the selector that a node is or ranges over; those below it are not looked for."""
    if isinstance(node, pp.VectorSelector):
        yield node
    elif isinstance(node, pp.MatrixSelector):
        yield node.vector_selector


def constant(node: Any) -> Fraction | None:
    """Return the number that a node is whatever the series; None for all else."""
    match node:
        case pp.NumberLiteral():
            return _exactly(float(node.val))
        case pp.ParenExpr():
            return constant(node.expr)
        case pp.UnaryExpr():
            inner = constant(node.expr)
            return None if inner is None else -inner
        case pp.BinaryExpr() if str(node.op) in _FOLDED:
            left, right = constant(node.lhs), constant(node.rhs)
            if left is None or right is None or (str(node.op) == "/" and not right):
                return None
            return _FOLDED[str(node.op)](left, right)
    return None


@lru_cache(maxsize=1_024)
def _exactly(value: float) -> Fraction | None:
    """Return the number that somebody wrote; None for those without end."""
    return Fraction(repr(value)) if value - value == 0 else None


_FOLDED: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


def is_time(node: Any) -> bool:
    """Tell whether a node is the time of evaluation."""
    while isinstance(node, pp.ParenExpr):
        node = node.expr
    return isinstance(node, pp.Call) and node.func.name == "time"


@dataclass(frozen=True)
class Spans:
    """How far an expression looks back, in milliseconds.

    Attributes:
        longest: The furthest that any sample may lie back, through recordings as well.
        shortest: The shortest range over scraped series; 0 for none.
        recorded: The shortest range or step over recorded series; 0 for none.
        offset: What all offsets are multiples of; 0 where there are none.
        remembered: The recording rules of whose past something is read.
    """

    longest: int
    shortest: int
    recorded: int
    offset: int
    remembered: frozenset[str]

    @property
    def remembers(self) -> bool:
        """Return whether a rule reads what another one recorded before."""
        return bool(self.remembered)


def spans_of(tree: Any, formulas: Formulas) -> Spans:
    """Return how far a tree looks back."""
    scraped: list[int] = []
    recorded: list[int] = []
    offset, remembered = 0, set[str]()
    for node in formulas.every(tree):
        for selector in selectors_in(node):
            offset = gcd(offset, milliseconds(selector.offset))
            if selector.offset or isinstance(node, pp.MatrixSelector):
                remembered.update(formulas.needed(selector))
        if isinstance(node, pp.MatrixSelector):
            own = formulas.tree(node.vector_selector.name) is not None
            (recorded if own else scraped).append(milliseconds(node.range))
        elif isinstance(node, pp.SubqueryExpr):
            offset = gcd(offset, milliseconds(node.offset), milliseconds(node.step))
            remembered.update(formulas.needed(node.expr))
    return Spans(
        _Reach(formulas).of(tree),
        min(scraped, default=0),
        min(recorded, default=0),
        offset,
        frozenset(remembered),
    )


def subquery_steps(node: Any) -> int:
    """Return at how many times the innermost part of an expression is looked at for one figure."""
    inner = max((subquery_steps(child) for child in children(node)), default=1)
    if not isinstance(node, pp.SubqueryExpr):
        return inner
    step = milliseconds(node.step) or _USUAL_STEP
    return inner * max(1, milliseconds(node.range) // step)


def full_size(tree: Any, formulas: Formulas) -> int:
    """Return the nodes of an expression with all recording rules, which read no circle, put in."""
    known: dict[str, int] = {}

    def size(node: Any) -> int:
        total = 1 + sum(size(child) for child in children(node))
        for selector in selectors_in(node):
            rule = formulas.tree(selector.name)
            if rule is not None and selector.name not in known:
                known[selector.name] = size(rule)
            total += known.get(selector.name, 0)
        return total

    return size(tree)


@dataclass(frozen=True)
class _Reach:
    """How far back expressions reach, each recording rule looked at once."""

    formulas: Formulas
    known: dict[str, int | None] = field(default_factory=dict)

    def of(self, node: Any) -> int:
        """Return the milliseconds.

        Raises:
            ValueError: A rule reads itself: there is no end.
        """
        match node:
            case pp.MatrixSelector():
                return milliseconds(node.range) + self.of(node.vector_selector)
            case pp.SubqueryExpr():
                back = milliseconds(node.range) + milliseconds(node.offset)
                return back + self.of(node.expr)
            case pp.VectorSelector():
                return milliseconds(node.offset) + self._of_rule(node.name)
        return max((self.of(child) for child in children(node)), default=0)

    def _of_rule(self, name: str | None) -> int:
        rule = self.formulas.tree(name)
        if rule is None or name is None:
            return 0
        if name not in self.known:
            self.known[name] = None
            self.known[name] = self.of(rule)
        reach = self.known[name]
        if reach is None:
            raise ValueError(f"the rule {name} reads itself")
        return reach
