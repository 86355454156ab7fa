"""The contents of the site: the pages, in the sections of the index."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sothat.generator.runbooks.library import INDEX
from sothat.model.problem import Position, unusable

_HEADING = re.compile(r"## (?P<title>.+)")
_ENTRY = re.compile(r"- \[(?P<title>[^\]]+)\]\((?P<name>[\w-]+)\.md\)")


@dataclass(frozen=True, slots=True)
class Group:
    """A section of the navigation: names of pages in order."""

    title: str
    pages: tuple[str, ...]


def read_pages(folder: Path) -> Mapping[str, str]:
    """Return the compiled pages of a folder by name.

    Raises:
        Unusable: There are none.
    """
    files = sorted((folder / "runbooks").glob("*.md"))
    pages = {file.stem: file.read_text("utf-8") for file in files}
    if INDEX not in pages:
        position = Position(str(folder / "runbooks"))
        hint = "sothat build -o FOLDER writes them"
        raise unusable("not-found", "no compiled runbooks here", position=position, hint=hint)
    return pages


def groups_of(index: str) -> tuple[Group, ...]:
    """Return the sections of the index page."""
    found: dict[str, list[str]] = {}
    for title, name in _entries(index):
        found.setdefault(title, []).append(name)
    return tuple(Group(title, tuple(names)) for title, names in found.items())


def _entries(index: str) -> Iterator[tuple[str, str]]:
    title = ""
    for line in index.splitlines():
        if heading := _HEADING.match(line):
            title = heading["title"]
        elif entry := _ENTRY.match(line):
            yield title, entry["name"]
