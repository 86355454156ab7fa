"""Differences between two states, as data."""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What of a deployment is concerned."""

    RULES = "rules"
    ROUTING = "routing"
    BOARDS = "boards"


class How(StrEnum):
    """What happens to it."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would not be as it is.

    Attributes:
        kind: What it is, in a word: ``alert``, ``recording``, ``route``, ``board`` …
        name: Which one.
        details: What of it changes, one short phrase each.
        headline: A phrase for the one-line summary; empty where the count of its kind says enough.
    """

    part: Part
    how: How
    kind: str
    name: str
    details: tuple[str, ...] = ()
    headline: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What the changes mean to people.

    Attributes:
        words: One phrase: ``2 alerts more page the night shift``.
        names: The alerts or boards that it speaks of.
        grave: Whether somebody may no longer hear of something.
    """

    words: str
    names: tuple[str, ...] = ()
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All that would change, what that means, and what cannot be known.

    Attributes:
        notes: What a reader should know though it is no change.
    """

    changes: tuple[Change, ...]
    effects: tuple[Effect, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Return whether nothing would change."""
        return not self.changes

    def of(self, part: Part) -> tuple[Change, ...]:
        """Return the changes of one part."""
        return tuple(change for change in self.changes if change.part is part)
