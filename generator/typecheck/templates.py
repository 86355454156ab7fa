"""Alert templates: the labels they read, and what they make of the value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sothat.generator.typecheck.types import Type
from sothat.generator.typecheck.units import SECONDS, Unit

_ACTION = re.compile(r"\{\{(?P<body>.*?)\}\}", re.DOTALL)
_FIELD = re.compile(r"(?P<root>\$labels|(?<![\w)\]])\.Labels)\.(?P<name>[a-zA-Z_]\w*)")
_INDEX = re.compile(r"index\s+(?P<root>\$labels|\.Labels)\s+\"(?P<name>[^\"]+)\"")
_BLOCK = re.compile(r"^-?\s*(?P<word>range|with|if|end|block|define)\b")
_VALUE = r"(?:\$value|\.Value)"
_PIPED = re.compile(rf"{_VALUE}\s*\|\s*(?P<function>humanize\w+)")
_CALLED = re.compile(rf"(?P<function>humanize\w+)\s+{_VALUE}")


@dataclass(frozen=True, slots=True)
class LabelRead:
    """A label that a template reads of the alert, and where in the text."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Humanised:
    """A function for people that a template applies to the alert's value."""

    function: str
    offset: int


def labels_read(text: str) -> Iterator[LabelRead]:
    """Yield the labels of the alert that a template reads.

    Inside ``range`` and ``with`` the dot is something else, so there only ``$labels`` counts.
    """
    for body, start, moved in _actions(text):
        for pattern in (_FIELD, _INDEX):
            for match in pattern.finditer(body):
                if match["root"] == "$labels" or not moved:
                    yield LabelRead(match["name"], start + match.start())


def humanised(text: str) -> Iterator[Humanised]:
    """Yield the functions for people that a template applies to the alert's value."""
    for body, start, moved in _actions(text):
        for pattern in (_PIPED, _CALLED):
            for match in pattern.finditer(body):
                if "$value" in match.group() or not moved:
                    yield Humanised(match["function"], start + match.start("function"))


def reads_value(text: str) -> int | None:
    """Return where a template reads the alert's value; None when it does not."""
    for body, start, _ in _actions(text):
        match = re.search(_VALUE, body)
        if match:
            return start + match.start()
    return None


def _actions(text: str) -> Iterator[tuple[str, int, bool]]:
    """Yield each action's text, its offset, and whether the dot has moved there."""
    blocks: list[str] = []
    for match in _ACTION.finditer(text):
        body = match["body"]
        yield body, match.start("body"), any(word in ("range", "with") for word in blocks)
        keyword = _BLOCK.match(body.strip())
        if keyword and keyword["word"] == "end":
            blocks = blocks[:-1]
        elif keyword:
            blocks.append(keyword["word"])


def misfit(function: str, value: Type) -> str:
    """Return what a function expects when the value's unit is known to be another; else empty."""
    unit = value.unit
    if unit is None or value.literal is not None:
        return ""
    expected = {
        "humanizePercentage": ("a ratio between 0 and 1", unit.share or _bare(unit)),
        "humanizeDuration": ("seconds", unit == SECONDS and not value.timestamp),
        "humanizeTimestamp": ("seconds since 1970", unit == SECONDS),
        "humanize1024": ("bytes", _bare(unit) or dict(unit.powers).get("bytes", 0) == 1),
    }
    words, fits = expected.get(function, ("", True))
    return "" if fits else words


def _bare(unit: Unit) -> bool:
    """Return whether a plain number may yet be a share: sum(up) / 5 is one."""
    return unit.dimensionless and not unit.name
