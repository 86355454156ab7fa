"""A place in somebody's YAML, read as Go's yaml.v2 reads it, with what is wrong kept."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sothat.model.problem import Problem
from sothat.runtime.documents import Document

Path = tuple[str | int, ...]
Read = TypeVar("Read")

_MERGE = "<<"
# A plain scalar that is no text: a number, a boolean, null.
_PLAIN = re.compile(r"[^\s,\]}#*&]+")


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands.

    Attributes:
        problems: What was found wrong so far, shared by all nodes of a document.
    """

    document: Document
    data: Any
    path: Path = ()
    problems: list[Problem] = field(default_factory=list)

    def report(self, code: str, message: str, *, hint: str = "") -> None:
        """Note what is wrong with the value."""
        self.problems.append(self.document.problem(code, message, self.path, hint=hint))

    def child(self, part: str | int, data: Any) -> "Node":
        """Return the node of a part."""
        return Node(self.document, data, (*self.path, part), self.problems)

    def get(self, key: str) -> "Node | None":
        """Return the value of a key, merged ones (``<<``) included; None where there is none."""
        if not isinstance(self.data, Mapping):
            return None
        if key in self.data:
            value = self.data[key]
            return None if value is None else self.child(key, value)
        found = (source.get(key) for source in self._merged())
        return next((node for node in found if node), None)

    def _merged(self) -> "Iterator[Node]":
        if isinstance(self.data, Mapping) and _MERGE in self.data:
            node = self.child(_MERGE, self.data[_MERGE])
            yield from node.items() if isinstance(node.data, list) else [node]

    def names(self) -> tuple[str, ...]:
        """Return the keys of a mapping, merged ones included; of anything else none, noted."""
        if not isinstance(self.data, Mapping):
            self.report("wrong-type", f"expected a mapping, found {self.data!r}")
            return ()
        own = [key for key in self.data if key != _MERGE]
        merged = [key for source in self._merged() for key in source.names()]
        return tuple(dict.fromkeys([*own, *merged]))

    def items(self) -> "list[Node]":
        """Return the nodes of a list; of anything else none, noted."""
        if not isinstance(self.data, list):
            self.report("wrong-type", f"expected a list, found {self.data!r}")
            return []
        return [self.child(number, item) for number, item in enumerate(self.data)]

    def text(self) -> str:
        """Return a scalar as it is written; of anything else "", noted."""
        if isinstance(self.data, str):
            return self.data
        if isinstance(self.data, (Mapping, list)):
            self.report("wrong-type", "expected text")
            return ""
        return "" if self.data is None else self._written()

    def _written(self) -> str:
        """Return the text of a number or boolean: 007 and 1.10 are texts to Alertmanager."""
        position = self.document.position(self.path)
        line = self.document.line(position.line)
        found = _PLAIN.match(line, max(position.column - 1, 0))
        return found[0] if found else str(self.data).lower()

    def read(self, code: str, parse: Callable[[str], Read], otherwise: Read) -> Read:
        """Return what a text stands for; noted under a code where it stands for nothing."""
        try:
            return parse(self.text())
        except ValueError as error:
            self.report(code, str(error))
            return otherwise


def children(node: Node | None, key: str) -> list[Node]:
    """Return the items of the list under a key; none where there is no such key."""
    found = node.get(key) if node else None
    return found.items() if found else []


def text_of(node: Node, key: str) -> str:
    """Return the text under a key, "" where there is none."""
    found = node.get(key)
    return found.text() if found else ""


def texts(node: Node, key: str) -> tuple[str, ...]:
    """Return the texts of the list under a key."""
    return tuple(item.text() for item in children(node, key))
