"""What a section of the configuration is, and what its reader may ask for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sothat.model.duration import parse_duration
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document
from sothat.runtime.secrets import Secret, resolve_secret

T = TypeVar("T")
# JSON Schema of a path.
PATH_SCHEMA: Mapping[str, Any] = {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Source:
    """A configuration whose shape is right, and where its values come from.

    Attributes:
        folder: Start of relative paths.
        listen: The address that the command line gives instead, if any.
        alertmanagers: Their URLs that the command line gives instead, if any.
    """

    document: Document
    environment: Mapping[str, str]
    folder: Path
    listen: str | None = None
    alertmanagers: tuple[str, ...] = ()

    def node(self, key: str, default: Any = None) -> Any:
        """Return a top-level value."""
        return self.document.data.get(key, default)

    def secret(self, *path: str | int) -> Secret:
        """Return the secret that is named at a path.

        Raises:
            Unusable: It is missing or empty.
        """
        return resolve_secret(self.document, path, self.environment, self.folder)

    def duration(self, *path: str | int, default: str) -> float:
        """Return the duration at a path in seconds.

        Raises:
            Unusable: It is none.
        """
        node: Any = self.document.data
        for part in path[:-1]:
            node = node[part] if isinstance(part, int) else node.get(part, {})
        try:
            return parse_duration(node.get(path[-1], default))
        except ValueError as error:
            problem = self.document.problem("bad-duration", str(error), path)
            raise Unusable([problem]) from error


def no_problems(_source: Source, _read: Mapping[str, Any]) -> Iterable[Problem]:
    """Check nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Section(Generic[T]):
    """A top-level key of the configuration and the field of `Settings` that it fills.

    Attributes:
        read: Returns the field's value, the default where the key is missing; raises `Unusable`.
        check: Returns what is wrong between sections; gets the fields that could be read, by name.
    """

    field: str
    key: str
    schema: Mapping[str, Any]
    read: Callable[[Source], T]
    required: bool = False
    check: Callable[[Source, Mapping[str, Any]], Iterable[Problem]] = no_problems


def schema_of(sections: Sequence[Section[Any]]) -> Mapping[str, Any]:
    """Return the JSON Schema of a configuration of these sections."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["apiVersion", "kind", *(s.key for s in sections if s.required)],
        "properties": {
            "apiVersion": {"const": "sothat/v1"},
            "kind": {"const": "Incidents"},
            **{section.key: section.schema for section in sections},
        },
    }


def read_all(sections: Sequence[Section[Any]], source: Source) -> Mapping[str, Any]:
    """Return the fields that the sections fill.

    Raises:
        Unusable: Something cannot be used; all problems that were found at once.
    """
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for section in sections:
        try:
            found[section.field] = section.read(source)
        except Unusable as error:
            problems += error.problems
    for section in sections:
        problems += section.check(source, found)
    if problems:
        # Two sections may read the same value.
        raise Unusable(list(dict.fromkeys(problems)))
    return found
