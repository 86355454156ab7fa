"""A section of a review as its form has it, and back. Pure.

What a form sends of a repeated field comes as lines, one for each; see `Visits.fields`.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

import msgspec
from sothat.incidents.refusal import Refused
from sothat.incidents.reviews.assembling import Happened, chosen
from sothat.incidents.reviews.content import (
    BONES,
    CauseKind,
    FiveWhys,
    ReviewContent,
    ReviewLine,
    Why,
)
from sothat.incidents.reviews.tree_outline import BadOutline, outline_of, tree_of
from sothat.incidents.store.tables import encode
from sothat.incidents.times import SECOND, parse_time

Fields = Mapping[str, str]
_WHYS = 7
# Which fields of the content each section of the page has.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "summary": ("summary", "impact", "detection", "response"),
    "timeline": ("timeline",),
    "actions": ("actions",),
    "cause": ("root_cause", "cause", "contributing"),
    "five-whys": ("five_whys",),
    "fishbone": ("fishbone",),
    "fault-tree": ("fault_tree",),
    "changes": ("changes",),
    "barriers": ("barriers",),
    "lessons": ("went_well", "went_badly", "lucky", "lessons"),
}


def taken(
    section: str, fields: Fields, content: ReviewContent, entries: Sequence[Happened]
) -> ReviewContent:
    """Return a content with one section as a form has it.

    Args:
        section: One of `SECTIONS`.
        fields: What the form has sent.
        content: As it is.
        entries: The incident's timeline.

    Raises:
        Refused: The form says what cannot be; or somebody changed the section meanwhile.
    """
    if fields.get("was", "") != digest(section, content):
        raise Refused("somebody else has changed this section meanwhile; compare, and save again")
    try:
        changed = _changed(section, fields, content, entries)
        return msgspec.convert({**msgspec.to_builtins(content), **changed}, ReviewContent)
    except (BadOutline, msgspec.ValidationError, ValueError) as error:
        raise Refused(str(error)) from error


def _changed(
    section: str, fields: Fields, content: ReviewContent, entries: Sequence[Happened]
) -> dict[str, Any]:
    """Return the fields of a section as data."""
    match section:
        case "timeline":
            return {"timeline": _timeline(fields, content, entries)}
        case "five-whys":
            return {"five_whys": _five_whys(fields)}
        case "fishbone":
            return {"fishbone": _fishbone(fields)}
        case "fault-tree":
            return {"fault_tree": msgspec.to_builtins(tree_of(_of(fields, "tree")))}
        case "changes" | "barriers":
            return {section: _rows(fields, *_ROWS[section])}
    return _plain(section, fields)


def digest(section: str, content: ReviewContent) -> str:
    """Return what tells a section from the same one with another content."""
    part = [msgspec.to_builtins(getattr(content, name)) for name in SECTIONS[section]]
    return hashlib.sha256(encode(part).encode()).hexdigest()[:16]


_CHANGES = ("what", "usual", "this_time", "effect")
_BARRIERS = ("barrier", "hazard", "state", "why", "improvement")
# The columns of a section that is a table, and the one that a row must have.
_ROWS = {"changes": (_CHANGES, "what"), "barriers": (_BARRIERS, "barrier")}
_TEXTS = frozenset({"summary", "impact", "detection", "response", "root_cause"})


def _plain(section: str, fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in SECTIONS[section]:
        text = _of(fields, name)
        if name == "cause":
            found[name] = text or CauseKind.UNKNOWN.value
        else:
            found[name] = text.strip() if name in _TEXTS else _lines(text)
    return found


def _of(fields: Fields, name: str) -> str:
    return fields.get(name, "").replace("\r\n", "\n")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _columns(fields: Fields, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of repeated fields; a browser sends the empty ones, too."""
    columns = [_of(fields, name).split("\n") for name in names]
    for row in zip_longest(*columns, fillvalue=""):
        yield tuple(cell.strip() for cell in row)


def _rows(fields: Fields, names: Sequence[str], leading: str) -> list[dict[str, str]]:
    """Return rows as data; one without its leading field is left out if it says nothing else."""
    found = []
    for row in _columns(fields, names):
        given = dict(zip(names, row, strict=True))
        said = {name: text for name, text in given.items() if text and name != "state"}
        if not said:
            continue
        if not given[leading]:
            raise Refused(f"{' '.join(said.values()):.60}: say {leading}, too")
        found.append({name: text for name, text in given.items() if text})
    return found


def _five_whys(fields: Fields) -> Any:
    rows = [row for row in _columns(fields, ("answer", "evidence")) if any(row)]
    whys = tuple(Why(answer=answer, evidence=evidence) for answer, evidence in rows)
    return msgspec.to_builtins(FiveWhys(problem=_of(fields, "problem").strip(), whys=whys))


def _fishbone(fields: Fields) -> dict[str, Any]:
    bones: dict[str, Any] = {name: _lines(_of(fields, name)) for name in BONES}
    return {**bones, "effect": _of(fields, "effect").strip()}


def _timeline(fields: Fields, content: ReviewContent, entries: Sequence[Happened]) -> Any:
    numbers = [int(text) for text in _lines(_of(fields, "entries"))]
    lines = [*chosen(content, entries, numbers), *map(_line, _lines(_of(fields, "more")))]
    lines.sort(key=lambda line: line.at)
    return [msgspec.to_builtins(line) for line in lines]


def _line(text: str) -> ReviewLine:
    """Return a line written by hand: its time, and what happened."""
    time, _, what = text.partition(" ")
    written = f"{time}:00Z" if len(time) == len("2026-01-05T10:00") else time
    try:
        at = parse_time(written)
    except ValueError:
        at = None
    if at is None or not what.strip():
        raise Refused(f"'{text:.60}': write 2026-01-05T10:00 (in UTC) and then what happened")
    return ReviewLine(at=datetime.fromtimestamp(at // SECOND, UTC), text=what.strip())


def by_hand(content: ReviewContent) -> str:
    """Return the lines of a timeline that were written by hand, as its form has them."""
    lines = (line for line in content.timeline if not line.entry)
    return "\n".join(
        f"{line.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {' '.join(line.text.split())}"
        for line in lines
    )


def why_rows(content: ReviewContent, typed: Fields) -> list[dict[str, str]]:
    """Return the whys of a form: what was typed or else is there, and room for more."""
    names = ("answer", "evidence")
    return _room(typed, names, content.five_whys.whys, _WHYS)


def change_rows(content: ReviewContent, typed: Fields) -> list[dict[str, str]]:
    """Return the rows of a change analysis, and room for more."""
    return _room(typed, _CHANGES, content.changes, len(content.changes) + 2)


def barrier_rows(content: ReviewContent, typed: Fields) -> list[dict[str, str]]:
    """Return the rows of a barrier analysis, and room for more."""
    return _room(typed, _BARRIERS, content.barriers, len(content.barriers) + 2)


def _room(
    typed: Fields, names: Sequence[str], parts: Sequence[Any], least: int
) -> list[dict[str, str]]:
    rows = [{name: str(getattr(part, name)) for name in names} for part in parts]
    if typed:
        rows = [dict(zip(names, row, strict=True)) for row in _columns(typed, names)]
    return rows + [dict.fromkeys(names, "") for _ in range(least - len(rows))]


def outline(content: ReviewContent) -> str:
    """Return the fault tree as its form has it."""
    return outline_of(content.fault_tree)
