"""What rules and boards ask a server for."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import promql_parser as pp
from sothat.generator.panels import queries, resolved
from sothat.generator.promql import SIGNS, children, matchers_of, parse, quoted
from sothat.live.state import State, rules_of

_STAND_IN = re.compile(r'(=~|!~|!=|=)\s*"[^"]*__variable__[^"]*"')
# Between a board and what asks on it; no rule has such a name.
PANEL = ": "
_ABSENCE = frozenset({"absent", "absent_over_time"})


@dataclass(frozen=True, slots=True)
class Selector:
    """Series that a query asks for.

    Attributes:
        metric: Their name; empty where a matcher says it.
        text: PromQL.
    """

    metric: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A query, and who asks it.

    Attributes:
        kind: ``alert``, ``recording`` or ``panel``.
        name: The rule's, or board and panel.
        selectors: What must be there for an answer; not what is asked to be absent.
    """

    kind: str
    name: str
    query: str
    selectors: tuple[Selector, ...]


def questions_of(state: State) -> Iterator[Question]:
    """Yield what the rules and boards of a state ask, variables standing for all values."""
    for rule in rules_of(state.groups or ()):
        kind = "alert" if rule.alert else "recording"
        yield Question(kind, rule.name, rule.expr, tuple(selectors_of(rule.expr)))
    for uid, board in sorted((state.boards or {}).items()):
        for query in queries(board.content):
            text = _STAND_IN.sub('=~".*"', resolved(query.text))
            if selectors := tuple(selectors_of(text)):
                yield Question("panel", f"{uid}{PANEL}{query.panel}", text, selectors)


def selectors_of(query: str) -> Iterator[Selector]:
    """Yield the selectors of a query, but for those of series that are to be absent."""
    try:
        yield from dict.fromkeys(_below(parse(query)))
    except ValueError:  # what is no PromQL is reported by `sothat check`
        return


def _below(node: object) -> Iterator[Selector]:
    match node:
        case pp.Call() if node.func.name in _ABSENCE:
            return
        case pp.MatrixSelector():
            yield _selector(node.vector_selector)
        case pp.VectorSelector():
            yield _selector(node)
        case _:
            for child in children(node):
                yield from _below(child)


def _selector(node: pp.VectorSelector) -> Selector:
    matchers = matchers_of(node)
    named = next((m.value for m in matchers if m.name == "__name__"), "")
    texts = (f"{m.name}{SIGNS[str(m.op)]}{quoted(m.value)}" for m in matchers)
    inner = ",".join(texts)
    name = node.name or ""
    return Selector(str(name or named), f"{name}{{{inner}}}" if inner else str(name))


def by_metric(questions: Iterable[Question]) -> Mapping[str, tuple[str, ...]]:
    """Return who asks for each metric."""
    found: dict[str, dict[str, None]] = {}
    for question in questions:
        for selector in question.selectors:
            if selector.metric:
                found.setdefault(selector.metric, {})[question.name] = None
    return {metric: tuple(names) for metric, names in sorted(found.items())}
