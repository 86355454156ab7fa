"""One alert's episodes: from its first firing to its end. Pure.

An alert is known by source and fingerprint; each time it fires anew is an episode. What a sighting
means is decided here alone, so that every order, repetition and loss has one stated outcome.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from sothat.incidents.payload import Sighting


@dataclass(frozen=True, slots=True)
class Episode:
    """The newest episode of an alert.

    Attributes:
        id: Row of the store.
        number: Counts the alert's episodes from 1.
        incident: The incident that it belongs to; 0 for an end without a beginning.
    """

    id: int
    fingerprint: str
    number: int
    firing: bool
    starts_at: int
    ends_at: int | None
    incident: int = 0


class Change(Enum):
    """What a sighting is to an alert's history."""

    NOTHING = auto()
    FIRED = auto()
    ENDED = auto()
    ENDED_UNSEEN = auto()


def observe(known: Episode | None, sighting: Sighting, now: int) -> Change:
    """Return what a sighting is.

    Args:
        known: The alert's newest episode, None if it was never seen.
        sighting: What the message says.
        now: The moment of receipt.
    """
    if sighting.firing:
        return _observe_firing(known, sighting)
    return _observe_end(known, sighting, now)


def _observe_firing(known: Episode | None, sighting: Sighting) -> Change:
    starts = sighting.starts_at
    if known is not None and known.firing and (starts is None or starts <= known.starts_at):
        return Change.NOTHING
    # It was never seen, or it ended before, or it starts later than what we hold: its end was never
    # sent. After an end the same start may come again, when missing data had ended it falsely.
    return Change.FIRED


def _observe_end(known: Episode | None, sighting: Sighting, now: int) -> Change:
    if known is None:
        return Change.ENDED_UNSEEN
    ends = now if sighting.ends_at is None else sighting.ends_at
    if not known.firing or ends < known.starts_at:
        # Told already, or the late end of an episode before this one.
        return Change.NOTHING
    return Change.ENDED


def begun(row: int, known: Episode | None, sighting: Sighting, incident: int, now: int) -> Episode:
    """Return the episode that begins with a sighting that fires."""
    return Episode(
        id=row,
        fingerprint=sighting.fingerprint,
        number=1 if known is None else known.number + 1,
        firing=True,
        starts_at=now if sighting.starts_at is None else sighting.starts_at,
        ends_at=None,
        incident=incident,
    )


def over(known: Episode, sighting: Sighting, now: int) -> Episode:
    """Return an episode that a sighting ends."""
    ends = now if sighting.ends_at is None else sighting.ends_at
    return replace(known, firing=False, ends_at=ends)


def unseen(row: int, sighting: Sighting, now: int) -> Episode:
    """Return an episode of which only the end was told."""
    ends = now if sighting.ends_at is None else sighting.ends_at
    starts = ends if sighting.starts_at is None else sighting.starts_at
    return Episode(row, sighting.fingerprint, 1, firing=False, starts_at=starts, ends_at=ends)
