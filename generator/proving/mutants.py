"""Mutants of a rule: one small slip each, made in the tree of its expression or in its patience."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.promql import SIGNS, children, matchers_of, parse
from sothat.generator.proving.evaluation.joining import COMPARISONS
from sothat.generator.proving.subjects import rule_name
from sothat.generator.proving.trees import (
    Path,
    matcher_text,
    nodes,
    ranged,
    selector_text,
    text_of,
    with_labels,
    with_operator,
)
from sothat.model.duration import format_duration, parse_duration

_BOUNDARY = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}
_OPPOSITE = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
_SMALL = 0.01
_FACTORS = (2.0, 0.5)

Step = Callable[[Any, float], float]


class Slip(StrEnum):
    """The kinds of mutants, in the order of the score's table."""

    THRESHOLD_STEP = "threshold moved by a small step"
    THRESHOLD_FACTOR = "threshold doubled or halved"
    THRESHOLD_SIGN = "threshold's sign turned"
    BOUNDARY = "boundary moved (> and >=, < and <=)"
    OPERATOR = "another comparison"
    FOR = "for removed, or one evaluation shorter or longer"
    KEEP_FIRING = "keep_firing_for removed, or one evaluation shorter or longer"
    MATCHER_DROPPED = "matcher dropped"
    MATCHER_NEGATED = "matcher negated"
    GUARD = "guard or branch dropped (and, unless, or)"
    LABEL = "label dropped from by() or without()"
    WINDOW = "window doubled or halved"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one slip.

    Attributes:
        rule: Name of the alert or recording rule.
        slip: Its kind.
        change: What was changed, unique within the rule; what an exception names.
        fields: The fields of the rule that differ, by name; None: the field is left out.
        path: Where in the expression, None for a slip elsewhere.
    """

    rule: str
    slip: Slip
    change: str
    fields: Mapping[str, str | None] = field(hash=False)
    path: Path | None = None

    def of(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Return the rule with the slip made."""
        changed = {**rule, **self.fields}
        return {key: value for key, value in changed.items() if value is not None}


def usual_step(_: Any, value: float) -> float:
    """Return the small step of a threshold: a hundredth of it."""
    return abs(value) * _SMALL or _SMALL


def mutants_of(rule: Mapping[str, Any], evaluation: float, step: Step = usual_step) -> list[Mutant]:
    """Return the mutants of an alert or recording rule, each different from all others.

    Args:
        rule: As it stands in a rule file.
        evaluation: Seconds between two evaluations in its tests.
        step: Says by how much to move the threshold that a figure (a node) is compared with.
    """
    name = rule_name(rule)
    tree = parse(rule["expr"])
    original = text_of(tree)
    made: dict[str, Mutant] = {}
    for slip, path, change, text in _expression_slips(tree, step):
        whole = text_of(tree, {path: text})
        if whole != original and whole not in made:
            made[whole] = Mutant(name, slip, change, MappingProxyType({"expr": whole}), path)
    return _told_apart([*made.values(), *_patience_slips(name, rule, evaluation)])


def _told_apart(mutants: list[Mutant]) -> list[Mutant]:
    """Return the mutants with changes that read the same numbered."""
    seen: dict[str, int] = {}
    apart = []
    for mutant in mutants:
        count = seen[mutant.change] = seen.get(mutant.change, 0) + 1
        change = mutant.change if count == 1 else f"{mutant.change} ({count})"
        apart.append(Mutant(mutant.rule, mutant.slip, change, mutant.fields, mutant.path))
    return apart


_Slip = tuple[Slip, Path, str, str]


def _expression_slips(tree: Any, step: Step) -> Iterator[_Slip]:
    """Yield the kind, place, description and text of each slip in an expression."""
    for path, node in nodes(tree):
        match node:
            case pp.BinaryExpr() if str(node.op) in COMPARISONS:
                yield from _comparison(node, path, step)
            case pp.BinaryExpr() if str(node.op) in ("and", "unless", "or"):
                yield from _guard(node, path)
            case pp.AggregateExpr() if node.modifier is not None:
                yield from _labels(node, path)
            case pp.VectorSelector():
                yield from _matchers(node, node, path)
            case pp.MatrixSelector():
                yield from _matchers(node, node.vector_selector, path)
                yield from _window(node, path)


