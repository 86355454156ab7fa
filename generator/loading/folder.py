"""Reads a catalogue's folder: its documents by kind, and the notes beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import MappingProxyType

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
from sothat.generator.loading.packs import KIND, Pack, bases_of, pack_of
from sothat.model.problem import Position, Problem, unusable
from sothat.runtime.documents import Document


@dataclass(frozen=True)
class Folder:
    """The documents of a catalogue in the order of their file names.

    Attributes:
        shape: Problems of the documents' shape.
        unreadable: Problems of files that could not be read as YAML at all.
        packs: What changes the entries of a file of a catalogue below, by file, the nearest first.
        policies: Of catalogues below, where this one has its own.
        inherited: Files of notes of catalogues below.
    """

    documents: tuple[Document, ...]
    notes: Mapping[str, Notes]
    shape: tuple[Problem, ...]
    unreadable: tuple[Problem, ...]
    packs: Mapping[str, tuple[Pack, ...]] = field(default_factory=lambda: MappingProxyType({}))
    policies: tuple[Document, ...] = ()
    inherited: frozenset[str] = frozenset()

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


def read_folder(
    folder: Path, read: Callable[[Path], ReadFile] = read_file, above: tuple[Path, ...] = ()
) -> Folder:
    """Read a catalogue, and those that it builds on.

    Args:
        folder: The catalogue's.
        read: Reads one file, or remembers it.
        above: Folders of catalogues that build on this one.

    Raises:
        Unusable: A folder is missing or holds no catalogue, or an installed one cannot be loaded.
    """
    own = _read_one(folder, read)
    packs = [document for document in own.of_kind(KIND) if document.file not in own.broken]
    if len(own.of_kind(KIND)) != 1 or not packs:
        return replace(own, shape=(*own.shape, *_second_packs(own)))
    found = list(bases_of(packs[0]))
    bases = [each for each in found if isinstance(each, Path)]
    circular = [base for base in bases if base.resolve() in (*above, folder.resolve())]
    problems = [each for each in found if isinstance(each, Problem)]
    problems += [_circle(packs[0], base) for base in circular]
    way = (*above, folder.resolve())
    below = [read_folder(base, read, way) for base in bases if base not in circular]
    return _on_top(replace(own, shape=(*own.shape, *problems)), below, pack_of(packs[0]))


def _circle(document: Document, base: Path) -> Problem:
    message = f"{shown_path(base)} builds on this catalogue, and this one on it"
    return document.problem("pack-circle", message, ["builds_on"], hint="build on one of the two")


def _second_packs(folder: Folder) -> list[Problem]:
    hint = "a catalogue has at most one document of kind Pack"
    documents = folder.of_kind(KIND)
    return [
        document.problem(
            "duplicate-pack",
            f"a second pack; the first is {documents[0].file}",
            ["kind"],
            hint=hint,
        )
        for document in documents[1:]
    ]


def _on_top(own: Folder, below: Sequence[Folder], pack: Pack) -> Folder:
    """Return a catalogue with those that it builds on; its own policy counts before theirs."""
    hidden = "Policy" if own.of_kind("Policy") else None
    lower = [document for each in below for document in each.documents]
    policies = [document for document in lower if kind_of(document) == hidden]
    packs = {
        document.file: (*each.packs.get(document.file, ()), pack)
        for each in below
        for document in each.documents
    }
    lower_notes = [found for each in below for found in each.notes.values()]
    notes: dict[str, Notes] = {}
    for each in (*below, own):
        notes.update(each.notes)
    return Folder(
        documents=(*(d for d in lower if kind_of(d) != hidden), *own.documents),
        notes=MappingProxyType(notes),
        shape=(*chain.from_iterable(each.shape for each in below), *own.shape),
        unreadable=(*chain.from_iterable(each.unreadable for each in below), *own.unreadable),
        packs=MappingProxyType(packs),
        inherited=frozenset(found.position.file for found in lower_notes),
        policies=(*chain.from_iterable(each.policies for each in below), *policies),
    )


def _read_one(folder: Path, read: Callable[[Path], ReadFile]) -> Folder:
    """Read all ``*.yaml`` of a folder, and what is in the folder ``runbooks`` beside it."""
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
