"""Exports as JSON: typed look-ups that say where something else stands than was expected."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sothat.incidents.moving.places import is_zone
from sothat.model.problem import Position, Unusable, unusable
from sothat.runtime.reading import read_first

# 50,000 people with all their contacts are some 40 MB.
_MOST_BYTES = 256 * 1024 * 1024
_DEEPEST = 40
_OFFSET = re.compile(r"([+-][0-9]{2})([0-9]{2})$")
_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "an object"),
)


@dataclass(frozen=True, slots=True)
class Node:
    """A value of an export, and where it stands: the file and a JSON pointer."""

    value: Any
    file: str
    pointer: str = ""

    @property
    def place(self) -> str:
        """Return where it stands, in one text."""
        return f"{self.file}#{self.pointer or '/'}"

    def wrong(self, message: str) -> Unusable:
        """Return that something here is not as it should be."""
        text = f"{self.pointer or '/'}: {message}"
        hint = "export it anew; docs/moving says how"
        return unusable("bad-export", text, position=Position(self.file), hint=hint)

    def has(self, key: str) -> bool:
        """Return whether there is something under a key."""
        return isinstance(self.value, dict) and self.value.get(key) not in (None, "")

    def child(self, key: str) -> "Node":
        """Return what stands under a key of an object; None where nothing does."""
        if not isinstance(self.value, dict):
            raise self.wrong(f"expected an object, found {_type(self.value)}")
        escaped = key.replace("~", "~0").replace("/", "~1")
        return Node(self.value.get(key), self.file, f"{self.pointer}/{escaped}")

    def items(self, key: str) -> tuple["Node", ...]:
        """Return the items of a list under a key; none where nothing stands there."""
        found = self.child(key)
        return () if found.value is None else found.listed()

    def listed(self) -> tuple["Node", ...]:
        """Return the items of a list."""
        if not isinstance(self.value, list):
            raise self.wrong(f"expected a list, found {_type(self.value)}")
        return tuple(
            Node(item, self.file, f"{self.pointer}/{number}")
            for number, item in enumerate(self.value)
        )

    def text(self, key: str, default: str | None = None) -> str:
        """Return text, or a whole number as text; the default where nothing stands there."""
        found = self.child(key)
        if found.value in (None, "") and default is not None:
            return default
        return found.as_text()

    def as_text(self) -> str:
        """Return the value, which is text or a whole number."""
        if isinstance(self.value, bool) or not isinstance(self.value, (str, int)):
            raise self.wrong(f"expected text, found {_type(self.value)}")
        return str(self.value).strip()

    def whole(self, key: str, default: int | None = None, most: int = 10**9) -> int:
        """Return a whole number from 0 on; the default where nothing stands there."""
        found = self.child(key)
        if found.value is None and default is not None:
            return default
        value = found.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise found.wrong(f"expected a whole number, found {_type(value)}")
        if not 0 <= value <= most:
            raise found.wrong(f"expected a number from 0 to {most}, found {value}")
        return value

    def true(self, key: str, default: bool) -> bool:  # noqa: FBT001 – a look-up's default
        """Return whether something is so; the default where nothing stands there."""
        found = self.child(key)
        if found.value is None:
            return default
        if not isinstance(found.value, bool):
            raise found.wrong(f"expected true or false, found {_type(found.value)}")
        return found.value

    def moment(self, key: str) -> datetime:
        """Return an aware moment, in UTC; one without an offset is one in UTC."""
        found = self.child(key)
        stamp = found.stamp()
        return stamp.replace(tzinfo=stamp.tzinfo or UTC).astimezone(UTC)

    def local(self, key: str, zone: str) -> datetime:
        """Return the local time in a zone of a moment; one without an offset is local already."""
        stamp = self.child(key).stamp()
        if stamp.tzinfo is None:
            return stamp
        return stamp.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    def period(self, first: str, last: str) -> tuple[datetime, datetime]:
        """Return two aware moments, the later of which is not before the other."""
        starts, ends = self.moment(first), self.moment(last)
        if ends < starts:
            raise self.wrong(f"'{last}' is before '{first}'")
        return starts, ends

    def clock(self) -> int:
        """Return the minutes after midnight of ``HH:MM``, seconds left out."""
        hour, _, rest = self.as_text().partition(":")
        minute = rest.partition(":")[0]
        sound = all(part.isascii() and part.isdecimal() for part in (hour, minute))
        if not sound or int(hour[:4]) >= 24 or int(minute[:4]) >= 60:  # noqa: PLR2004
            raise self.wrong(f"'{self.as_text():.20}' is no time of day such as 08:00")
        return int(hour) * 60 + int(minute)

    def stamp(self) -> datetime:
        """Return a date and time, aware or not; seconds are kept, what is less is not."""
        text = _OFFSET.sub(r"\1:\2", self.as_text())
        try:
            found = datetime.fromisoformat(text).replace(microsecond=0)
            # What lies near the end of the calendar has no local time everywhere.
            if not 1971 <= found.year <= 9000:  # noqa: PLR2004
                raise self.wrong(f"'{text:.60}' is no date of our time")
        except ValueError as error:
            raise self.wrong(f"'{text:.60}' is no date and time") from error
        return found

    def zone(self, key: str) -> str:
        """Return the name of a time zone that exists."""
        name = self.text(key)
        if not is_zone(name):
            raise self.child(key).wrong(f"'{name:.60}' is no time zone such as Europe/Berlin")
        return name


def _type(value: Any) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "nothing")


def read_export(path: Path) -> Node:
    """Return the root of a file: JSON, or the text of an iCalendar.

    Raises:
        Unusable: It cannot be read, is too large or not JSON.
    """
    position = Position(str(path))
    try:
        raw = read_first(path, _MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise unusable("unreadable-file", f"cannot read: {reason}", position=position) from error
    if len(raw) > _MOST_BYTES:
        message = f"larger than {_MOST_BYTES // 1024 // 1024} MiB"
        raise unusable("file-too-large", message, position=position)
    return Node(_value(raw, path), str(path))


def _value(raw: bytes, path: Path) -> Any:
    try:
        text = raw.decode("utf-8-sig")
        if text.lstrip().startswith("BEGIN:VCALENDAR"):
            return text
        return json.loads(text, parse_constant=_refuse, parse_int=_int)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        position = Position(str(path), line, 1)
        raise unusable("not-utf-8", "not UTF-8 text", position=position) from error
    except json.JSONDecodeError as error:
        position = Position(str(path), error.lineno, error.colno)
        several = error.msg == "Extra data"
        hint = "several answers in one file: `jq -s . FILE` makes a list of them" if several else ""
        message = f"not JSON: {error.msg}"
        raise unusable("json-syntax", message, position=position, hint=hint) from error
    except RecursionError as error:
        position = Position(str(path), 1, 1)
        raise unusable("nested-too-deep", "nested too deep", position=position) from error


def _refuse(constant: str) -> Any:
    raise json.JSONDecodeError(f"{constant} is no number of JSON", constant, 0)


def _int(digits: str) -> int | float:
    """Return a number; one of hundreds of digits is none of anybody's."""
    return int(digits) if len(digits) < 100 else float("1e300")  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Shapes:
    """How a system's records are told from what they are wrapped in.

    Attributes:
        sort: Returns what a record is, empty if it is none that is known.
        lists: The sort of what stands in a list of this key, empty to ask `sort`.
        terraform: The sort of a resource's attributes by its type.
    """

    sort: Callable[[Mapping[str, Any]], str]
    lists: Mapping[str, str]
    terraform: Mapping[str, str]


