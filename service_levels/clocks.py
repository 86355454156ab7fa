"""Deadlines: a promise of time, counted on the clock of its hours, less the pauses.

A clock is a history, not a counter: when it started, which promise held from when (a priority may
change), and when it was paused. A deadline is made anew from the whole of it, so nothing that was
earned is lost. Of each promise a share is used up while its hours are open and nothing pauses it;
the deadline is the moment at which the shares make a whole. A promise of whole working days is
used up day by day: an open day is one, however long it is, and part of it is that part of one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from sothat.model.policy import Calendar, Hours, Term
from sothat.model.problem import unusable
from sothat.service_levels.calendars import shifts_within, version
from sothat.service_levels.deadline import Counted, Deadline, Promise
from sothat.service_levels.explanation import explained
from sothat.service_levels.intervals import Interval, after, clipped, merged, without

_WHOLE = Fraction(1)
# How far ahead is looked at a time: most promises end within the first look.
_FIRST_LOOK, _LONGEST_LOOK = timedelta(days=2), timedelta(days=64)
# Hours that are not open for so long never will be.
_NEVER = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Time that counts, and the share of the promise that a microsecond of it uses up."""

    interval: Interval
    promise: Promise
    rate: Fraction | None

    @property
    def share(self) -> Fraction:
        """Return what all of it uses up; a promise of no time at all is used up at once."""
        return _WHOLE if self.rate is None else self.rate * self.interval.microseconds

    def until(self, share: Fraction) -> Interval:
        """Return its first part, that uses up a share: to the microsecond, rounded up."""
        needed = 0 if self.rate is None else -(-share // self.rate)
        return Interval(self.interval.start, after(self.interval.start, needed))


def deadline(
    term: Term,
    calendar: Calendar,
    started: datetime,
    pauses: Sequence[Interval] = (),
    *,
    hours: Hours,
) -> Deadline:
    """Return when a promise is due.

    Args:
        term: What is promised.
        calendar: In whose time zone and with whose holidays its hours lie.
        started: The aware moment from which it counts.
        pauses: When it did not count, such as waiting on the customer. One that still lasts
            ends now: ask again later.
        hours: The hours of the term.

    Raises:
        Unusable: The hours never open (again), or the calendar names what is not known.
        ValueError: A moment has no time zone.
    """
    return deadline_of((Promise(started, term, hours),), calendar, pauses)


def deadline_of(
    promises: Sequence[Promise], calendar: Calendar, pauses: Sequence[Interval] = ()
) -> Deadline:
    """Return when a clock is due whose promise changed on the way.

    Args:
        promises: The first from the clock's start; each holds until the next one.
        calendar: In whose time zone and with whose holidays the hours lie.
        pauses: When it did not count; see `deadline`.

    Raises:
        Unusable: The hours never open (again), or the calendar names what is not known.
        ValueError: There is no promise, or they are not in order.
    """
    _require_order(promises)
    held = merged(pauses)
    counted = tuple(_counted(promises, calendar, held))
    return Deadline(
        at=counted[-1].interval.end,
        promises=tuple(promises),
        counted=counted,
        pauses=held,
        calendar=calendar,
        version=version(calendar),
        lines=explained(promises, calendar, counted, held),
    )


def _require_order(promises: Sequence[Promise]) -> None:
    if not promises:
        raise ValueError("a clock without a promise")
    if any(later.since < earlier.since for earlier, later in pairwise(promises)):
        raise ValueError("the promises of a clock are not in order")


def _counted(
    promises: Sequence[Promise], calendar: Calendar, pauses: Sequence[Interval]
) -> Iterator[Counted]:
    """Yield what counts, until the promise is used up."""
    used = Fraction(0)
    for piece in _pieces(promises, calendar, pauses):
        share = min(piece.share, _WHOLE - used)
        part = piece.interval if used + piece.share < _WHOLE else piece.until(_WHOLE - used)
        used += share
        yield Counted(part, piece.promise, share, used)
        if used == _WHOLE:
            return


def _pieces(
    promises: Sequence[Promise], calendar: Calendar, pauses: Sequence[Interval]
) -> Iterator[_Piece]:
    """Yield the time that counts, in order, without end for the last promise."""
    for promise, following in pairwise(promises):
        bounds = Interval(promise.since, following.since)
        yield from _within(promise, calendar, pauses, bounds)
    last = promises[-1]
    awake = max([last.since, *(pause.end for pause in pauses)])
    start, ahead = last.since, _FIRST_LOOK
    while start - awake < _NEVER:
        start = next((pause.end for pause in pauses if start in pause), start)
        bounds = Interval(start, start + ahead)
        for piece in _within(last, calendar, pauses, bounds):
            awake = max(awake, bounds.end)
            yield piece
        start, ahead = bounds.end, min(2 * ahead, _LONGEST_LOOK)
    message = f"the {last.term.hours} hours of '{calendar.name}' do not open in three years"
    raise unusable("hours-never-open", message, hint="look at their days and holidays")


def _within(
    promise: Promise, calendar: Calendar, pauses: Sequence[Interval], bounds: Interval
) -> list[_Piece]:
    """Return the time that counts for one promise, within bounds, in order.

    Where a wall clock falls back over midnight, two days take turns.
    """
    found = (
        _Piece(part, promise, _rate(promise.term, shift.intervals))
        for shift in shifts_within(promise.hours, calendar, bounds)
        for part in without(clipped(shift.intervals, bounds), pauses)
    )
    return sorted(found, key=lambda piece: piece.interval)


def _rate(term: Term, day: Sequence[Interval]) -> Fraction | None:
    """Return the share of a term that a microsecond of a working day uses up."""
    if term.days:
        return Fraction(1, term.days * sum(part.microseconds for part in day))
    promised = round(term.seconds * 1_000_000)
    return Fraction(1, promised) if promised else None
