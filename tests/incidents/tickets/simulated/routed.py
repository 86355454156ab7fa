"""What simulated systems have in common: paths, a clock, and who may come in."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from sothat.incidents.kit import Asked, Reply, answering, refusing

TOKEN = "hush-hush-token"
Route = tuple[str, str, Callable[..., Reply]]


@dataclass
class Item:
    """A ticket as a simulated system has it."""

    number: int
    fields: dict[str, Any]
    status: str
    by: str = ""
    labels: list[str] = field(default_factory=list)
    remarks: list[tuple[int, str, str]] = field(default_factory=list)
    changed: int = 0


class Simulated:
    """A system that answers as its documentation says, as far as it is asked."""

    # The header that lets somebody in.
    key: tuple[str, str] = ("authorization", f"Bearer {TOKEN}")
    first_status = "open"

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.now = 1_767_700_800
        self._count = 0

    def routes(self) -> list[Route]:
        """Return method, pattern of the path, and what answers: it gets the request and groups."""
        raise NotImplementedError

    def __call__(self, asked: Asked) -> Reply:
        """Answer a request."""
        name, value = self.key
        if asked.headers.get(name) != value:
            return refusing(401, {"message": "Bad credentials"})
        path = urlsplit(asked.path).path
        for method, pattern, answer in self.routes():
            found = re.fullmatch(pattern, path)
            if found and method == asked.method:
                return answer(asked, *map(unquote, found.groups()))
        return refusing(404, {"message": f"no route {asked.method} {path}"})

    def add(self, **fields: Any) -> Item:
        """Make a ticket."""
        item = Item(len(self.items) + 1, fields, self.first_status)
        self.items.append(item)
        self.touch(item)
        return item

    def remark(self, item: Item, by: str, text: str) -> int:
        """Write a comment; return its number."""
        self._count += 1
        item.remarks.append((self._count, by, text))
        self.touch(item)
        return self._count

    def give(self, item: Item, status: str, by: str) -> None:
        """Give a ticket a status."""
        item.status, item.by = status, by
        self.touch(item)

    def touch(self, item: Item) -> None:
        """Let a ticket be changed now."""
        self.now += 1
        item.changed = self.now

    def item(self, number: str) -> Item:
        """Return a ticket."""
        return self.items[int(number) - 1]

    def since(self, moment: str) -> list[Item]:
        """Return what has changed since a moment, oldest first."""
        least = datetime.fromisoformat(moment).timestamp()
        return sorted((i for i in self.items if i.changed >= least), key=lambda i: i.changed)


def stamp(seconds: int) -> str:
    """Return a moment as ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def first_page(asked: Asked, found: list[Any], name: str = "page", first: int = 1) -> list[Any]:
    """Return what is on the page that is asked for: all is on the first one."""
    return found if int(asked.query().get(name, first)) == first else []


__all__ = ["Asked", "Reply", "answering", "refusing"]
