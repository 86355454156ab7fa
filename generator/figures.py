"""What a panel draws of an alert: its query without the comparison that leaves nothing to see."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sothat.generator.groups import metrics_of
from sothat.generator.panel_units import id_for
from sothat.generator.promql import parse
from sothat.generator.thresholds import format_number
from sothat.generator.typecheck import Type, infer
from sothat.generator.typecheck.world import World
from sothat.model.alert import Alert
from sothat.model.board import Figure, Line

UNKNOWN_UNIT = "short"
_FEW = 4
_TARGET, _JOB = frozenset(("instance",)), frozenset(("job",))

_TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|\d[\w.]*|[A-Za-z_:][\w:.]*|[=!<>~]+|\S'
)
_BINDINGS = re.compile(r"\s*(?:bool\b|(?:on|ignoring|group_left|group_right)\s*\([^)]*\))")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+|Inf|NaN)", re.IGNORECASE)
_COMPARISONS = frozenset(("==", "!=", ">", "<", ">=", "<="))
_NARROWING = frozenset(("and", "unless"))
_ABSENT = re.compile(r"absent(?P<over>_over_time)?\s*(?=\()")
_RELABELLING = re.compile(r"label_(?:replace|join)\s*(?=\()")


@dataclass(frozen=True, slots=True)
class _Part:
    """A token outside of all brackets: where it stands, and what it is."""

    start: int
    end: int
    text: str


def figure_of(alert: Alert, whole: Type | None, world: World) -> Figure:
    """Return what a panel draws of an alert; all of an expression that is not PromQL.

    Args:
        alert: The alert.
        whole: The type of its expression; None where that is not PromQL.
        world: What exists, for the units and labels of what is drawn.
    """
    condition = alert.condition
    if whole is None:
        return Figure((Line(condition.expr),), UNKNOWN_UNIT)
    limit = condition.threshold
    number = format_number(limit.value) if limit else ""
    found = list(_drawn(condition.expr, number))
    if limit and len(found) == 1 and found[0].query == condition.query:
        # A comparison with a number changes neither unit nor labels: nothing is to be inferred.
        lines, types = found, [whole]
    else:
        lines = _once(found) or [Line(condition.expr)]
        types = [infer(line.query, world).type for line in lines]
    several = sum(not line.limit for line in lines) > 1
    named = tuple(
        replace(line, name=_name(line) if several else line.name, labels=_telling(found))
        for line, found in zip(lines, types, strict=True)
    )
    share = limit is not None and limit.text.endswith("%")
    return Figure(named, "percentunit" if share else _unit(types))


def _name(line: Line) -> str:
    """Return what tells a line from the others: its own name, or the first metric that it reads."""
    return line.name or next(metrics_of(line.query), "")


def _once(lines: Iterable[Line]) -> list[Line]:
    """Return the lines that are PromQL, each once; what is drawn anyway is no limit."""
    found: dict[str, Line] = {}
    for line in lines:
        if _is_promql(line.query) and (line.query not in found or not line.limit):
            found[line.query] = line
    return list(found.values())


def _unit(types: Iterable[Type]) -> str:
    """Return Grafana's id of the unit that all lines share, as far as theirs are known."""
    ids = {id_for(found.unit) for found in types if found.unit and not found.timestamp}
    return (ids.pop() or UNKNOWN_UNIT) if len(ids) == 1 else UNKNOWN_UNIT


def _telling(found: Type) -> tuple[str, ...] | None:
    """Return the labels that tell series apart, the broadest first.

    A scrape adds many labels that say the same as the instance; an aggregation was asked for its.
    """
    labels = found.labels
    if labels.possible is None:
        return None
    few = found.aggregated or len(labels.possible) <= _FEW
    telling = (
        labels.possible if few else labels.spreading | labels.faint | (labels.possible & _TARGET)
    )
    known = telling - {"__name__"}
    return tuple(sorted(known - _JOB or known, key=lambda n: (n in _TARGET, n != "site", n)))


def _is_promql(text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _drawn(text: str, number: str) -> Iterator[Line]:
    """Yield what is left of a condition when its comparisons and guards are taken away."""
    text = _bare(text)
    parts = list(_top_level(text))
    if alternatives := [part for part in parts if part.text.lower() == "or"]:
        for piece in _between(text, alternatives):
            yield from _drawn(piece, number)
    elif guards := [part for part in parts if part.text.lower() in _NARROWING]:
        first, *others = _between(text, guards)
        yield from _drawn(first, number)
        # A second window held against the same number, such as that of a budget's burn.
        others = [_unbound(other) for other in others]
        for other in others:
            if number and other.endswith(f" > {number}"):
                yield from _drawn(other, number)
    elif compared := [part for part in parts if part.text in _COMPARISONS]:
        yield from _compared(text, compared[-1], number)
    else:
        yield from _whole(text, number)


def _compared(text: str, sign: _Part, number: str) -> Iterator[Line]:
    left, right = text[: sign.start].strip(), text[sign.end :].strip()
    if right.startswith("bool"):
        yield Line(text)
        return
    right = _unbound(right)
    if _NUMBER.fullmatch(left):
        yield from _drawn(right, number)
        return
    yield from _drawn(left, number)
    if not _NUMBER.fullmatch(right):
        yield from (Line(line.query, "limit", limit=True) for line in _drawn(right, number))


def _whole(text: str, number: str) -> Iterator[Line]:
    """Yield a query without a comparison; absence is drawn as the count of what is there."""
    absent, relabelled = _ABSENT.match(text), _RELABELLING.match(text)
    if absent and text.endswith(")"):
        inner = text[absent.end() + 1 : -1]
        there = f"last_over_time({inner})" if absent["over"] else inner
        yield Line(f"count({there}) or vector(0)")
    elif relabelled and text.endswith(")"):
        inner = text[relabelled.end() + 1 : -1]
        comma = next((part.start for part in _top_level(inner) if part.text == ","), len(inner))
        for line in _drawn(inner[:comma], number):
            head = text[: relabelled.end() + 1]
            yield Line(f"{head}{line.query}{inner[comma:]})")
    else:
        yield Line(text)


def _unbound(text: str) -> str:
    """Return an operand without what says how it is matched with the other."""
    while match := _BINDINGS.match(text):
        text = text[match.end() :]
    return text.strip()


def _between(text: str, separators: list[_Part]) -> list[str]:
    """Return the pieces of a text between its separators."""
    starts = [0, *(part.end for part in separators)]
    ends = [*(part.start for part in separators), len(text)]
    return [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _bare(text: str) -> str:
    """Return a query without parentheses around the whole of it."""
    text = text.strip()
    while text.startswith("(") and _closing(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closing(text: str) -> int:
    """Return where the bracket that begins a text is closed; -1: nowhere."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in "([{") - (token[0] in ")]}")
        if not depth:
            return token.start()
    return -1


def _top_level(text: str) -> Iterator[_Part]:
    """Yield the tokens outside of all brackets."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ")]}":
            depth -= 1
        if not depth:
            yield _Part(token.start(), token.end(), token[0])
        if token[0] in "([{":
            depth += 1
