"""The first draft of a review, from what the incident's timeline already says. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sothat.incidents.incident import SERVICE, Entry, Incident, Note
from sothat.incidents.reviews.content import FiveWhys, ReviewContent, ReviewLine
from sothat.incidents.times import SECOND

# What a reader of a review wants to see; who was told by which channel, only whoever asks.
_TELLING = frozenset(
    {
        *(Entry.OPENED, Entry.ACKNOWLEDGED, Entry.RELEASED, Entry.LAPSED, Entry.MITIGATED),
        *(Entry.RESOLVED, Entry.VERIFIED, Entry.REOPENED, Entry.PRIORITY, Entry.UPDATE),
        *(Entry.PAUSED, Entry.RESUMED, Entry.OVERDUE, Entry.CAUSE, Entry.MERGED, Entry.SPLIT),
        *(Entry.ESCALATED, Entry.NOTIFY_FAILED),
    }
)
MOST_LINES = 500
LESSON = "lesson:"


@dataclass(frozen=True, slots=True)
class Happened:
    """A timeline entry with its number."""

    id: int
    note: Note


def tells(note: Note) -> bool:
    """Return whether an entry belongs into a review unless somebody leaves it out."""
    return note.kind in _TELLING or (note.kind is Entry.NOTE and note.actor != SERVICE)


def line_of(entry: Happened) -> ReviewLine:
    """Return an entry as a line of a review: what happened, not who did it."""
    at = datetime.fromtimestamp(entry.note.at // SECOND, UTC)
    at += timedelta(microseconds=entry.note.at % SECOND // 1_000_000 * 1_000)
    return ReviewLine(at=at, text=f"{entry.note.kind}: {entry.note.text}"[:20_000], entry=entry.id)


def draft(incident: Incident, entries: Sequence[Happened]) -> ReviewContent:
    """Return what a review begins with."""
    promise = incident.promise
    effect = f"It put at stake that {_running(promise.so_that)}" if promise.so_that else ""
    lines = (line_of(entry) for entry in entries if tells(entry.note))
    return ReviewContent(
        impact=effect,
        timeline=tuple(lines)[:MOST_LINES],
        five_whys=FiveWhys(problem=promise.title[:1_000]),
        lessons=tuple(_lessons(entry.note for entry in entries))[:50],
    )


def _lessons(notes: Iterable[Note]) -> Iterable[str]:
    """Yield what was noted as a lesson while it was fresh."""
    for note in notes:
        if note.kind is Entry.NOTE and note.text[: len(LESSON)].lower() == LESSON:
            yield note.text[len(LESSON) :].strip()[:1_000]


def _running(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def chosen(
    content: ReviewContent, entries: Sequence[Happened], wanted: Iterable[int]
) -> tuple[ReviewLine, ...]:
    """Return the lines of some entries, with the words that a review already has for them."""
    kept = {line.entry: line for line in content.timeline if line.entry}
    numbers = set(wanted)
    return tuple(kept.get(one.id) or line_of(one) for one in entries if one.id in numbers)
