"""Reads one file of a catalogue: a document, and whether its shape is that of its kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.generator.schemas import KINDS, quick_look, schema_for
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.reading import read_first
from sothat.runtime.schema import validate

_HEAD_BYTES = 64 * 1024
RUNBOOK_KINDS = ("Runbook", "Message")
_CATALOGUE_KINDS = (
    *("Alerts", "Recordings", "SLOs", "Policy", "Dependencies", "Defaults", "Pack", "Proof"),
    *RUNBOOK_KINDS,
)


def catalogue_files(folder: Path) -> list[Path]:
    """Return all ``*.yaml`` of a catalogue's folder, and ``*.yml`` that are ours, sorted.

    A link that leads nowhere counts: alerts are missing, and it is told when it is read. The locks
    of Emacs are such links.
    """
    found = [path for path in folder.rglob("*.yaml") if _is_there(path)]
    return sorted([*found, *(path for path in folder.rglob("*.yml") if _is_ours(path))])


def _is_there(path: Path) -> bool:
    dead = path.is_symlink() and not path.exists() and not path.name.startswith(".#")
    return dead or path.is_file()


def _is_ours(path: Path) -> bool:
    """Return whether a file of an ending that others use more is one of a catalogue."""
    try:
        return path.is_file() and b"apiVersion: sothat/" in read_first(path, _HEAD_BYTES)
    except OSError:
        return False


def runbooks_folder(catalogue: Path) -> Path:
    """Return the folder of the hand-written pages of a catalogue."""
    return catalogue.resolve().parent / "runbooks"


def runbook_files(catalogue: Path) -> list[Path]:
    """Return all ``*.yaml`` in the folder of a catalogue's hand-written pages, sorted."""
    return sorted(runbooks_folder(catalogue).rglob("*.yaml"))


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
