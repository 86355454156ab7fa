"""PromQL as a tree: parse, walk, and say where a text stops being PromQL."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import promql_parser as pp

# What may stand between a correct beginning and the end of some correct query.
_FILLERS = (
    "",
    " x",
    " 1",
    "x",
    "5m",
    "m",
    '"',
    '"x"',
    '="x"',
    'x="x"',
    "(x)",
    "(x[5m])",
    "(1, x)",
    " (x)",
    ", x",
    ") (x",
    ", 1",
    "1, x",
    "x) (x",
    ", x[5m]",
    '(x, "a", "b", "c", "d")',
    ', "a", "b", "c", "d"',
)
SIGNS = {
    "MatchOp.Equal": "=",
    "MatchOp.NotEqual": "!=",
    "MatchOp.Re": "=~",
    "MatchOp.NotRe": "!~",
}
MAX_DEPTH = 150
# In a longer text looking for the very token would take too long; it is blamed as a whole.
_MOST_TRIED = 1_000
_BRACKETS = re.compile(r"[()\[\]{}]")
_SIGNS_IN_A_ROW = re.compile(r"(?:[-+]\s*){100}")
_CLOSERS = {"(": ")", "{": "}", "[": "]"}
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"?|\'(?:\\.|[^\'\\])*\'?|[\w:.$]+|[=!<>~]+|\S')


# A tree takes twenty kilobytes and more.
@lru_cache(maxsize=1_024)
def parse(text: str) -> Any:
    """Return the tree of a query, which nobody can change.

    Raises:
        ValueError: The text is not PromQL; the message is the parser's.
    """
    _refuse_depth(_bracket_depth(text))
    if _SIGNS_IN_A_ROW.search(text):
        _refuse_depth(MAX_DEPTH + 1)
    tree = pp.parse(text)
    _refuse_depth(_tree_depth(tree))
    return tree


def _refuse_depth(depth: int) -> None:
    """Refuse what is nested too deep: the parser would end the process, and no rule is like that.

    Raises:
        ValueError: It is.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def _bracket_depth(text: str) -> int:
    depth = deepest = 0
    for character in _BRACKETS.findall(text):
        depth += 1 if character in "([{" else -1
        deepest = max(deepest, depth)
    return deepest


def _tree_depth(tree: Any) -> int:
    """Return the depth of a tree, level by level: long chains of operators are deep as well."""
    depth, level = 0, [tree]
    while level and depth <= MAX_DEPTH:
        depth, level = depth + 1, [child for node in level for child in children(node)]
    return depth


def children(node: Any) -> tuple[Any, ...]:
    """Return the nodes directly below a node."""
    match node:
        case pp.BinaryExpr():
            return (node.lhs, node.rhs)
        case pp.Call():
            return tuple(node.args)
        case pp.AggregateExpr():
            return (node.expr,) if node.param is None else (node.param, node.expr)
        case pp.ParenExpr() | pp.UnaryExpr() | pp.SubqueryExpr():
            return (node.expr,)
        case _:
            return ()


def walk(node: Any) -> Iterator[Any]:
    """Yield each node, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def is_selector(text: str) -> bool:
    """Tell whether a query is a plain selector, which can be given a range and an offset."""
    tree = parse(text)
    return isinstance(tree, pp.VectorSelector) and tree.offset is None and tree.at is None


def first_selector(text: str) -> str:
    """Return the first series selector of a query, without range and offset; empty for none."""
    for node in walk(parse(text)):
        if isinstance(node, pp.MatrixSelector):
            return _bare(node.vector_selector)
        if isinstance(node, pp.VectorSelector):
            return _bare(node)
    return ""


def _bare(selector: Any) -> str:
    """Return a selector as text; the parser's own text does not escape quotes."""
    matchers = ",".join(
        f"{m.name}{SIGNS[str(m.op)]}{quoted(m.value)}" for m in matchers_of(selector)
    )
    return f"{selector.name or ''}" + (f"{{{matchers}}}" if matchers else "")


def matchers_of(selector: Any) -> list[Any]:
    """Return the matchers of a selector, those of the metric's name left out."""
    return list(selector.matchers.matchers)


def quoted(text: str) -> str:
    """Return a text as a PromQL string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def pattern_fault(pattern: str) -> str:
    """Return what is wrong with a regular expression; empty when nothing is."""
    try:
        pp.parse(f"x{{y=~{quoted(pattern)}}}")
    except ValueError as error:
        return str(error)
    return ""


def binds_loosely(tree: Any) -> bool:
    """Tell whether a comparison put behind the query would apply to a part of it only."""
    comparing = ("==", "!=", ">", "<", ">=", "<=", "and", "or", "unless")
    return isinstance(tree, pp.BinaryExpr) and str(tree.op) in comparing


def breaking_offset(text: str) -> int:
    """Return where a text stops being the beginning of any query.

    Only for texts that do not parse: each beginning is tried with the few endings that could
    complete it, and the first token after the last good beginning is to blame.
    """
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket[0] in "([{" else -1
        if depth > MAX_DEPTH:
            return bracket.start()
    tokens = list(_TOKEN.finditer(text))
    if len(tokens) > _MOST_TRIED:
        return 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        if not _completable(text[: token.end()]):
            # What is called and cannot be is to blame, not the bracket behind it.
            called = before and token[0] == "(" and before.end() == token.start()
            return before.start() if before and called else token.start()
    return max(len(text.rstrip()) - 1, 0)


def _completable(beginning: str) -> bool:
    ends = _ends(_open_brackets(beginning))
    return any(_parses(beginning + filler + end) for filler in _FILLERS for end in ends)


def _ends(closers: str) -> tuple[str, ...]:
    """Return the endings that close open brackets, with a range where a function wants one."""
    own = closers[:1] if closers.startswith("}") else ""
    rest = closers[len(own) :]
    return (closers, f"{own}[5m]{rest}", f"{own} (x){rest}", f"{own} (x[5m]){rest}")


def _open_brackets(text: str) -> str:
    stack: list[str] = []
    for token in _TOKEN.finditer(text):
        if token[0] in _CLOSERS:
            stack.append(_CLOSERS[token[0]])
        elif stack and token[0] == stack[-1]:
            stack.pop()
    return "".join(reversed(stack))


def _parses(text: str) -> bool:
    try:
        pp.parse(text)
    except ValueError:
        return False
    return True
