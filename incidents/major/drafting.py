"""Drafts of what is said about a major incident: nothing here sends anything. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sothat.incidents.incident import Incident
from sothat.incidents.major.major import PART_NAMES, Major, Part
from sothat.incidents.major.work import Decision, Task
from sothat.incidents.rehearsal import is_drill
from sothat.incidents.times import format_time

_LATEST = 5
_OPEN = "…"


class DraftKind(StrEnum):
    """What is to be said."""

    INITIAL = "initial"
    UPDATE = "update"
    RESOLUTION = "resolution"
    SUMMARY = "summary"
    HAND_OVER = "hand-over"


@dataclass(frozen=True, slots=True)
class Drafted:
    """A text that somebody completes; ``…`` stands where only they know."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A major incident with all that was decided and is to be done."""

    incident: Incident
    major: Major
    tasks: Sequence[Task] = ()
    decisions: Sequence[Decision] = ()


def draft(kind: DraftKind, whole: Whole, now: int) -> Drafted:
    """Return the draft of a status update for those within the house.

    Args:
        kind: What is to be said.
        whole: What it is about.
        now: The moment, nanoseconds.
    """
    word = {
        DraftKind.INITIAL: "Major incident declared",
        DraftKind.UPDATE: "Update",
        DraftKind.RESOLUTION: "Resolved",
        DraftKind.SUMMARY: "Summary",
        DraftKind.HAND_OVER: "Hand-over",
    }[kind]
    incident = whole.incident
    drill = "DRILL – " if is_drill(incident.labels) else ""
    title = f"{drill}{word}: #{incident.id} {incident.promise.title}"
    lines = [f"{name}: {text}" for name, text in _PARTS[kind](whole, now) if text]
    return Drafted(title, "\n".join(lines) + "\n")


Lines = Sequence[tuple[str, str]]


def _initial(whole: Whole, now: int) -> Lines:
    return (*_state(whole, now), ("Impact", _impact(whole)), *_people(whole), *_next(whole))


def _update(whole: Whole, now: int) -> Lines:
    return (
        *_state(whole, now),
        ("Impact", _impact(whole)),
        ("What has changed", _OPEN),
        ("Decided", _decided(whole)),
        ("Being done", _to_do(whole)),
        ("Expected resolution", _OPEN),
        ("Workaround", _OPEN),
        *_next(whole),
    )


def _resolution(whole: Whole, now: int) -> Lines:
    return (
        *_state(whole, now),
        ("Impact", _impact(whole)),
        ("What ended it", _OPEN),
        ("Left to do", _to_do(whole)),
        ("What comes next", "a review of what made it possible"),
    )


def _summary(whole: Whole, now: int) -> Lines:
    declared = whole.major.declared_at
    return (
        *_state(whole, now),
        ("Declared", format_time(declared) if declared else ""),
        ("Why", "; ".join(whole.major.reasons)),
        ("Impact", _impact(whole)),
        *_people(whole),
        ("Decided", _decided(whole)),
        ("Done", "; ".join(task.text for task in whole.tasks if task.state == "done")),
        ("Left to do", _to_do(whole)),
    )


def _hand_over(whole: Whole, now: int) -> Lines:
    relief = whole.major.relief
    taking = (f"{PART_NAMES[Part(name)]}: {person}" for name, person in sorted(relief.items()))
    return (
        *_state(whole, now),
        *_people(whole),
        ("Takes over", "; ".join(taking) or _OPEN),
        ("Decided", _decided(whole)),
        ("To do", _to_do(whole)),
        ("Bridge", whole.major.bridge),
        *_next(whole),
        ("What whoever takes over must know", _OPEN),
    )


_PARTS: Mapping[DraftKind, Callable[[Whole, int], Lines]] = {
    DraftKind.INITIAL: _initial,
    DraftKind.UPDATE: _update,
    DraftKind.RESOLUTION: _resolution,
    DraftKind.SUMMARY: _summary,
    DraftKind.HAND_OVER: _hand_over,
}


def _state(whole: Whole, now: int) -> Lines:
    incident = whole.incident
    return (
        ("As of", format_time(now)),
        ("Status", f"{incident.state}, {incident.priority}"),
        ("Since", format_time(incident.opened_at)),
    )


def _impact(whole: Whole) -> str:
    promise = whole.incident.promise
    return f"at stake: {promise.so_that}" if promise.so_that else _OPEN


def _people(whole: Whole) -> Lines:
    return tuple((PART_NAMES[part].capitalize(), ", ".join(whole.major.who(part))) for part in Part)


def _next(whole: Whole) -> Lines:
    due = whole.major.update_due
    return (("Next update", format_time(due) if due else ""),)


def _decided(whole: Whole) -> str:
    return "; ".join(one.text for one in whole.decisions[-_LATEST:])


def _to_do(whole: Whole) -> str:
    tasks = (task for task in whole.tasks if task.state == "open")
    return "; ".join(f"{one.text} ({one.owner})" if one.owner else one.text for one in tasks)
