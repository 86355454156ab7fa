"""What of a timeline is told in a ticket, and in which words. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sothat.incidents.incident import ALERTMANAGER, SERVICE, Entry, Note
from sothat.incidents.tickets.linked import Linked
from sothat.incidents.tickets.marks import Mark, Sealer, marked
from sothat.incidents.times import format_time

# What changes how an incident stands, and what people say.
TOLD = frozenset(
    {
        *(Entry.ACKNOWLEDGED, Entry.RELEASED, Entry.LAPSED, Entry.MITIGATED, Entry.RESOLVED),
        *(Entry.VERIFIED, Entry.CLOSED, Entry.REOPENED, Entry.PRIORITY, Entry.UPDATE),
        *(Entry.PAUSED, Entry.RESUMED, Entry.MERGED, Entry.SPLIT, Entry.NOTE),
    }
)
# What the service notes for itself is not told.
OWN = (SERVICE, ALERTMANAGER)
# So much goes into one comment; what is more goes into the next one.
_MOST_ENTRIES = 50
_MOST_CHARACTERS = 8_000
_MOST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Telling:
    """What comes next.

    Attributes:
        text: The comment; empty: nothing is to be told up to the mark.
        mark: How far it goes.
        whole: Whether all that was given is told with it.
    """

    text: str
    mark: Mark
    whole: bool


def is_told(note: Note, tracker: str, trackers: Collection[str]) -> bool:
    """Return whether a timeline entry is told in a tracker.

    What people did there is not. What people of another tracker wrote is not either: a ring of
    robots that answer each other would never end. What they did to the incident is.
    """
    if note.kind not in TOLD:
        return False
    if note.kind is Entry.NOTE:
        return note.actor not in OWN and not any(_is_from(note, name) for name in trackers)
    return not _is_from(note, tracker)


def _is_from(note: Note, tracker: str) -> bool:
    return note.actor.endswith(f" ({tracker})")


def telling(
    ticket: Linked,
    entries: Sequence[tuple[int, Note]],
    trackers: Collection[str],
    sealer: Sealer,
    *,
    hidden: bool,
) -> Telling:
    """Return what is to be told in a ticket next.

    Args:
        ticket: The ticket.
        entries: Of the timeline with their ids, those that follow on what has been told.
        trackers: The names of all.
        sealer: Proves that we wrote it.
        hidden: Whether the mark can be hidden.
    """
    facts = ticket.facts
    lines, last, whole = [*facts.owed], ticket.told, True
    for number, note in entries:
        if is_told(note, ticket.tracker, trackers):
            line = _line(note)
            size = sum(map(len, lines)) + len(line)
            if lines and (len(lines) >= _MOST_ENTRIES or size > _MOST_CHARACTERS):
                whole = False
                break
            lines.append(line)
        last = number
    mark = sealer.sealed(Mark(ticket.key, last, facts.answered + len(facts.owed)))
    text = marked("\n\n".join(lines), mark, hidden=hidden) if lines else ""
    return Telling(text, mark, whole)


def _line(note: Note) -> str:
    text = note.text if len(note.text) <= _MOST_TEXT else f"{note.text[:_MOST_TEXT]} …"
    return f"{format_time(note.at)[:16].replace('T', ' ')} UTC, {note.actor}: {_worded(note, text)}"


def _worded(note: Note, text: str) -> str:
    """Return an entry's text, with what sort it is unless it says so itself."""
    kind = str(note.kind)
    return text if note.kind is Entry.NOTE or text.startswith(kind) else f"{kind}: {text}"


def answer(name: str, reason: str) -> str:
    """Return what is answered to somebody whose change cannot be."""
    return f"The incident stays as it is: {name} was refused, {reason}."
