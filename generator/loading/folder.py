"""Reads a catalogue's folder: its documents by kind, and the notes beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sothat.generator.draft import Notes
from sothat.generator.loading import runbooks
from sothat.generator.loading.files import (
    ReadFile,
    catalogue_files,
    kind_of,
    read_file,
    runbook_files,
    runbooks_folder,
    shown_path,
)
from sothat.model.problem import Position, Problem, unusable
from sothat.runtime.documents import Document


@dataclass(frozen=True)
class Folder:
    """The documents of a catalogue in the order of their file names.

    Attributes:
        shape: Problems of the documents' shape.
        unreadable: Problems of files that could not be read as YAML at all.
    """

    documents: tuple[Document, ...]
    notes: Mapping[str, Notes]
    shape: tuple[Problem, ...]
    unreadable: tuple[Problem, ...]

    def of_kind(self, kind: str) -> list[Document]:
        """Return the documents of a kind."""
        return self._by_kind.get(kind, [])

    @cached_property
    def broken(self) -> frozenset[str]:
        """Return the files whose shape is wrong."""
        return frozenset(found.position.file for found in self.shape if found.position)

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Document]]:
        found: dict[str, list[Document]] = {}
        for document in self.documents:
            found.setdefault(kind_of(document), []).append(document)
        return found


def read_folder(folder: Path, read: Callable[[Path], ReadFile] = read_file) -> Folder:
    """Read all ``*.yaml`` of a folder, and what is in the folder ``runbooks`` beside it.

    Args:
        folder: The catalogue's.
        read: Reads one file, or remembers it.

    Raises:
        Unusable: The folder is missing or holds no catalogue.
    """
    files = catalogue_files(folder)
    if not files:
        position = Position(shown_path(folder))
        hint = "name a folder with at least a policy and one file of alerts"
        raise unusable("no-catalogue", "no YAML files here", position=position, hint=hint)
    found = [read(file) for file in (*files, *runbook_files(folder))]
    return Folder(
        documents=tuple(each.document for each in found if each.document is not None),
        notes=runbooks.read_notes(runbooks_folder(folder), shown_path),
        shape=tuple(problem for each in found for problem in each.shape),
        unreadable=tuple(problem for each in found for problem in each.unreadable),
    )
