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
    FIRED_AGAIN = auto()
    ENDED = auto()
    ENDED_UNSEEN = auto()


@dataclass(frozen=True, slots=True)
class Observation:
    """The episode after a sighting, and what changed."""

    episode: Episode
    change: Change


def observe(known: Episode | None, sighting: Sighting, now: int, new_id: int) -> Observation:
    """Return what a sighting makes of an alert.

    Args:
        known: The alert's newest episode, None if it was never seen.
        sighting: What the message says.
        now: The moment of receipt.
        new_id: Row for a new episode, used only if one begins.
    """
    if sighting.firing:
        return _observe_firing(known, sighting, now, new_id)
    return _observe_end(known, sighting, now, new_id)


def _observe_firing(
    known: Episode | None, sighting: Sighting, now: int, new_id: int
) -> Observation:
    starts = now if sighting.starts_at is None else sighting.starts_at
    if known is None:
        return Observation(_begin(new_id, sighting, 1, starts), Change.FIRED)
    if known.firing and (sighting.starts_at is None or starts <= known.starts_at):
        return Observation(known, Change.NOTHING)
    # Either it ended before, or it starts later than what we hold: its end was never sent.
    # After an end the same start may come again, when missing data had ended it falsely.
    return Observation(_begin(new_id, sighting, known.number + 1, starts), Change.FIRED_AGAIN)


def _observe_end(known: Episode | None, sighting: Sighting, now: int, new_id: int) -> Observation:
    ends = now if sighting.ends_at is None else sighting.ends_at
    if known is None:
        starts = ends if sighting.starts_at is None else sighting.starts_at
        unseen = replace(_begin(new_id, sighting, 1, starts), firing=False, ends_at=ends)
        return Observation(unseen, Change.ENDED_UNSEEN)
    if not known.firing or ends < known.starts_at:
        # Told already, or the late end of an episode before this one.
        return Observation(known, Change.NOTHING)
    return Observation(replace(known, firing=False, ends_at=ends), Change.ENDED)


def _begin(row: int, sighting: Sighting, number: int, starts: int) -> Episode:
    return Episode(
        id=row,
        fingerprint=sighting.fingerprint,
        number=number,
        firing=True,
        starts_at=starts,
        ends_at=None,
    )
