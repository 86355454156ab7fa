"""Pages of catalogues below: without those of alerts that are not taken over, and links to them."""

import re
from collections.abc import Collection, Iterator
from copy import copy
from dataclasses import replace
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from sothat.generator.draft import Notes
from sothat.generator.loading.files import RUNBOOK_KINDS, kind_of
from sothat.generator.loading.folder import Folder
from sothat.runtime.documents import Document

_PAGE_LINK = re.compile(r"\[(?P<text>[^\]\n]*)\]\((?P<page>[\w-]+)\.md(?:#[^)\n]*)?\)")


def taken_over(folder: Folder, alerts: Collection[str]) -> Folder:
    """Return a catalogue whose pages from below fit the alerts that there are.

    Args:
        folder: The catalogue with those below it.
        alerts: The names of the alerts.
    """
    if not folder.composition:
        return folder
    pages = {
        *alerts,
        *map(_name, (each for kind in RUNBOOK_KINDS for each in folder.of_kind(kind))),
    }
    documents = tuple(
        replace(each, data=_mapped(each.data, pages))
        if each.file in folder.inherited and kind_of(each) in RUNBOOK_KINDS
        else each
        for each in folder.documents
    )
    notes = {
        name: replace(notes, text=_without_links(notes.text, pages)) if below else notes
        for name, notes, below in _marked(folder)
        if name in alerts or not below
    }
    return replace(folder, documents=documents, notes=MappingProxyType(notes))


def _name(document: Document) -> str:
    return PurePath(document.file).stem


def _marked(folder: Folder) -> Iterator[tuple[str, Notes, bool]]:
    for name, notes in folder.notes.items():
        yield name, notes, notes.position.file in folder.inherited


def _mapped(data: Any, pages: Collection[str]) -> Any:
    """Return data with its places, and without links that lead nowhere."""
    if isinstance(data, str):
        return _without_links(data, pages)
    made = copy(data)
    places = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for place, value in places:
        made[place] = _mapped(value, pages)
    return made


def _without_links(text: str, pages: Collection[str]) -> str:
    """Return a text in which links to pages that there are not are their words alone."""
    return _PAGE_LINK.sub(
        lambda found: found[0] if found["page"] in pages else str(found["text"]), text
    )
