"""Time intervals as Alertmanager has them, of what recurs.

Up to release 0.34 Alertmanager counts the days of a month by its hours in the interval's location.
Where clocks go forward, a month of 31 days has 30 for it: its last day cannot be named, and -1
means the day before. So days are counted from the month's beginning, and what happens on such a
last day is written out in UTC, for the years that the calendar declares. The operator's manifests
know no locations at all: for them everything is written out in UTC.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sothat.generator.notifying.recurrence import (
    DAY,
    Piece,
    Recurrence,
    at,
    days_in,
)

Range = tuple[int, int]
# The last seven days of months by their length; of February Alertmanager knows the length.
_LAST_WEEK = {31: (25, 31), 30: (24, 30), 28: (-7, -1)}
_LENGTHS = {31: (1, 3, 5, 7, 8, 10, 12), 30: (4, 6, 9, 11), 28: (2,)}
_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a time interval; an empty part means all.

    Attributes:
        times: Minutes since midnight, from and to.
        weekdays: By number from Monday.
        days: Days of the month, from and to, both included.
        location: IANA name of the place.
    """

    times: tuple[Range, ...] = ()
    weekdays: tuple[int, ...] = ()
    days: tuple[Range, ...] = ()
    months: tuple[int, ...] = ()
    years: tuple[int, ...] = ()
    location: str = "UTC"


def local_periods(recurrence: Recurrence) -> tuple[Period, ...]:
    """Return the periods in local time, with what local time cannot name in UTC."""
    if recurrence.dates:
        nameable = [p for p in recurrence.pieces() if not is_unnameable(p, recurrence.time_zone)]
        return (*_by_month(nameable, recurrence.time_zone), *_unnameable(recurrence))
    found: list[Period] = []
    for period in _months(recurrence):
        whole = replace(period, location=recurrence.time_zone)
        end = DAY if recurrence.wraps else recurrence.end
        found.append(replace(whole, times=_times(recurrence.start, end)))
        if recurrence.wraps and recurrence.end:
            found += (replace(p, times=((0, recurrence.end),)) for p in _day_after(whole))
    return (*found, *_unnameable(recurrence))


def utc_periods(recurrence: Recurrence) -> tuple[Period, ...]:
    """Return the periods of its years, written out in UTC."""
    return tuple(_by_month(_in_utc(recurrence.pieces(), recurrence.time_zone), "UTC"))


def is_unnameable(piece: Piece, time_zone: str) -> bool:
    """Tell whether Alertmanager would take the day for one of no month of that place."""
    zone = ZoneInfo(time_zone)
    first = piece.day.replace(day=1)
    next_first = first + timedelta(days=days_in(first))
    moments = [at(zone, day, 0, last=False) for day in (first, next_first)]
    return piece.day.day > (moments[1] - moments[0]) // timedelta(days=1)


def _unnameable(recurrence: Recurrence) -> Iterator[Period]:
    if not (recurrence.months or recurrence.dates):
        return
    zone = recurrence.time_zone
    found = [piece for piece in recurrence.pieces() if is_unnameable(piece, zone)]
    yield from _by_month(_in_utc(found, zone), "UTC")


def _months(recurrence: Recurrence) -> Iterator[Period]:
    """Yield the periods without their times: one, or one for each length of a month."""
    if not recurrence.months:
        yield Period(weekdays=recurrence.weekdays)
        return
    for length, range_ in _LAST_WEEK.items():
        months = tuple(m for m in _LENGTHS[length] if m in recurrence.months)
        if months:
            yield Period(weekdays=recurrence.weekdays, days=(range_,), months=months)


def _day_after(period: Period) -> Iterator[Period]:
    """Yield the periods of the days that follow those of a period."""
    weekdays = tuple(sorted((day + 1) % 7 for day in period.weekdays))
    if not period.days:
        yield replace(period, weekdays=weekdays)
        return
    ((first, last),) = period.days
    yield replace(period, weekdays=weekdays, days=((first + 1, last),))
    # The day after the last of a month is the first of the next.
    following = tuple(sorted(month % _DECEMBER + 1 for month in period.months))
    yield replace(period, weekdays=weekdays, days=((1, 1),), months=following)


def _in_utc(pieces: Iterable[Piece], time_zone: str) -> list[Piece]:
    """Return local pieces in UTC, split where a day begins there."""
    zone = ZoneInfo(time_zone)
    found: list[Piece] = []
    for piece in pieces:
        start = at(zone, piece.day, piece.start, last=False)
        end = at(zone, piece.day, piece.end, last=True)
        found += _by_day(start, end)
    return _joined(found)


def _by_day(start: datetime, end: datetime) -> Iterator[Piece]:
    while start < end:
        midnight = datetime.combine(start.date() + timedelta(days=1), datetime.min.time(), UTC)
        until = min(end, midnight)
        yield Piece(start.date(), _minute(start, start.date()), _minute(until, start.date()))
        start = until


def _minute(moment: datetime, day: date) -> int:
    return (moment.date() - day).days * DAY + moment.hour * 60 + moment.minute


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Return pieces in the order of time, those that touch on one day as one."""
    found: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: (p.day, p.start)):
        if found and found[-1].day == piece.day and found[-1].end >= piece.start:
            found[-1] = replace(found[-1], end=max(found[-1].end, piece.end))
        else:
            found.append(piece)
    return found


def _by_month(pieces: Iterable[Piece], location: str) -> Iterator[Period]:
    """Yield the pieces of a month that have the same times as one period each."""

    def key(piece: Piece) -> tuple[int, int, int, int]:
        return piece.day.year, piece.day.month, piece.start, piece.end

    for (year, month, start, end), group in groupby(sorted(pieces, key=key), key=key):
        days = tuple(_ranges(sorted({piece.day.day for piece in group})))
        yield Period(_times(start, end), (), days, (month,), (year,), location)


def _ranges(days: Iterable[int]) -> Iterator[Range]:
    """Yield ascending days as ranges."""
    for _, group in groupby(enumerate(days), key=lambda pair: pair[1] - pair[0]):
        run = [day for _, day in group]
        yield run[0], run[-1]


def _times(start: int, end: int) -> tuple[Range, ...]:
    return () if (start, end) == (0, DAY) else ((start, end),)
