"""Whether two texts are the same PromQL, and whether only a number tells them apart."""

import re
from functools import lru_cache

import promql_parser as pp
from sothat.generator.promql import children, parse

_TEXT = re.compile(r'("(?:\\.|[^"\\])*")')
_LABELS = re.compile(
    r"\b(by|without|on|ignoring|group_left|group_right)\s*\(([\w\s,]*)\)", re.IGNORECASE
)
_COMPARING = frozenset({"==", "!=", ">", "<", ">=", "<="})
_SPACE = re.compile(r"\s+")


@lru_cache(maxsize=1 << 14)
def canonical(text: str) -> str:
    """Return the same text for the same query: spaces, quotes, orders and durations do not count.

    What our parser does not know (a function of a release to come) is told apart by its words.
    """
    try:
        text = parse(text).prettify()
    except ValueError:
        return "".join(_SPACE.sub("", part) for part in _outside(text))
    parts = _TEXT.split(text)
    parts[::2] = [_ordered(_tidy(part)) for part in parts[::2]]
    return "".join(parts).strip()


def _tidy(text: str) -> str:
    return _SPACE.sub(" ", text).replace("( ", "(").replace(" )", ")")


def _outside(text: str) -> list[str]:
    parts = _TEXT.split(text)
    parts[1::2] = [part.replace(" ", "\0") for part in parts[1::2]]
    return parts


def _ordered(text: str) -> str:
    """Put the labels of a grouping or matching into the order of the alphabet."""

    def sort(match: re.Match[str]) -> str:
        names = sorted(name.strip() for name in match[2].split(",") if name.strip())
        return f"{match[1]} ({', '.join(names)})"

    return _LABELS.sub(sort, text)


def numbers_apart(old: str, new: str) -> tuple[tuple[float, float], ...] | None:
    """Return the numbers that differ where nothing else does; None where more does, or nothing."""
    try:
        pairs = _pairs(parse(old), parse(new))
    except ValueError:
        return None
    if pairs is None:
        return None
    return tuple((one, other) for one, other in pairs if one != other) or None


def compares_with(text: str, value: float) -> bool:
    """Return whether a query ends in a comparison with a number: its threshold."""
    tree = parse(text)
    right = tree.rhs if isinstance(tree, pp.BinaryExpr) else None
    comparing = str(tree.op) in _COMPARING if right else False
    return comparing and isinstance(right, pp.NumberLiteral) and right.val == value


def _pairs(old: object, new: object) -> list[tuple[float, float]] | None:
    """Return the numbers of two trees of one shape, in their order; None where shapes differ."""
    if isinstance(old, pp.NumberLiteral) and isinstance(new, pp.NumberLiteral):
        return [(old.val, new.val)]
    one, other = children(old), children(new)
    if type(old) is not type(new) or len(one) != len(other) or _head(old) != _head(new):
        return None
    found: list[tuple[float, float]] = []
    for left, right in zip(one, other, strict=True):
        below = _pairs(left, right)
        if below is None:
            return None
        found += below
    return found


def _head(node: object) -> str:
    """Return what a node says besides its children."""
    match node:
        case pp.BinaryExpr():
            # Where neither side has labels to match the parser's text says it all.
            return _ordered(f"{node.op} {node.modifier or ''}")
        case pp.AggregateExpr():
            return _ordered(f"{node.op} {node.modifier or ''}")
        case pp.Call():
            return str(node.func.name)
        case pp.SubqueryExpr():
            return f"{node.range} {node.step} {node.offset} {node.at}"
        case pp.ParenExpr() | pp.UnaryExpr():
            return ""
        case _:
            return str(node)
