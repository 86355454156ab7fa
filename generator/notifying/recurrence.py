"""Times that come again: hours of the week, the last such day of a month or quarter, dates.

All in the local time of a place. A span whose end is not after its start ends on the next day.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = 24 * 60
# The months whose last such day counts; any day of a week needs none.
MONTHS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"week": (), "month": tuple(range(1, 13)), "quarter": (3, 6, 9, 12)}
)
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a local day: from one minute of it to another, at most to its end."""

    day: date
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When something runs.

    Attributes:
        name: What it is called in Alertmanager's configuration.
        time_zone: IANA name of the place.
        start: Minutes since midnight; ``end`` likewise.
        weekdays: Days on which it starts, by number from Monday; for the last such day of a
            month exactly one.
        months: The months whose last such day counts; empty: each such day.
        dates: The very days instead, ascending.
        years: The years for which it is written out where it must be, ascending.
    """

    name: str
    time_zone: str
    start: int = 0
    end: int = DAY
    weekdays: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    dates: tuple[date, ...] = ()
    years: tuple[int, ...] = ()

    @property
    def wraps(self) -> bool:
        """Return whether it ends on the day after it starts."""
        return self.end <= self.start

    def starts_on(self, day: date) -> bool:
        """Tell whether it starts on a day."""
        if self.dates:
            return day in self.dates
        if day.weekday() not in self.weekdays:
            return False
        return not self.months or (day.month in self.months and is_last_of_month(day))

    def pieces(self) -> Iterator[Piece]:
        """Yield its parts in all of its years, in the order of time, none over midnight."""
        for day in self._days():
            if self.starts_on(day):
                yield Piece(day, self.start, DAY if self.wraps else self.end)
                if self.wraps and self.end:
                    yield Piece(day + timedelta(days=1), 0, self.end)

    def _days(self) -> Iterator[date]:
        if self.dates:
            yield from self.dates
            return
        for year in self.years:
            first = date(year, 1, 1)
            # The day before the first year may reach into it.
            before = 0 if year - 1 in self.years else 1
            for number in range(-before, (date(year, 12, 31) - first).days + 1):
                yield first + timedelta(days=number)


def is_last_of_month(day: date) -> bool:
    """Tell whether no day of the same name follows in the month."""
    return day.day > days_in(day) - _WEEK


def days_in(day: date) -> int:
    """Return the number of days of the month."""
    return monthrange(day.year, day.month)[1]


def minutes(text: str) -> int:
    """Return the minutes since midnight of a local time such as ``08:30`` or ``24:00``."""
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


def clock(number: int) -> str:
    """Return minutes since midnight as a local time."""
    return f"{number // 60:02}:{number % 60:02}"


def at(zone: ZoneInfo, day: date, minute: int, *, last: bool) -> datetime:
    """Return the moment of a local time, in UTC; of two the first, or the last.

    A time that clocks leave out is the moment at which they do.
    """
    if minute == DAY:
        day, minute = day + timedelta(days=1), 0
    local = datetime.combine(day, time(minute // 60, minute % 60, fold=int(last)), zone)
    moment = local.astimezone(UTC)
    if _wall(moment, zone) == _wall(local, zone):
        return moment
    # Read with the later offset, it is before the change.
    moment = local.replace(fold=1).astimezone(UTC)
    while _wall(moment, zone) < _wall(local, zone):
        moment += timedelta(minutes=1)
    return moment


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clocks of a place show."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
