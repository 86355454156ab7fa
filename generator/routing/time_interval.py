"""Time intervals: when a named stretch of the calendar is running."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

# First and last, both included; of times the end is excluded.
Range = tuple[int, int]
Ranges = tuple[Range, ...] | None
# From year, month and zone to the number of its days.
MonthLength = Callable[[int, int, tzinfo], int]

MINUTES_OF_DAY = 24 * 60
_MINUTES = 60
_DAY = timedelta(days=1)


@lru_cache(maxsize=10_000)
def released_length(year: int, month: int, zone: tzinfo) -> int:
    """Return the days of a local month as every release up to 0.34 counts them.

    They divide its hours by 24, so a month that loses an hour to summer time is a day short: in
    Berlin the last day of March is not in ``days_of_month: ['-1']``.
    """
    december = month == 12  # noqa: PLR2004 – the last month of a year
    if december:
        return true_length(year, month, zone)
    start, end = (datetime(year, m, 1, tzinfo=zone).astimezone(UTC) for m in (month, month + 1))
    return (end - start) // _DAY


def true_length(year: int, month: int, _zone: tzinfo) -> int:
    """Return the days of a month as the calendar has it, and releases after 0.34."""
    return monthrange(year, month)[1]


@dataclass(frozen=True, slots=True)
class TimeInterval:
    """Conditions on the local time that must all hold; None of a sort means any.

    Attributes:
        times: Minutes since midnight by the clock on the wall.
        weekdays: 0 is Sunday.
        days_of_month: Negative ones count from the month's end.
        location: The zone's name, for people.
        zone: Where the time is local; UTC unless said otherwise.
    """

    times: Ranges = None
    weekdays: Ranges = None
    days_of_month: Ranges = None
    months: Ranges = None
    years: Ranges = None
    location: str = "UTC"
    zone: tzinfo = UTC

    def contains(self, at: datetime, length: MonthLength) -> bool:
        """Return whether an instant, aware of its zone, lies within."""
        local = at.astimezone(self.zone)
        minute = local.hour * _MINUTES + local.minute
        return self.has_minute(minute) and self.has_day(local, length)

    def has_minute(self, minute: int) -> bool:
        """Return whether a minute of the local day fits."""
        return self.times is None or any(start <= minute < end for start, end in self.times)

    def has_day(self, day: date, length: MonthLength) -> bool:
        """Return whether a local date fits."""
        return (
            self.has_month(day.year, day.month)
            and _within(day.isoweekday() % 7, self.weekdays)
            and self._has_day_of_month(day, length)
        )

    def has_month(self, year: int, month: int) -> bool:
        """Return whether days of a month can fit at all."""
        return _within(month, self.months) and _within(year, self.years)

    def _has_day_of_month(self, day: date, length: MonthLength) -> bool:
        if self.days_of_month is None:
            return True
        days = length(day.year, day.month, self.zone)
        return any(_in_month(day.day, wanted, days) for wanted in self.days_of_month)


@dataclass(frozen=True, slots=True)
class NamedInterval:
    """Time intervals under one name; it runs while any of them does."""

    name: str
    intervals: tuple[TimeInterval, ...]

    def contains(self, at: datetime, length: MonthLength = released_length) -> bool:
        """Return whether an instant, aware of its zone, lies within."""
        return any(interval.contains(at, length) for interval in self.intervals)


def _within(value: int, ranges: Ranges) -> bool:
    return ranges is None or any(first <= value <= last for first, last in ranges)


def _in_month(day: int, wanted: Range, length: int) -> bool:
    """Return whether a day is wanted of a month; what reaches beyond its end is cut off."""
    first, last = (length + 1 + edge if edge < 0 else edge for edge in wanted)
    return first <= length and first <= day <= min(last, length)
