"""A ticket system of our own, which loses answers, does things late, and breaks down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import RLock
from typing import TypeVar

from sothat.incidents.incident import State
from sothat.incidents.notification import Rejected, Retry
from sothat.incidents.tickets.tracker import (
    Changes,
    Denied,
    Draft,
    Missing,
    Remark,
    Standing,
    Ticket,
    Touched,
    Trouble,
    View,
)
from sothat.incidents.times import SECOND

STATUSES = {
    State.OPEN: "To Do",
    State.ACKNOWLEDGED: "Doing",
    State.MITIGATED: "Doing",
    State.RESOLVED: "Done",
    State.VERIFIED: "Done",
    State.CLOSED: "Done",
}
T = TypeVar("T")


class Crash(BaseException):
    """The process ends here."""


@dataclass
class Card:
    """A ticket as the system has it."""

    key: str
    text: str
    priority: str
    created: int
    status: str = "To Do"
    version: int = 1
    changed: int = 0
    by: str = ""
    remarks: list[Remark] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Return whether it is done."""
        return self.status == "Done"


class Board:
    """The system; ``faulty`` gives what goes wrong with a call: nothing unless a test says so."""

    provider = "board"
    settles = 60.0
    overlap = 120.0

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.cards: dict[str, Card] = {}
        self.calls: list[str] = []
        self.late: list[tuple[int, Callable[[], object]]] = []
        self.faulty: Callable[[str, bool], str] = lambda _name, _changes: ""
        self.numbers = 0
        self.lock = RLock()

    def find(self, key: str, since: int) -> Ticket | None:
        """Return the ticket of a key."""
        return self._call("find", lambda: self._find(key, since), changes=False)

    def create(self, draft: Draft) -> Ticket:
        """Make a ticket, whatever there is already."""
        return self._call("create", lambda: self._create(draft), changes=True)

    def look(self, reference: str) -> View:
        """Return a ticket."""
        return self._call("look", lambda: self._look(reference), changes=False)

    def comment(self, reference: str, text: str) -> None:
        """Comment on one."""
        self._call("comment", lambda: self.remark(reference, "robot", text), changes=True)

    def move(self, reference: str, to: Standing, before: Standing) -> None:
        """Change one."""
        del before
        self._call("move", lambda: self._move(reference, to), changes=True)

    def changes(self, since: int) -> Changes:
        """Return what has changed."""
        return self._call("changes", lambda: self._changes(since), changes=False)

    def remark(self, reference: str, by: str, text: str) -> None:
        """Let somebody write a comment."""
        self.numbers += 1
        card = self._card(reference)
        card.remarks.append(Remark(str(self.numbers), by, text))
        self._touch(card)

    def give(self, reference: str, status: str, by: str = "somebody") -> None:
        """Let somebody give a ticket a status."""
        card = self._card(reference)
        card.status, card.by = status, by
        self._touch(card)

    def catch_up(self, *, whole: bool = False) -> None:
        """Do what is late, if it is the time."""
        due = [one for one in self.late if whole or one[0] <= self.clock()]
        self.late = [one for one in self.late if one not in due]
        for _, deed in due:
            deed()

    def _call(self, name: str, deed: Callable[[], T], *, changes: bool) -> T:
        with self.lock:
            return self._called(name, deed, changes=changes)

    def _called(self, name: str, deed: Callable[[], T], *, changes: bool) -> T:
        self.catch_up()
        self.calls.append(name)
        match self.faulty(name, changes):
            case "busy":
                raise Trouble(Retry("busy"))
            case "throttled":
                raise Trouble(Retry("too much", after=90))
            case "lost":
                deed()
                raise Trouble(Retry("no answer", unsure=changes))
            case "late":
                self.late.append((self.clock() + 40 * SECOND, deed))
                raise Trouble(Retry("no answer", unsure=changes))
            case "crash before":
                raise Crash
            case "crash after":
                deed()
                raise Crash
            case "denied":
                raise Trouble(Denied("it answered 401"))
            case "rejected":
                raise Trouble(Rejected("it answered 400"))
            case "raises":
                raise ValueError("a secret in the text of an error")
        return deed()

    def _find(self, key: str, since: int) -> Ticket | None:
        for reference, card in self.cards.items():
            if card.key == key and card.created >= since:
                return self._ticket(reference)
        return None

    def _create(self, draft: Draft) -> Ticket:
        reference = f"T-{len(self.cards) + 1}"
        card = Card(draft.key, draft.text, draft.standing.priority, self.clock())
        self.cards[reference] = card
        self._touch(card)
        return self._ticket(reference)

    def _look(self, reference: str) -> View:
        card = self._card(reference)
        return View(card.status, card.over, str(card.version), tuple(card.remarks), card.by)

    def _move(self, reference: str, to: Standing) -> None:
        card = self._card(reference)
        card.status, card.by = to.status or card.status, "robot"
        card.priority = to.priority or card.priority
        self._touch(card)

    def _changes(self, since: int) -> Changes:
        found = [(card.changed, name) for name, card in self.cards.items() if card.changed >= since]
        touched = tuple(Touched(name, str(self.cards[name].version)) for _, name in sorted(found))
        return Changes(touched, self.clock())

    def _card(self, reference: str) -> Card:
        if reference not in self.cards:
            raise Trouble(Missing("it answered 404"))
        return self.cards[reference]

    def _touch(self, card: Card) -> None:
        card.version += 1
        card.changed = self.clock()

    def _ticket(self, reference: str) -> Ticket:
        return Ticket(reference, f"https://board.example/{reference}", reference)


def by_chance(chance: Random, share: float) -> Callable[[str, bool], str]:
    """Return what goes wrong with a share of all calls, whichever it is."""
    every = ("busy", "throttled", "crash before")
    changing = ("lost", "late", "crash after")

    def faulty(_name: str, changes: bool) -> str:  # noqa: FBT001 – as it is called
        if chance.random() >= share:
            return ""
        return chance.choice(every + (changing if changes else ()))

    return faulty
