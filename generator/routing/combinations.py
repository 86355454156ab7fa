"""Which time intervals can run together, and when they do.

A civil year is one of fourteen: it starts on one of seven weekdays and has a leap day or not. Rules
for summer time follow month and weekday too, so what holds of one such year holds of all, as long
as intervals name no years. So finitely many days stand for all: of each sort of year, within each
stretch of years that intervals tell apart, one of each set of days that no interval tells apart.
"""

from bisect import bisect_left, bisect_right
from calendar import isleap, monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

from sothat.generator.routing.time_interval import (
    MINUTES_OF_DAY,
    MonthLength,
    NamedInterval,
    TimeInterval,
    released_length,
)

# Within it every sort of year occurs.
_CYCLE = 28
_LAST_YEAR = 9990
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)

Signature = tuple[object, ...]


def combinations(
    named: Iterable[NamedInterval], since: int, length: MonthLength = released_length
) -> Mapping[frozenset[str], datetime]:
    """Return every set of intervals that run at once at some time, with an instant of it.

    Args:
        named: The intervals.
        since: The first year that counts.
        length: How the days of a month are counted.

    Returns:
        The names of those that run, down to none, each set with the first instant found, in UTC.
    """
    zones = _zones(named)
    if not zones:
        return {frozenset(): datetime(since, 1, 1, tzinfo=UTC)}
    seen: set[Signature] = set()
    found: dict[frozenset[str], datetime] = {}
    for year in _years([i for zone in zones for _, i in zone.members], since):
        for zone in zones:
            zone.learn(year, length)
        for day in _days(year):
            signature = tuple(zone.signature(day) for zone in zones)
            if signature not in seen:
                seen.add(signature)
                for at in sorted({day, *(at for zone in zones for at in zone.changes(day))}):
                    found.setdefault(frozenset(n for zone in zones for n in zone.running(at)), at)
    return found


class _Zone:
    """The intervals of one zone, and on which days of a year each fits."""

    def __init__(self, zone: tzinfo, members: Sequence[tuple[str, TimeInterval]]) -> None:
        self.members = members
        self._zone = zone
        self._fits: Mapping[date, tuple[int, ...]] = {}
        edges = {edge for _, i in members for times in i.times or () for edge in times}
        self._edges = sorted(timedelta(minutes=edge) for edge in {0, *edges} - {MINUTES_OF_DAY})

    def learn(self, year: int, length: MonthLength) -> None:
        """Note which members fit which dates of a year, the days around it included."""
        fits: dict[date, list[int]] = defaultdict(list)
        for number, (_, interval) in enumerate(self.members):
            for day in _fitting(interval, year, length):
                fits[day].append(number)
        self._fits = {day: tuple(numbers) for day, numbers in fits.items()}

    def signature(self, day: datetime) -> Signature:
        """Return all that tells one day of UTC from another here."""
        first, last = (at.astimezone(self._zone) for at in (day, day + _DAY))
        dates = (first.date() + n * _DAY for n in range((last.date() - first.date()).days + 1))
        return first.utcoffset(), last.utcoffset(), *(self._fits.get(each, ()) for each in dates)

    def changes(self, day: datetime) -> Iterator[datetime]:
        """Yield the instants of a day of UTC at which a member can start or end."""
        yield from self._jump(day)
        start = day.astimezone(self._zone).replace(tzinfo=None)
        midnight = start.replace(hour=0, minute=0)
        for number in range(3):
            for edge in self._edges:
                local = midnight + number * _DAY + edge
                for fold in (0, 1):
                    at = local.replace(tzinfo=self._zone, fold=fold).astimezone(UTC)
                    if day <= at < day + _DAY:
                        yield at

    def _jump(self, day: datetime) -> Iterator[datetime]:
        """Yield the minute of a day at which the clocks change, if they do."""
        before = day.astimezone(self._zone).utcoffset()

        def changed(minute: int) -> bool:
            return (day + minute * _MINUTE).astimezone(self._zone).utcoffset() != before

        if changed(MINUTES_OF_DAY):
            yield day + bisect_left(range(MINUTES_OF_DAY), 1, key=changed) * _MINUTE

    def running(self, at: datetime) -> Iterator[str]:
        """Yield the names of the members that run at an instant of the year."""
        local = at.astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        for number in self._fits.get(local.date(), ()):
            name, interval = self.members[number]
            if interval.has_minute(minute):
                yield name


def _zones(named: Iterable[NamedInterval]) -> list[_Zone]:
    """Return the intervals by zone."""
    members: dict[str, list[tuple[str, TimeInterval]]] = defaultdict(list)
    for each in named:
        for interval in each.intervals:
            members[interval.location].append((each.name, interval))
    return [_Zone(of_one[0][1].zone, of_one) for of_one in members.values()]


def _fitting(interval: TimeInterval, year: int, length: MonthLength) -> Iterator[date]:
    """Yield the local dates that fit, of a year of UTC: it may begin or end on one of another."""
    months = [(year - 1, 12), *((year, month) for month in range(1, 13)), (year + 1, 1)]
    for of_year, month in months:
        if interval.has_month(of_year, month):
            for day in range(1, monthrange(of_year, month)[1] + 1):
                if interval.has_day(date(of_year, month, day), length):
                    yield date(of_year, month, day)


def _days(year: int) -> Iterator[datetime]:
    """Yield the first instant of every day of a year of UTC."""
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year:
        yield day
        day += _DAY


def _years(intervals: Iterable[TimeInterval], since: int) -> list[int]:
    """Return the first year of each sort in each stretch of years that intervals tell apart."""
    edges = {edge for i in intervals for first, last in i.years or () for edge in (first, last + 1)}
    starts = [since, *sorted(edge for edge in edges if since < edge < _LAST_YEAR)]
    sorts: dict[Signature, int] = {}
    for start in starts:
        for year in range(start, min(start + _CYCLE, _LAST_YEAR)):
            sorts.setdefault(_sort(year, starts), year)
    return sorted(sorts.values())


def _sort(year: int, starts: Sequence[int]) -> Signature:
    """Return what a year is like: its stretch, its neighbours', its first weekday, its length."""
    stretches = tuple(bisect_right(starts, y) for y in (year - 1, year, year + 1))
    return stretches, date(year, 1, 1).weekday(), isleap(year)
