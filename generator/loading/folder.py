"""Reads a catalogue's folder: its documents by kind, and the notes beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.generator.draft import Notes
from sothat.generator.loading import runbooks
from sothat.generator.schemas import KINDS, quick_look, schema_for
from sothat.model.problem import Position, Problem, Unusable, unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate

_CATALOGUE_KINDS = (
    *("Alerts", "Recordings", "SLOs", "Policy", "Dependencies", "Defaults", "Proof"),
    *runbooks.KINDS,
)


@dataclass(frozen=True, slots=True)
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
        return [document for document in self.documents if kind_of(document) == kind]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file as it was found: a document and what is wrong with it."""

    document: Document | None = None
    shape: tuple[Problem, ...] = ()
    unreadable: tuple[Problem, ...] = ()


def read_file(path: Path) -> ReadFile:
    """Read one file of a catalogue; what is wrong with it comes along."""
    try:
        document = load_document(Path(shown_path(path)))
    except Unusable as error:
        return ReadFile(unreadable=error.problems)
    return ReadFile(document, tuple(_shape(document)))


def read_folder(folder: Path, read: Callable[[Path], ReadFile] = read_file) -> Folder:
    """Read all ``*.yaml`` of a folder, and what is in the folder ``runbooks`` beside it.

    Args:
        folder: The catalogue's.
        read: Reads one file, or remembers it.

    Raises:
        Unusable: The folder is missing or holds no catalogue.
    """
    files = sorted(path for path in folder.rglob("*.yaml") if path.is_file())
    if not files:
        position = Position(shown_path(folder))
        hint = "name a folder with at least a policy and one file of alerts"
        raise unusable("no-catalogue", "no YAML files here", position=position, hint=hint)
    beside = runbooks.runbooks_folder(folder)
    found = [read(file) for file in (*files, *sorted(beside.rglob("*.yaml")))]
    return Folder(
        documents=tuple(each.document for each in found if each.document is not None),
        notes=runbooks.read_notes(beside, shown_path),
        shape=tuple(problem for each in found for problem in each.shape),
        unreadable=tuple(problem for each in found for problem in each.unreadable),
    )


def kind_of(document: Document) -> str:
    """Return the kind that a document says it has, empty when it says none."""
    data: Any = document.data
    kind = data.get("kind") if isinstance(data, Mapping) else None
    return kind if isinstance(kind, str) else ""


def shown_path(path: Path) -> str:
    """Return a path as people name it: relative to where they stand when it is below."""
    here = Path.cwd()
    absolute = path.absolute()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else path)


def _shape(document: Document) -> list[Problem]:
    kind = kind_of(document)
    if kind in _CATALOGUE_KINDS:
        sound = quick_look(kind)
        return [] if sound and sound(document.data) else validate(document, schema_for(kind))
    known = ", ".join(_CATALOGUE_KINDS)
    message = f"a document of kind {kind!r}" if kind else "the document does not say its kind"
    hint = f"a catalogue's kinds are {known}"
    if kind in KINDS:
        hint += "; give values with --values, contracts to an exporter"
    return [document.problem("unknown-kind", message, ["kind"], hint=hint)]
