"""When people work: hours in a calendar as intervals, holidays by country and subdivision."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays
from holidays.version import __version__ as holidays_version
from sothat.model.policy import Calendar, Hours
from sothat.model.problem import unusable
from sothat.service_levels.intervals import Interval, clipped, merged
from sothat.service_levels.zones import showing, zone_named

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = timedelta(days=1)
# The wall clock of no zone is further from UTC, and hours may run into the next day.
_AROUND = 2 * _DAY


@dataclass(frozen=True, slots=True)
class Shift:
    """The working time that belongs to one local day.

    Attributes:
        day: The day on which it begins.
        intervals: More than one where the wall clock shows some of it twice.
    """

    day: date
    intervals: tuple[Interval, ...]

    @property
    def start(self) -> datetime:
        """Return when it begins."""
        return self.intervals[0].start

    @property
    def end(self) -> datetime:
        """Return when it is over."""
        return self.intervals[-1].end


def holiday_name(calendar: Calendar, day: date) -> str:
    """Return what holiday a day is in a calendar; empty when it is none.

    Raises:
        Unusable: The calendar's country or subdivision is not known.
    """
    own = calendar.holidays.get(day.isoformat())
    return own or _public(calendar.country, calendar.subdivision, day.year).get(day, "")


def is_holiday(calendar: Calendar, day: date) -> bool:
    """Return whether a day is a holiday in a calendar; see `holiday_name`."""
    return bool(holiday_name(calendar, day))


@lru_cache(maxsize=1024)
def _public(country: str, subdivision: str, year: int) -> dict[date, str]:
    """Return a year's public holidays, named in English where there is a translation."""
    try:
        supported = holidays.country_holidays(country).supported_languages
        found = holidays.country_holidays(
            country,
            subdiv=subdivision or None,
            years=year,
            language="en_US" if "en_US" in supported else None,
        )
    except NotImplementedError as error:
        message = f"holidays of '{country}' are not known"
        if country in holidays.list_supported_countries():
            message = f"'{country}' has no subdivision '{subdivision}' with holidays of its own"
        hint = "write ISO 3166 codes such as DE and BY"
        raise unusable("unknown-holidays", message, hint=hint) from error
    return dict(found.items())


def shifts(hours: Hours, calendar: Calendar, first: date, last: date) -> Iterator[Shift]:
    """Yield the working time of each open local day from the first to the last.

    A day that the zone skips has no working time and is left out.
    """
    zone = zone_named(calendar.time_zone)
    for number in range((last - first).days + 1):
        day = first + number * _DAY
        if is_open(hours, calendar, day):
            found = showing(zone, *_wall(hours, day))
            if found:
                yield Shift(day, found)


def shifts_within(hours: Hours, calendar: Calendar, bounds: Interval) -> Iterator[Shift]:
    """Yield all shifts of which some part may lie within bounds, in the order of their days."""
    first, last = bounds.start.date(), bounds.end.date()
    return shifts(hours, calendar, first - _AROUND, last + _AROUND)


def is_open(hours: Hours, calendar: Calendar, day: date) -> bool:
    """Return whether hours begin on a day."""
    if DAYS[day.weekday()] not in hours.days:
        return False
    return hours.holidays or not is_holiday(calendar, day)


def _wall(hours: Hours, day: date) -> tuple[datetime, datetime]:
    """Return the local times at which hours start and end that begin on a day.

    Hours whose end is not after their start run into the next day.
    """
    start, end = (clock_time(day, text) for text in (hours.start, hours.end))
    return start, end if end > start else end + _DAY


def clock_time(day: date, text: str) -> datetime:
    """Return the local time of a text such as ``08:00``; ``24:00`` is the next midnight."""
    hour, minute = map(int, text.split(":"))
    return datetime.combine(day, time()) + timedelta(hours=hour, minutes=minute)


def working(
    hours: Hours, calendar: Calendar, since: datetime, until: datetime
) -> tuple[Interval, ...]:
    """Return when hours are open between two moments, in order, in UTC.

    Args:
        hours: The hours.
        calendar: In whose time zone they lie, and whose holidays close them.
        since: An aware moment.
        until: An aware moment.

    Raises:
        Unusable: The calendar's zone, country or subdivision is not known.
        ValueError: A moment has no time zone, or they are in the wrong order.
    """
    bounds = Interval(since, until)
    found = shifts_within(hours, calendar, bounds)
    return merged(part for shift in found for part in clipped(shift.intervals, bounds))


def version(calendar: Calendar) -> str:
    """Return a name for what a calendar says now, such as ``head-office@1f0c2b7a``.

    It changes when the calendar is edited, and when the collection of holidays is updated.
    """
    content = [
        calendar.country,
        calendar.subdivision,
        calendar.time_zone,
        sorted(calendar.holidays.items()),
        holidays_version,
    ]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return f"{calendar.name}@{digest[:8]}"
