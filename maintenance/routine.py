"""Routine work: what is due today, this week, this month, and what was left undone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sothat.maintenance.plan import Routine
from sothat.maintenance.records import Entry, Event

_DAY = timedelta(days=1)
# Beyond it, a list that was never ticked off is a list that nobody keeps.
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a routine: a day, a week from Monday on, or a month.

    Attributes:
        first: Its first day; what is ticked off is ticked off for this day.
        end: The day after its last.
        done: Items that are ticked off.
        left: Items that are not.
    """

    routine: Routine
    first: date
    end: date
    done: tuple[str, ...]
    left: tuple[str, ...]


def turns(routine: Routine, entries: Iterable[Entry], today: date) -> tuple[Turn, ...]:
    """Return the turns of a routine up to the current one, the latest 400 at most."""
    ticked: dict[str, set[str]] = {}
    for entry in entries:
        if entry.event is Event.ROUTINE and entry.subject == routine.name:
            ticked.setdefault(entry.day, set()).add(entry.check)
    return tuple(_turn(routine, first, ticked) for first in _firsts(routine, today))


def first_day(routine: Routine, day: date) -> date:
    """Return the first day of the turn that a day lies in."""
    if routine.every == "week":
        return day - day.weekday() * _DAY
    return day.replace(day=1) if routine.every == "month" else day


def _firsts(routine: Routine, today: date) -> list[date]:
    found: list[date] = []
    day = first_day(routine, today)
    while day >= first_day(routine, routine.since) and len(found) < _LONGEST:
        found.append(day)
        day = first_day(routine, day - _DAY)
    return found[::-1]


def _turn(routine: Routine, first: date, ticked: dict[str, set[str]]) -> Turn:
    done = ticked.get(first.isoformat(), set())
    return Turn(
        routine,
        first,
        _next(routine, first),
        tuple(item for item in routine.items if item in done),
        tuple(item for item in routine.items if item not in done),
    )


def _next(routine: Routine, first: date) -> date:
    if routine.every == "day":
        return first + _DAY
    return first_day(routine, first + (7 if routine.every == "week" else 31) * _DAY)


def missed(found: Iterable[Turn], today: date) -> Iterator[Turn]:
    """Yield the turns that are over, and not all ticked off."""
    yield from (turn for turn in found if turn.end <= today and turn.left)
