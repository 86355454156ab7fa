"""Deadlines by brute force: step after step of time, each asked of `whenever` what it shows.

Nothing here knows an interval, a transition or a zone's rules; it is slow and plain. Everything
must lie on the grid of its steps: zones have jumped on quarters of an hour since 2017.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from math import ceil

import holidays
from sothat.model.policy import Calendar, Hours
from sothat.service_levels.deadline import Promise
from sothat.service_levels.intervals import Interval
from whenever import Instant

_SECOND, _MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def slow_deadline(
    promises: Sequence[Promise],
    calendar: Calendar,
    pauses: Sequence[Interval],
    *,
    limit: timedelta,
    step: timedelta,
) -> datetime | None:
    """Return a clock's deadline; None where it is beyond the limit."""
    started = promises[0].since
    lengths = [
        _lengths(one.hours, calendar, Interval(one.since, started + limit), step)
        for one in promises
    ]
    used = Fraction(0)
    for now in _steps(Interval(started, started + limit), step):
        number = max(n for n, one in enumerate(promises) if one.since <= now)
        promise = promises[number]
        day = open_day(promise.hours, calendar, now)
        if day is None or any(now in pause for pause in pauses):
            continue
        share = Fraction(step // _SECOND, int(promise.term.seconds) or 1)
        if promise.term.days:
            share = Fraction(1, promise.term.days * lengths[number][day])
        if used + share >= 1:
            needed = (1 - used) / share * (step // _MICROSECOND)
            return now + ceil(needed) * _MICROSECOND
        used += share
    return None


def _steps(bounds: Interval, step: timedelta) -> Iterator[datetime]:
    for number in range((bounds.end - bounds.start) // step):
        yield bounds.start + number * step


def _lengths(
    hours: Hours, calendar: Calendar, bounds: Interval, step: timedelta
) -> Counter[date | None]:
    """Return how many steps each day is open."""
    around = Interval(bounds.start - timedelta(days=3), bounds.end + timedelta(days=3))
    return Counter(open_day(hours, calendar, now) for now in _steps(around, step))


def open_day(hours: Hours, calendar: Calendar, now: datetime) -> date | None:
    """Return to which day's hours a moment belongs; None when it is closed."""
    local = Instant.from_timestamp(int(now.timestamp())).to_tz(calendar.time_zone)
    shown, today = f"{local.hour:02}:{local.minute:02}", local.date().to_stdlib()
    yesterday = today - timedelta(days=1)
    if hours.start < hours.end:
        candidate = today if hours.start <= shown < hours.end else None
    elif shown >= hours.start:
        candidate = today
    else:
        candidate = yesterday if shown < hours.end else None
    return candidate if candidate and _opens(hours, calendar, candidate) else None


def _opens(hours: Hours, calendar: Calendar, day: date) -> bool:
    free = day.isoformat() in calendar.holidays or day in _german(calendar.subdivision)
    return DAYS[day.weekday()] in hours.days and (hours.holidays or not free)


@cache
def _german(subdivision: str) -> holidays.HolidayBase:
    return holidays.Germany(subdiv=subdivision or None)
