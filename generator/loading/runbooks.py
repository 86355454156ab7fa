"""Reads the folder ``runbooks`` beside a catalogue: notes, runbooks, messages."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any

from sothat.generator.conventions import MESSAGE_PARTS
from sothat.generator.draft import Notes
from sothat.generator.loading.parts import step_of
from sothat.model.problem import Position
from sothat.model.runbook import Category, Decision, Message, Runbook, Trouble
from sothat.runtime.documents import Document, read_text


def read_notes(folder: Path, shown: Callable[[Path], str]) -> Mapping[str, Notes]:
    """Return the notes by alert; none where there is no folder.

    Args:
        folder: Where they lie.
        shown: Returns a path as people name it.

    Raises:
        Unusable: One cannot be read as text.
    """
    found = sorted(folder.glob("*.md")) if folder.is_dir() else []
    return MappingProxyType({f.stem: Notes(read_text(f), Position(shown(f))) for f in found})


def resolve_runbooks(documents: Iterable[Document]) -> tuple[Runbook | Message, ...]:
    """Return the pages of documents whose shape is right."""
    return tuple(_page(document) for document in documents)


def _page(document: Document) -> Runbook | Message:
    name = PurePath(document.file).stem
    make = _runbook if document.data["kind"] == "Runbook" else _message
    return make(name, document.data, document.position())


def _runbook(name: str, data: Mapping[str, Any], position: Position) -> Runbook:
    return Runbook(
        name=name,
        title=data["title"],
        category=Category(data["category"]),
        when=data["when"],
        owner=data["owner"],
        before=tuple(data.get("before", ())),
        steps=tuple(step_of(step) for step in data["steps"]),
        decisions=tuple(Decision(d["if"], d["then"]) for d in data.get("decisions", ())),
        outcome=data["outcome"],
        troubleshooting=tuple(
            Trouble(t["sign"], t["remedy"]) for t in data.get("troubleshooting", ())
        ),
        notes=data.get("notes", ""),
        position=position,
    )


def _message(name: str, data: Mapping[str, Any], position: Position) -> Message:
    return Message(
        name=name,
        title=data["title"],
        when=data["when"],
        owner=data["owner"],
        audience=data["audience"],
        subject=data["subject"],
        sections=MappingProxyType({key: data["text"][key] for key in MESSAGE_PARTS}),
        advice=data.get("advice", ""),
        position=position,
    )