Records = Mapping[str, Sequence[Node]]
# The sort of records whose id another one has already, with other things to say.
TWICE = "twice"


def gather(exports: Sequence[Node], shapes: Shapes) -> Records:
    """Return the records of exports by sort; those under an empty one are not known.

    Pages of an API, lists of pages, wrapped records and Terraform's state are looked through. What
    stands in two files, as in pages that overlap, counts once; where it differs, the first does,
    and the other is one of the sort `TWICE`.

    Raises:
        Unusable: A file holds something, and nothing that is known.
    """
    found: dict[str, list[Node]] = {}
    first: dict[tuple[str, str], Node] = {}
    for export in exports:
        records = list(_walk(export, shapes, "", 0))
        if records and not any(sort for sort, _ in records):
            expected = ", ".join(sorted({*shapes.lists, *shapes.terraform} - {"data", "results"}))
            raise export.wrong(f"nothing in it is known; expected some of: {expected}")
        for sort, node in records:
            earlier = first.setdefault((sort, _identity(node)), node)
            if earlier is node:
                found.setdefault(sort, []).append(node)
            elif earlier.value != node.value:
                found.setdefault(TWICE, []).append(node)
    return found


def _identity(node: Node) -> str:
    """Return the id of a record; where it has none, its place."""
    own = node.value.get("id") if isinstance(node.value, dict) else None
    return f"id {own}" if isinstance(own, str | int) and own != "" else node.place


def _walk(node: Node, shapes: Shapes, sort: str, depth: int) -> Iterator[tuple[str, Node]]:
    value = node.value
    if depth > _DEEPEST:
        raise node.wrong("nested too deep")
    if isinstance(value, list):
        for item in node.listed():
            yield from _walk(item, shapes, sort, depth + 1)
    elif not isinstance(value, dict):
        yield "", node
    elif "terraform_version" in value:
        yield from _terraform(node, shapes)
    elif own := shapes.sort(value):
        yield own, node
    else:
        wrapped = [k for k in value if k in shapes.lists and isinstance(value[k], (list, dict))]
        for key in wrapped:
            yield from _walk(node.child(key), shapes, shapes.lists[key] or sort, depth + 1)
        if not wrapped:
            yield sort, node


def _terraform(node: Node, shapes: Shapes) -> Iterator[tuple[str, Node]]:
    """Yield the attributes of resources: of a state file, or of ``terraform show -json``."""
    for resource in node.items("resources"):
        for instance in resource.items("instances"):
            yield shapes.terraform.get(resource.text("type"), ""), instance.child("attributes")
    if node.has("values"):
        yield from _module(node.child("values").child("root_module"), shapes, 0)


def _module(node: Node, shapes: Shapes, depth: int) -> Iterator[tuple[str, Node]]:
    if node.value is None or depth > _DEEPEST:
        return
    for resource in node.items("resources"):
        yield shapes.terraform.get(resource.text("type"), ""), resource.child("values")
    for inner in node.items("child_modules"):
        yield from _module(inner, shapes, depth + 1)
