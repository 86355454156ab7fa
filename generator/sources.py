"""The documents of a run: from a place in an expression back to a place in a file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from sothat.model.problem import Position, Problem
from sothat.runtime.documents import Document

_BLOCK_SCALAR = ("|", ">")


@dataclass(frozen=True, slots=True)
class Sources:
    """All documents of a run by file name."""

    documents: Mapping[str, Document] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, documents: Iterable[Document]) -> "Sources":
        """Return the sources for these documents."""
        return cls(MappingProxyType({document.file: document for document in documents}))

    def of_kind(self, kind: str) -> Document | None:
        """Return the first document of a kind, None where there is none."""
        found = (d for d in self.documents.values() if isinstance(d.data, dict))
        return next((document for document in found if document.data.get("kind") == kind), None)

    def line(self, position: Position | None) -> str:
        """Return the line at a position, empty when the file is not one of the run's."""
        if position is None or position.file not in self.documents:
            return ""
        return self.documents[position.file].line(position.line)

    def inside(self, start: Position, text: str, offset: int) -> Position:
        """Return where a character of a scalar's text stands in its file.

        Folding, quoting and indentation move characters but keep their order, so the text's
        visible characters are followed through the file from the scalar's start.
        """
        line, column = start.line, start.column
        if self.line(start)[column - 1 : column] in _BLOCK_SCALAR:
            line, column = line + 1, 1
        for wanted in (c for c in text[: offset + 1] if not c.isspace()):
            found = self._next(start.file, line, column, wanted)
            if found is None:
                return start
            line, column = found[0], found[1] + 1
        return Position(start.file, line, max(column - 1, 1))

    def _next(self, file: str, line: int, column: int, wanted: str) -> tuple[int, int] | None:
        """Return the next place of a character at or after a place."""
        document = self.documents.get(file)
        while document is not None and line <= len(document.lines):
            at = document.line(line).find(wanted, column - 1)
            if at >= 0:
                return line, at + 1
            line, column = line + 1, 1
        return None

    def complete(self, problem: Problem) -> Problem:
        """Return a problem with the line at its position, for the caret."""
        return problem if problem.source else replace(problem, source=self.line(problem.position))