def _comparison(node: Any, path: Path, step: Step) -> Iterator[_Slip]:
    operator = str(node.op)
    left, right = text_of(node.lhs), text_of(node.rhs)
    for other in COMPARISONS:
        slip = Slip.BOUNDARY if _BOUNDARY.get(operator) == other else Slip.OPERATOR
        change = f"{_tail(operator, right)} → {_tail(other, right)}"
        yield slip, path, change, with_operator(node, other, left, right)
    for side, figure in ((node.rhs, node.lhs), (node.lhs, node.rhs)):
        value = number(side)
        if value is None:
            continue
        for slip, moved in _moved(value, step(figure, value)):
            literal = written(moved)
            ends = (left, literal) if side is node.rhs else (literal, right)
            change = f"{operator} {written(value)} → {operator} {literal}"
            yield slip, path, change, with_operator(node, operator, *ends)


def _tail(operator: str, right: str) -> str:
    return f"{operator} {right}"


def _moved(value: float, step: float) -> Iterator[tuple[Slip, float]]:
    for small in (step, -step):
        yield Slip.THRESHOLD_STEP, value + small
    for factor in _FACTORS:
        yield Slip.THRESHOLD_FACTOR, value * factor
    yield Slip.THRESHOLD_SIGN, -value


def number(node: Any) -> float | None:
    """Return the value of a constant, signs and brackets included; None for anything else."""
    match node:
        case pp.NumberLiteral():
            return float(node.val)
        case pp.ParenExpr():
            return number(node.expr)
        case pp.UnaryExpr():
            value = number(node.expr)
            return None if value is None else -value
        case _:
            return None


def written(value: float) -> str:
    """Return a number as PromQL, without the noise of binary fractions."""
    return f"{value or 0.0:.10g}"


def _guard(node: Any, path: Path) -> Iterator[_Slip]:
    left, right = text_of(node.lhs), text_of(node.rhs)
    operator = str(node.op)
    yield Slip.GUARD, path, f"{operator} {right} dropped", f"({left})"
    if operator == "or":
        yield Slip.GUARD, path, f"{left} or dropped", f"({right})"


def _labels(node: Any, path: Path) -> Iterator[_Slip]:
    labels = list(node.modifier.labels)
    below = [text_of(child) for child in children(node)]
    for label in labels:
        left = [each for each in labels if each != label]
        change = f"{label} dropped from {node.op} ({', '.join(labels)})"
        yield Slip.LABEL, path, change, with_labels(node, left, below)


def _matchers(node: Any, selector: Any, path: Path) -> Iterator[_Slip]:
    matchers = matchers_of(selector)
    texts = [matcher_text(matcher) for matcher in matchers]
    for at, matcher in enumerate(matchers):
        where = f"{selector.name or ''}{{{texts[at]}}}"
        others = [*texts[:at], *texts[at + 1 :]]
        if selector.name or others:
            dropped = ranged(node, selector_text(selector, others))
            yield Slip.MATCHER_DROPPED, path, f"{where} dropped", dropped
        opposite = matcher_text(matcher, _OPPOSITE[SIGNS[str(matcher.op)]])
        turned = ranged(node, selector_text(selector, [*texts[:at], opposite, *texts[at + 1 :]]))
        yield Slip.MATCHER_NEGATED, path, f"{where} → {opposite}", turned


def _window(node: Any, path: Path) -> Iterator[_Slip]:
    selector = selector_text(node.vector_selector)
    for factor in _FACTORS:
        span = timedelta(milliseconds=round(node.range.total_seconds() * factor * 1000))
        changed = ranged(node, selector, span)
        yield Slip.WINDOW, path, f"{text_of(node)} → {changed}", changed


def _patience_slips(name: str, rule: Mapping[str, Any], evaluation: float) -> Iterator[Mutant]:
    if "alert" not in rule:
        return
    for key, slip in (("for", Slip.FOR), ("keep_firing_for", Slip.KEEP_FIRING)):
        seconds = parse_duration(str(rule.get(key, "0s")))
        if not seconds:
            continue
        others = {0.0, seconds - evaluation, seconds + evaluation}
        for other in sorted(each for each in others if each >= 0):
            text = format_duration(other) if other else None
            change = f"{key} {format_duration(seconds)} → {text or 'none'}"
            yield Mutant(name, slip, change, MappingProxyType({key: text}))
