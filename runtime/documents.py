"""YAML documents with the position of every key and value kept.

Own construction on top of PyYAML's event stream, for three reasons: positions survive, duplicate
keys are found, and hostile input (alias bombs, endless nesting) costs bounded time and memory.
Scalars follow YAML 1.2's core schema, so that ``on``, ``no`` and ``12:30`` stay text; merge keys
(``<<``) are read as Prometheus and most others read them.
"""

import re
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sothat.model.problem import Position, Problem, Unusable, unusable
from sothat.runtime.reading import read_first

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_ALIASED_NODES = 10_000

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

Mark = tuple[int, int]


# Lines and columns of what stands in a mapping or sequence, one after the other: as pairs they
# would take more memory than all that they belong to.
_NUMBERS = "I"
# So many keys are counted through as quickly as they are looked up.
_FEW = 16
_NOWHERE: Mark = (0, 0)
_MERGE = "<<"


class Mapping(dict[str, Any]):
    """A mapping that knows where its keys and values stand (line and column from 1).

    Keys are added by `put` and never removed; those that are given at once stand nowhere (0).
    """

    __slots__ = ("_marks", "_numbers")

    def __init__(self, pairs: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__()
        self._marks = array(_NUMBERS)
        self._numbers: dict[str, int] = {}
        for key, value in pairs:
            self.put(key, value, _NOWHERE, _NOWHERE)

    def put(self, key: str, value: Any, key_mark: Mark, mark: Mark) -> None:
        """Add a key that is not there yet, with the places of it and of its value."""
        self[key] = value
        self._marks.extend((*key_mark, *mark))

    def place(self, key: str) -> Mark:
        """Return where a key stands."""
        line, column, _, _ = self._of(key)
        return line, column

    def value_place(self, key: str) -> Mark:
        """Return where the value of a key stands."""
        _, _, line, column = self._of(key)
        return line, column

    def _of(self, key: str) -> Sequence[int]:
        first = 4 * self._number(key)
        return self._marks[first : first + 4]

    def _number(self, key: str) -> int:
        if len(self) <= _FEW:
            return list(self).index(key)
        if len(self._numbers) != len(self):
            self._numbers = {each: number for number, each in enumerate(self)}
        return self._numbers[key]


class Items(list[Any]):
    """A sequence that knows where its items stand; they are added by `put`, as in `Mapping`."""

    __slots__ = ("_marks",)

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__()
        self._marks = array(_NUMBERS)
        for item in items:
            self.put(item, _NOWHERE)

    def put(self, value: Any, mark: Mark) -> None:
        """Add an item, with its place."""
        self.append(value)
        self._marks.extend(mark)

    def place(self, number: int) -> Mark:
        """Return where an item stands."""
        return self._marks[2 * number], self._marks[2 * number + 1]


@dataclass(frozen=True, slots=True)
class Document:
    """One parsed YAML document: plain data, and where each piece of it stands."""

    file: str
    data: Any
    lines: Sequence[str] = field(repr=False)

    def position(self, path: Sequence[str | int] = (), *, key: bool = False) -> Position:
        """Return where the value at a path stands, or with ``key`` its key.

        A path that leads nowhere gives the place of its deepest part that exists.
        """
        node, mark = self.data, (1, 1)
        for depth, part in enumerate(path):
            last = depth == len(path) - 1
            if isinstance(node, Mapping) and part in node:
                name = str(part)
                mark = node.place(name) if key and last else node.value_place(name)
                node = node[name]
            elif isinstance(node, Items) and isinstance(part, int) and part < len(node):
                mark = node.place(part)
                node = node[part]
            else:
                break
        return Position(self.file, *mark)

    def problem(
        self,
        code: str,
        message: str,
        path: Sequence[str | int] = (),
        *,
        key: bool = False,
        hint: str = "",
    ) -> Problem:
        """Return a problem at a path, with its line for the caret."""
        position = self.position(path, key=key)
        return Problem(code, message, position, hint, source=self.line(position.line))

    def line(self, number: int) -> str:
        """Return a line of the text, counted from 1; empty when there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


def read_text(path: Path) -> str:
    """Return a file's text.

    Raises:
        Unusable: It is missing, unreadable, too large or not UTF-8.
    """
    position = Position(str(path))
    try:
        raw = read_first(path, MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise unusable("unreadable-file", f"cannot read: {reason}", position=position) from error
    if len(raw) > MAX_BYTES:
        raise unusable(
            "file-too-large", f"larger than {MAX_BYTES // 1024 // 1024} MiB", position=position
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise unusable(
            "not-utf-8", "not UTF-8 text", position=Position(str(path), line, 1)
        ) from error


def load_document(path: Path) -> Document:
    """Read and parse one YAML file that holds one document.

    Raises:
        Unusable: It cannot be read, or is not one well-formed document.
    """
    return parse_document(read_text(path), str(path))


def parse_document(text: str, file: str) -> Document:
    """Parse the text of one YAML document; see `load_document`."""
    documents = parse_documents(text, file)
    if len(documents) != 1:
        message = "the file is empty" if not documents else "more than one document in the file"
        raise unusable("not-one-document", message, position=Position(file, 1, 1))
    return documents[0]


def parse_documents(text: str, file: str) -> list[Document]:
    """Parse the text of any number of YAML documents.

    Raises:
        Unusable: The text is not well-formed, a key is doubled, or a limit is exceeded.
    """
    lines = text.splitlines()
    builder = _Builder(file, lines)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise Unusable([_syntax_problem(error, file, lines)]) from error
    except (yaml.YAMLError, ValueError) as error:
        position = _unreadable_character(text, file)
        message = f"not YAML: {_first_line(error)}"
        raise unusable("yaml-syntax", message, position=position) from error
    if builder.problems:
        raise Unusable(builder.problems)
    return [Document(file, data, lines) for data in builder.documents]


def _events(text: str) -> Iterator[yaml.Event]:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(loader(text).get_event, None)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _unreadable_character(text: str, file: str) -> Position:
    match = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    if not match:
        return Position(file, 1, 1)
    before = text[: match.start()]
    return Position(file, before.count("\n") + 1, match.start() - before.rfind("\n"))


def _syntax_problem(error: yaml.MarkedYAMLError, file: str, lines: Sequence[str]) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    message = ", ".join(part for part in (error.context, error.problem) if part)
    source = lines[line - 1] if line <= len(lines) else ""
    return Problem(
        "yaml-syntax", f"not YAML: {message}", Position(file, line, column), source=source
    )


class _Frame:
    """A mapping or sequence under construction."""

    __slots__ = ("anchor", "key", "key_mark", "lines", "mark", "merged", "node", "size")

    def __init__(self, node: Mapping | Items, mark: Mark, anchor: str | None) -> None:
        self.node = node
        self.mark = mark
        self.anchor = anchor
        self.key: str | None = None
        self.key_mark: Mark = (1, 1)
        self.lines: dict[str, int] = {}  # of its keys
        self.merged: list[Mapping] = []  # what `<<` brings in, where it has no such key itself
        self.size = 1


class _Builder:
    """Turns the event stream of one text into data, without recursion."""

    def __init__(self, file: str, lines: Sequence[str]) -> None:
        self.documents: list[Any] = []
        self.problems: list[Problem] = []
        self._file = file
        self._lines = lines
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliased = 0
        self._line = 1

    def take(self, event: yaml.Event) -> None:
        start = event.start_mark
        if start and start.line != self._line - 1:
            self._line = start.line + 1  # one number for all that stands on a line: there are many
        mark = (self._line, start.column + 1) if start else (1, 1)
        match event:  # what there is most of comes first
            case yaml.ScalarEvent():
                value = self._scalar(event, mark)
                if event.anchor:
                    self._anchors[event.anchor] = (value, 1)
                self._add(value, mark, 1)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close()
            case yaml.MappingStartEvent():
                self._open(Mapping(), mark, event.anchor)
            case yaml.SequenceStartEvent():
                self._open(Items(), mark, event.anchor)
            case yaml.AliasEvent():
                self._alias(event.anchor or "", mark)
            case yaml.DocumentStartEvent():
                self._anchors = {}

    def _fail(self, code: str, message: str, mark: Mark, hint: str = "") -> Unusable:
        return Unusable([*self.problems, self._problem(code, message, mark, hint)])

    def _problem(self, code: str, message: str, mark: Mark, hint: str = "") -> Problem:
        line, column = mark
        source = self._lines[line - 1] if line <= len(self._lines) else ""
        return Problem(code, message, Position(self._file, line, column), hint, source=source)

    def _open(self, node: Mapping | Items, mark: Mark, anchor: str | None) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise self._fail("nested-too-deep", f"nested deeper than {MAX_DEPTH} levels", mark)
        self._stack.append(_Frame(node, mark, anchor))

    def _close(self) -> None:
        frame = self._stack.pop()
        for merged in frame.merged:
            _merge(frame.node, merged)
        if frame.anchor:
            self._anchors[frame.anchor] = (frame.node, frame.size)
        self._add(frame.node, frame.mark, frame.size)

    def _alias(self, anchor: str, mark: Mark) -> None:
        if anchor not in self._anchors:
            raise self._fail("yaml-syntax", f"not YAML: no anchor '{anchor}' before this", mark)
        value, size = self._anchors[anchor]
        self._aliased += size
        if self._aliased > MAX_ALIASED_NODES:
            message = f"aliases repeat more than {MAX_ALIASED_NODES} values"
            raise self._fail("too-many-aliases", message, mark, "write the values out")
        self._add(value, mark, size)

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> Any:
        if event.tag and event.tag not in ("!", "tag:yaml.org,2002:str"):
            raise self._fail("unknown-tag", f"the tag {event.tag} is not known here", mark)
        if event.tag or event.style:
            return event.value
        return plain_scalar(event.value)

    def _add(self, value: Any, mark: Mark, size: int) -> None:
        if not self._stack:
            self.documents.append(value)
            return
        frame = self._stack[-1]
        frame.size += size
        if isinstance(frame.node, Items):
            frame.node.put(value, mark)
        elif frame.key is None:
            self._take_key(frame, value, mark)
        else:
            self._take_value(frame, frame.node, frame.key, value, mark)

    def _take_key(self, frame: _Frame, value: Any, mark: Mark) -> None:
        if isinstance(value, (Mapping, Items)):
            raise self._fail("key-not-text", "a key must be text", mark)
        frame.key = _key_text(value)
        frame.key_mark = mark

    def _take_value(self, frame: _Frame, node: Mapping, key: str, value: Any, mark: Mark) -> None:
        frame.key = None
        brought = value if isinstance(value, Items) else [value]
        if key == _MERGE and all(isinstance(part, Mapping) for part in brought):
            frame.merged += brought
            return
        if key in node:
            message = f"the key '{key}' stands here twice; first on line {frame.lines[key]}"
            self.problems.append(self._problem("duplicate-key", message, frame.key_mark))
            return
        node.put(key, value, frame.key_mark, mark)
        frame.lines[key] = frame.key_mark[0]


def _merge(node: Mapping | Items, merged: Mapping) -> None:
    """Add the keys of another mapping that are not there yet, with their places."""
    for key, value in merged.items():
        if isinstance(node, Mapping) and key not in node:
            node.put(key, value, merged.place(key), merged.value_place(key))


def _key_text(value: Any) -> str:
    if isinstance(value, str):
        return sys.intern(value)  # the same few keys, again and again
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def plain_scalar(text: str) -> Any:
    """Return the value of an unquoted scalar by YAML 1.2's core schema."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    first = text[0]
    if not (first.isdigit() or first in "+-."):
        return text
    if _INT.fullmatch(text) and len(text) < 100:  # noqa: PLR2004 – longer is no number of anybody's
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text.replace(".i", "i").replace(".I", "I"))
    return text
