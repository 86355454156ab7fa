"""PromQL's trees back to text, with some of their nodes replaced.

The parser's own text does not escape quotes in matchers and forgets a subquery's empty step, so a
tree that was edited is written here. A node is named by its path: the positions among the children
(see `sothat.generator.promql.children`) that lead to it from the root.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.promql import SIGNS, children, matchers_of, quoted

Path = tuple[int, ...]
Edits = Mapping[Path, str]
NONE: Edits = MappingProxyType({})


def nodes(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield each node with its path, parents first."""
    yield path, tree
    for number, child in enumerate(children(tree)):
        yield from nodes(child, (*path, number))


def text_of(node: Any, edits: Edits = NONE, path: Path = ()) -> str:
    """Return a tree as PromQL.

    Args:
        node: The tree.
        edits: Texts that stand instead of nodes, by path.
        path: Where the node stands in the tree that the edits speak of.
    """
    if path in edits:
        return edits[path]
    below = [text_of(child, edits, (*path, number)) for number, child in enumerate(children(node))]
    write = _WRITERS.get(type(node))
    return write(node, below) if write else str(node)


def with_operator(node: Any, operator: str, left: str, right: str) -> str:
    """Return a binary expression's text with an operator and operands of one's choice."""
    return f"{left} {operator}{_matching(node.modifier)} {right}"


def with_labels(node: Any, labels: list[str], below: list[str]) -> str:
    """Return an aggregation's text with grouping labels of one's choice."""
    word = "by" if "By" in str(node.modifier.type) else "without"
    return f"{node.op} {word} ({', '.join(labels)}) ({', '.join(below)})"


def selector_text(selector: Any, matchers: list[str] | None = None) -> str:
    """Return a selector without range, offset and time, with matchers of one's choice."""
    inside = [matcher_text(m) for m in matchers_of(selector)] if matchers is None else matchers
    return f"{selector.name or ''}" + (f"{{{','.join(inside)}}}" if inside else "")


def matcher_text(matcher: Any, sign: str = "") -> str:
    """Return a matcher, with a sign of one's choice."""
    return f"{matcher.name}{sign or SIGNS[str(matcher.op)]}{quoted(matcher.value)}"


def ranged(node: Any, selector: str, span: timedelta | None = None) -> str:
    """Return a selector node's text with the selector itself, and its range, replaced."""
    if isinstance(node, pp.MatrixSelector):
        return f"{selector}[{duration(span or node.range)}]{_when(node.vector_selector)}"
    return selector + _when(node)


def duration(span: timedelta) -> str:
    """Return a duration as PromQL writes it."""
    return str(pp.display_duration(span))


def _grouping(modifier: Any) -> str:
    if modifier is None:
        return ""
    word = "by" if "By" in str(modifier.type) else "without"
    return f" {word} ({', '.join(modifier.labels)})"


def _matching(modifier: Any) -> str:
    if modifier is None:
        return ""
    parts = ["bool"] if modifier.return_bool else []
    if modifier.matching is not None:
        word = "on" if "Include" in str(modifier.matching.type) else "ignoring"
        parts.append(f"{word} ({', '.join(modifier.matching.labels)})")
    card = str(modifier.card)
    if card.endswith(("ManyToOne", "OneToMany")):
        side = "group_left" if card.endswith("ManyToOne") else "group_right"
        parts.append(f"{side} ({', '.join(modifier.group_labels or ())})")
    return "".join(f" {part}" for part in parts)


def _when(node: Any) -> str:
    """Return the offset and the time of a selector or subquery."""
    text = ""
    if node.offset is not None:
        sign = "-" if node.offset < timedelta(0) else ""
        text += f" offset {sign}{duration(abs(node.offset))}"
    if node.at is not None:
        text += _at(node.at)
    return text


def _at(modifier: Any) -> str:
    kind = str(modifier.type).rpartition(".")[2].lower()
    return f" @ {modifier.at.timestamp():.3f}" if kind == "at" else f" @ {kind}()"


def _subquery(node: Any, below: list[str]) -> str:
    step = duration(node.step) if node.step else ""
    return f"{below[0]}[{duration(node.range)}:{step}]{_when(node)}"


def _matrix(node: Any, _: list[str]) -> str:
    return ranged(node, selector_text(node.vector_selector))


_WRITERS: Mapping[type, Callable[[Any, list[str]], str]] = MappingProxyType(
    {
        pp.BinaryExpr: lambda node, below: with_operator(node, str(node.op), *below),
        pp.Call: lambda node, below: f"{node.func.name}({', '.join(below)})",
        pp.AggregateExpr: lambda node, below: (
            f"{node.op}{_grouping(node.modifier)} ({', '.join(below)})"
        ),
        pp.ParenExpr: lambda _, below: f"({below[0]})",
        pp.UnaryExpr: lambda _, below: f"-{below[0]}",
        pp.SubqueryExpr: _subquery,
        pp.MatrixSelector: _matrix,
        pp.VectorSelector: lambda node, _: ranged(node, selector_text(node)),
        pp.StringLiteral: lambda node, _: quoted(node.val),
    }
)
