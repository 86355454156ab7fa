"""The texts of a run that pages are made of, each with its way back to its file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sothat.generator.draft import Draft, Notes
from sothat.generator.runbooks.links import fences
from sothat.model.alert import Alert
from sothat.model.problem import Position
from sothat.model.runbook import Message, Runbook
from sothat.runtime.documents import Document, Items, Mapping

_SHELLS = ("sh", "bash", "shell", "console")
_COMMAND = "run"
# What is not Markdown: a command, and the text of a message, which is shown as it is.
_PLAIN = (_COMMAND, "text", "subject")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, the page that it is on, and where each of its characters stands."""

    page: str
    text: str
    place: Callable[[int], Position]


def markdown_passages(draft: Draft) -> Iterator[Passage]:
    """Yield every text that is Markdown."""
    yield from (_of_notes(name, notes) for name, notes in draft.notes.items())
    yield from (
        p for path, p in _scalars(draft) if path[-1] not in _PLAIN and path[0] not in _PLAIN
    )


def command_passages(draft: Draft) -> Iterator[Passage]:
    """Yield every text that is a command: those of steps, and blocks of shell in Markdown."""
    yield from (passage for path, passage in _scalars(draft) if path[-1] == _COMMAND)
    for passage in markdown_passages(draft):
        for fence in fences(passage.text):
            if fence.language in _SHELLS:
                yield _part(passage, fence.text, fence.line)


def _part(whole: Passage, text: str, line: int) -> Passage:
    """Return the lines of a passage from one on, as a passage of its own.

    Fenced text has lost the indentation of its lines: characters are found by what is visible.
    """
    start = sum(len(each) for each in whole.text.splitlines(keepends=True)[:line])
    return Passage(whole.page, text, lambda at: whole.place(_aligned(whole.text, start, text, at)))


def _aligned(whole: str, start: int, text: str, at: int) -> int:
    """Return where a part's character stands in the whole, whose blanks may be more."""
    for wanted in text[: at + 1]:
        if not wanted.isspace():
            start = whole.find(wanted, start) + 1
    return max(start - 1, 0)


def _of_notes(name: str, notes: Notes) -> Passage:
    def place(offset: int) -> Position:
        before = notes.text[:offset]
        column = offset - (before.rfind("\n") + 1) + 1
        return Position(notes.position.file, before.count("\n") + 1, column)

    return Passage(name, notes.text, place)


def _scalars(draft: Draft) -> Iterator[tuple[Path, Passage]]:
    """Yield every text of hand-written pages and of steps, by its path within the page."""
    for page in draft.runbooks:
        yield from _of_page(draft, page)
    homes = _homes(draft)
    for alert in draft.catalogue.alerts:
        if not alert.made_for:
            yield from _of_alert(draft, alert, homes)


def _of_page(draft: Draft, page: Runbook | Message) -> Iterator[tuple[Path, Passage]]:
    document = draft.sources.documents[page.position.file]
    for path, text in _texts(document.data, ()):
        yield path, _passage(draft, page.name, text, partial(document.position, path))


def _homes(draft: Draft) -> dict[tuple[str, str], tuple[Document, Path]]:
    """Return by file and name where the entries of alerts stand."""
    return {
        (document.file, entry["name"]): (document, ("alerts", number))
        for document in draft.sources.documents.values()
        if isinstance(document.data, Mapping) and isinstance(document.data.get("alerts"), Items)
        for number, entry in enumerate(document.data["alerts"])
        if isinstance(entry, Mapping) and isinstance(entry.get("name"), str)
    }


def _of_alert(
    draft: Draft, alert: Alert, homes: dict[tuple[str, str], tuple[Document, Path]]
) -> Iterator[tuple[Path, Passage]]:
    """Yield the texts of an alert's steps; those it inherited stand at the alert."""
    home = homes.get((alert.position.file, alert.name))
    for number, step in enumerate(alert.action.steps):
        for key in ("do", "run", "expect", "if_not"):
            text = getattr(step, key)
            if text:
                start = partial(_start, alert, home, number, key)
                yield ("steps", number, key), _passage(draft, alert.name, text, start)


def _start(alert: Alert, home: tuple[Document, Path] | None, number: int, key: str) -> Position:
    """Return where a text of a step stands."""
    text = getattr(alert.action.steps[number], key)
    return _in_entry(home, number, key, text) or alert.position


def _in_entry(
    home: tuple[Document, Path] | None, number: int, key: str, text: str
) -> Position | None:
    if home is None:
        return None
    document, entry = home
    path: Path = (*entry, "do", "steps", number, key)
    found = _at(document.data, path)
    return document.position(path) if isinstance(found, str) and found.strip() == text else None


def _at(node: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return None
    return node


def _passage(draft: Draft, page: str, text: str, start: Callable[[], Position]) -> Passage:
    """Return a text as a passage; where it starts is looked up for those that are at fault."""
    return Passage(page, text, lambda at: draft.sources.inside(start(), text, at))


def _texts(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, Mapping):
        for key, inner in node.items():
            yield from _texts(inner, (*path, key))
    elif isinstance(node, Items):
        for number, inner in enumerate(node):
            yield from _texts(inner, (*path, number))
    elif isinstance(node, str) and path:
        yield path, node
