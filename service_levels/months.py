"""Calendar months in local time."""

from datetime import date, datetime, timedelta

from sothat.model.policy import Calendar
from sothat.service_levels.intervals import Interval
from sothat.service_levels.zones import reaching, zone_named

_DECEMBER = 12


def month(calendar: Calendar, year: int, number: int) -> Interval:
    """Return a calendar month from local midnight to local midnight, as long as it really is.

    Raises:
        Unusable: The calendar's zone is not known.
        ValueError: There is no such month.
    """
    zone = zone_named(calendar.time_zone)
    first = date(year, number, 1)
    edges = (datetime.combine(day, datetime.min.time()) for day in (first, after_month(first)))
    start, end = (reaching(zone, edge) for edge in edges)
    return Interval(start, end)


def after_month(day: date) -> date:
    """Return the first day of the month after a day's own."""
    years, index = divmod(day.month, _DECEMBER)
    return date(day.year + years, index + 1, 1)


def is_last_of_month(day: date) -> bool:
    """Return whether a day is the last one of its name in its month."""
    return day + timedelta(days=7) >= after_month(day)
