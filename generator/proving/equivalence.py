"""Mutants that no test can kill, for what the contracts say makes them the same rule.

`> 0` and `>= 1` are the same of a yes-or-no; a matcher is idle where the contract lists the values
of its label and all of them match. Only what follows from the contracts counts; all else needs a
test, or a reason that somebody wrote.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser as pp
from sothat.generator.promql import SIGNS, matchers_of, parse
from sothat.generator.proving.counts import Counts
from sothat.generator.proving.evaluation.joining import COMPARISONS
from sothat.generator.proving.mutants import Mutant, Slip, number, usual_step, written
from sothat.generator.proving.trees import matcher_text, nodes, text_of
from sothat.generator.typecheck import infer
from sothat.generator.typecheck.selectors import full_match
from sothat.generator.typecheck.types import Bounds
from sothat.generator.typecheck.world import World

_MIRRORED = {"==": "==", "!=": "!=", ">": "<", "<": ">", ">=": "<=", "<=": ">="}


@dataclass(frozen=True, slots=True)
class Domain:
    """The values that a figure can take.

    Attributes:
        whole: Whether they are whole numbers.
    """

    bounds: Bounds
    whole: bool

    def points(self, *limits: float) -> Iterator[float]:
        """Yield values of the domain from every stretch between, at and beyond some limits."""
        near = {self.bounds.low, self.bounds.high}
        if self.whole:
            near |= {
                f(limit) + d
                for limit in limits
                for f in (math.floor, math.ceil)
                for d in (-1, 0, 1)
            }
        else:
            gap = abs(limits[0] - limits[-1]) / 2 or 1.0
            near |= {limit + d for limit in limits for d in (-gap, 0.0, gap)}
        for point in near:
            if self.bounds.low <= point <= self.bounds.high and math.isfinite(point):
                yield point


class Judge:
    """Says of mutants whether they are the same rule as the original."""

    def __init__(self, world: World, records: Mapping[str, str]) -> None:
        """Take all series that can exist, and the recording rules' expressions by name."""
        self._world = world
        self._counts = Counts(world.series, records)

    def step(self, figure: Any, value: float) -> float:
        """Return by how much a threshold is moved: one where the figure is counted, else 1 %."""
        return 1.0 if self._counts.whole(figure) else usual_step(figure, value)

    def reason(self, original: str, mutant: Mutant) -> str:
        """Return why a mutant is the same as the original expression; empty when it is not."""
        if mutant.path is None or mutant.fields.get("expr") is None:
            return ""
        node = dict(nodes(parse(original)))[mutant.path]
        if mutant.slip is Slip.MATCHER_DROPPED:
            return self._idle_matcher(node, mutant)
        if isinstance(node, pp.BinaryExpr) and str(node.op) in COMPARISONS:
            other = dict(nodes(parse(str(mutant.fields["expr"])))).get(mutant.path)
            return self._same_comparison(node, other) if other is not None else ""
        return ""

    def _same_comparison(self, node: Any, other: Any) -> str:
        one, two = _condition(node), _condition(other)
        if one is None or two is None:
            return ""
        figure = node.lhs if number(node.rhs) is not None else node.rhs
        domain = Domain(self._bounds(figure), self._counts.whole(figure))
        if "!=" in (one[0], two[0]) and not self._counts.sound(figure):
            return ""  # NaN differs from everything
        points = list(domain.points(one[1], two[1]))
        if any(_holds(one, point) != _holds(two, point) for point in points):
            return ""
        return f"{_shown(domain)}, so that {_said(one)} and {_said(two)} are the same"

    def _bounds(self, figure: Any) -> Bounds:
        return infer(text_of(figure), self._world).type.bounds

    def _idle_matcher(self, node: Any, mutant: Mutant) -> str:
        selector = node.vector_selector if isinstance(node, pp.MatrixSelector) else node
        listed = self._listed(selector.name or "")
        for matcher in matchers_of(selector):
            told = mutant.change.startswith(f"{selector.name}{{{matcher_text(matcher)}}}")
            if told and _all_match(matcher, listed.get(matcher.name, ())):
                return f"every value of {matcher.name} that the contract lists matches"
        return ""

    def _listed(self, metric: str) -> Mapping[str, tuple[str, ...]]:
        """Return the values of the labels that every series of a metric has, where listed."""
        series = self._world.series.get(metric)
        labels = series.family.labels if series else ()
        return {each.name: each.values for each in labels if not each.optional and each.values}


_Condition = tuple[str, float]


def _condition(node: Any) -> _Condition | None:
    """Return the sign and the limit of a comparison, its figure standing on the left."""
    sign = str(node.op)
    right = number(node.rhs)
    if right is not None:
        return sign, right
    left = number(node.lhs)
    return None if left is None else (_MIRRORED[sign], left)


def _holds(condition: _Condition, value: float) -> bool:
    sign, limit = condition
    return COMPARISONS[sign](value, limit)


def _said(condition: _Condition) -> str:
    return f"{condition[0]} {written(condition[1])}"


def _shown(domain: Domain) -> str:
    kind = "a whole number" if domain.whole else "a number"
    low, high = domain.bounds.low, domain.bounds.high
    if math.isfinite(low) and math.isfinite(high):
        return f"the figure is {kind} from {written(low)} to {written(high)}"
    if math.isfinite(low):
        return f"the figure is {kind} of at least {written(low)}"
    return f"the figure is {kind}"


def _all_match(matcher: Any, values: tuple[str, ...]) -> bool:
    sign = SIGNS[str(matcher.op)]
    if not values:
        return False
    if sign in ("=", "!="):
        found = [value == matcher.value for value in values]
    else:
        found = [bool(full_match(matcher.value, value)) for value in values]
    return all(found) if sign in ("=", "=~") else not any(found)
