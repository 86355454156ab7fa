"""Recording rules put in the place of their series, where history has no such series.

A selector of a recorded series, looked at when the rule is evaluated, is what the rule's expression
gives at that moment: its labels set, its name given, and the selector's matchers applied to what
comes out. A range, an offset, a time or a subquery asks for what *was* recorded, at the recording
group's own moments, which no expression gives: there the replay is refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.promql import matchers_of, parse, quoted
from sothat.generator.proving.trees import Path, nodes, text_of
from sothat.model.problem import unusable

_MARK = "sothat_kept"
_MARKED = f'label_replace(vector(1), "{_MARK}", "1", "", "")'
_POSITIVE = ("MatchOp.Equal", "MatchOp.Re")
_EXACT = ("MatchOp.Equal", "MatchOp.NotEqual")
_NO_LABELS: Mapping[str, str] = MappingProxyType({})
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
# A rule that leads back to itself never ends.
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording rule: its expression, and the labels that it adds."""

    expr: str
    labels: Mapping[str, str] = field(default_factory=lambda: _NO_LABELS)


def names_read(expr: str) -> Iterator[str]:
    """Yield the names of the series that an expression selects."""
    for _, node in nodes(parse(expr)):
        selector = node.vector_selector if isinstance(node, pp.MatrixSelector) else node
        if isinstance(selector, pp.VectorSelector) and selector.name:
            yield str(selector.name)


# Several rules may record series of one name, with different labels.
Recordings = Mapping[str, tuple[Recorded, ...]]


def expanded(expr: str, rules: Recordings, lacking: Iterable[str]) -> str:
    """Return an expression with recording rules in the place of the series that are lacking.

    Args:
        expr: Any PromQL.
        rules: The recording rules by name.
        lacking: Names of recorded series that history does not have.

    Raises:
        Unusable: That cannot be done so that it means the same.
    """
    return _expanded(expr, rules, frozenset(lacking) & frozenset(rules), 0)


def _expanded(expr: str, rules: Recordings, lacking: frozenset[str], deep: int) -> str:
    if deep > _DEEPEST:
        raise _unsound("recording rules that read one another in a ring")
    edits: dict[Path, str] = {}
    tree = parse(expr)
    for path, node in nodes(tree):
        name = _name(node)
        if name in lacking:
            _refuse_past(tree, path, node, name)
            parts = [
                _standing_for(node, name, _expanded(rule.expr, rules, lacking, deep + 1), rule)
                for rule in rules[name]
            ]
            edits[path] = f"({' or '.join(parts)})"
    return text_of(tree, edits) if edits else expr


def _name(node: Any) -> str:
    selector = node.vector_selector if isinstance(node, pp.MatrixSelector) else node
    return str(selector.name or "") if isinstance(selector, pp.VectorSelector) else ""


def _refuse_past(tree: Any, path: Path, node: Any, name: str) -> None:
    within = any(isinstance(above, pp.SubqueryExpr) for above in _above(tree, path))
    if isinstance(node, pp.MatrixSelector) or within:
        raise _unsound(f"a range of {name}")
    if node.offset is not None or node.at is not None:
        raise _unsound(f"{name} at another time")


def _above(tree: Any, path: Path) -> Iterator[Any]:
    return (node for above, node in nodes(tree) if above == path[: len(above)] and above != path)


def _unsound(what: str) -> Exception:
    message = f"history has no such recorded series, and no expression stands for {what}"
    hint = "record it first: promtool tsdb create-blocks-from rules"
    return unusable("replay-unsound", message, hint=hint)


def _standing_for(node: Any, name: str, inner: str, rule: Recorded) -> str:
    """Return what a selector of a recorded series selects, without that series."""
    text = _set(f"({inner})", "__name__", name)
    for label, value in rule.labels.items():
        text = _set(text, label, value)
    for matcher in matchers_of(node):
        text = _filtered(text, matcher)
    return text


def _set(text: str, label: str, value: str) -> str:
    return f'label_replace({text}, {quoted(label)}, {quoted(value.replace("$", "$$"))}, "", "")'


def _filtered(text: str, matcher: Any) -> str:
    """Return the elements that a matcher selects: marked, kept by the mark, and unmarked."""
    kind, value = str(matcher.op), str(matcher.value)
    pattern = _SPECIAL.sub(r"\\\g<0>", value) if kind in _EXACT else value
    marked = f'label_replace({text}, "{_MARK}", "1", {quoted(matcher.name)}, {quoted(pattern)})'
    if kind in _POSITIVE:
        return f'label_replace({marked} and on ({_MARK}) {_MARKED}, "{_MARK}", "", "", "")'
    return f"({marked} unless on ({_MARK}) {_MARKED})"
