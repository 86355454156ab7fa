"""What is known of an incident's ticket. Pure data."""

from dataclasses import dataclass, field
from enum import StrEnum

from sothat.incidents.tickets.tracker import Standing


class Stage(StrEnum):
    """How far a ticket is: wanted, put off, there, or not wanted any more before it was made."""

    WANTED = "wanted"
    HELD = "held"
    LINKED = "linked"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was said and heard, all of it kept as one document: a new fact needs a default.

    Attributes:
        pushed: What we last gave it.
        moving: What is being given to it now, until we know that it has arrived.
        ends: Whether it is over once that has arrived.
        status: As it was last seen there; likewise ``over``.
        heard: Ids of the remarks that have been taken in.
        owed: Answers to people that are still to be written there.
        answered: How many were written before those.
        unsure_until: Until then something may still be done that nobody answered for.
        flips: When people there have ended it or opened it again, the last hour's.
        refused: What the system refused to make of it.
    """

    pushed: Standing = field(default_factory=Standing)
    moving: Standing | None = None
    ends: bool = False
    status: str = ""
    over: bool = False
    heard: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    answered: int = 0
    unsure_until: int = 0
    flips: tuple[int, ...] = ()
    refused: Standing | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """An incident's ticket in one tracker.

    Attributes:
        reference: By which it is asked for; empty: there is none yet.
        name: What people call it.
        turn: Counts what has made it due.
        attempts: To bring both sides together, since that last succeeded.
        told: The last timeline entry that was told there.
        version: As it was when it was last looked at.
        error: What is wrong; empty: nothing.
    """

    incident: int
    tracker: str
    key: str
    reference: str = ""
    url: str = ""
    name: str = ""
    stage: Stage = Stage.WANTED
    turn: int = 0
    attempts: int = 0
    told: int = 0
    version: str = ""
    error: str = ""
    facts: Facts = field(default_factory=Facts)
