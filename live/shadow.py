"""Alerts on trial: which they are, and the catalogue's text once somebody has decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sothat.model.alert import Alert
from sothat.model.problem import Position, Problem, Unusable
from sothat.runtime.documents import Document, parse_documents, read_text


@dataclass(frozen=True, slots=True)
class Place:
    """Where an alert stands: a document of a file's text, and its number in the list."""

    file: Path
    text: str
    document: Document
    number: int


def on_trial(alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """Return the alerts in shadow, the one to be decided first before the others."""
    found = [alert for alert in alerts if alert.shadow and not alert.made_for]
    return tuple(sorted(found, key=lambda a: (a.shadow.until if a.shadow else "", a.name)))


def place_of(alert: Alert) -> Place:
    """Return where an alert stands.

    Raises:
        Unusable: Its file has changed since it was read.
    """
    file = Path(alert.position.file)
    text = read_text(file)
    for document in parse_documents(text, str(file)):
        entries = document.data.get("alerts") if isinstance(document.data, dict) else None
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and entry.get("name") == alert.name:
                return Place(file, text, document, number)
    raise _by_hand(alert.position, "the file no longer has it")


def promoted(place: Place) -> str:
    """Return the file's text without the alert's ``shadow``.

    Raises:
        Unusable: It does not stand on lines of its own.
    """
    entry = place.document.data["alerts"][place.number]
    path: list[str | int] = ["alerts", place.number, "shadow"]
    where = place.document.position(path, key=True)
    lines = place.text.splitlines(keepends=True)
    first = where.line - 1
    found = _without(lines, first, _end(lines, first, where.column - 1))
    left = {key: value for key, value in entry.items() if key != "shadow"}
    return _checked(place, found, left)


def dropped(place: Place) -> str:
    """Return the file's text without the alert.

    Raises:
        Unusable: It does not stand on lines of its own.
    """
    where = place.document.position(["alerts", place.number])
    lines = place.text.splitlines(keepends=True)
    first = where.line - 1
    dash = len(lines[first]) - len(lines[first].lstrip())
    return _checked(place, _without(lines, first, _end(lines, first, dash)), None)


def _end(lines: Sequence[str], first: int, indent: int) -> int:
    """Return the number of the first line after a block: the next that is no deeper."""
    for number in range(first + 1, len(lines)):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return number
    return len(lines)


def _without(lines: Sequence[str], first: int, end: int) -> str:
    return "".join((*lines[:first], *lines[end:]))


def _checked(place: Place, text: str, left: object) -> str:
    """Return a changed text, if all that is in it is what was wanted.

    Raises:
        Unusable: It is not: the file is written in a way that only people can change.
    """
    wanted = [*place.document.data["alerts"]]
    wanted[place.number : place.number + 1] = [] if left is None else [left]
    try:
        documents = parse_documents(text, str(place.file))
    except Unusable:
        documents = []
    if any(_entries(document) == wanted for document in documents):
        return text
    raise _by_hand(place.document.position(["alerts", place.number]), "it shares its lines")


def _entries(document: Document) -> object:
    return document.data.get("alerts") if isinstance(document.data, dict) else None


def _by_hand(position: Position, why: str) -> Unusable:
    message = f"the alert cannot be changed for you: {why}"
    hint = "take out its shadow, or the alert, by hand"
    return Unusable([Problem("shares-lines", message, position, hint)])
