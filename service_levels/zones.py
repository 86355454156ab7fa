"""From what a wall clock shows to moments in time.

A wall clock jumps: it skips an hour, half an hour (Lord Howe) or a whole day (Apia), and shows
some times twice. So a local time is never added to or subtracted from. Between two jumps a wall
clock is UTC plus a constant; every conversion here goes through such stretches, and a moment
belongs to local hours exactly if the wall clock shows a time within them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sothat.model.problem import unusable
from sothat.service_levels.intervals import Interval, clipped, merged

# No wall clock was ever further from UTC; jumps nearer to each other than the step do not exist.
_FURTHEST = timedelta(days=1)
_STEP = timedelta(hours=6)
_SECOND = timedelta(seconds=1)
_FIRST, _LAST = 2, 9998


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time during which a zone's wall clock does not jump: it shows UTC plus the offset."""

    interval: Interval
    offset: timedelta


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        Unusable: There is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = "write an IANA name such as Europe/Berlin"
        raise unusable("unknown-time-zone", f"there is no time zone '{name}'", hint=hint) from error


def stretches(zone: ZoneInfo, bounds: Interval) -> Iterator[Stretch]:
    """Yield the stretches of a zone within bounds, in order."""
    for year in range(bounds.start.year, bounds.end.year + 1):
        for stretch in _of_year(zone, year):
            for part in clipped((stretch.interval,), bounds):
                yield Stretch(part, stretch.offset)


@lru_cache(maxsize=1024)
def _of_year(zone: ZoneInfo, year: int) -> tuple[Stretch, ...]:
    """Return the stretches of a year (in UTC)."""
    if not _FIRST <= year <= _LAST:
        raise unusable("date-out-of-range", f"the year {year} is beyond what clocks can count")
    first, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    jumps = [jump for start in _steps(first, end) for jump in _jump(zone, start, end)]
    edges = (first, *jumps, end)
    return tuple(Stretch(Interval(a, b), _offset(zone, a)) for a, b in pairwise(edges))


def _steps(first: datetime, end: datetime) -> Iterator[datetime]:
    for number in range((end - first) // _STEP):
        yield first + number * _STEP


def _jump(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the moment of the jump in the step that begins at a moment, if there is one."""
    before, after = start, min(start + _STEP, end)
    offset = _offset(zone, before)
    if _offset(zone, after) == offset:
        return
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        before, after = (middle, after) if _offset(zone, middle) == offset else (before, middle)
    # A jump on the edge of a year belongs to the year that it begins.
    if after < end:
        yield after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    # A zone's offset is never unknown; the type allows it for other sorts of tzinfo.
    return moment.astimezone(zone).utcoffset() or timedelta()


def showing(zone: ZoneInfo, start: datetime, end: datetime) -> tuple[Interval, ...]:
    """Return when a wall clock shows a time from ``start`` up to, not including, ``end``.

    Args:
        zone: Where the clock hangs.
        start: Local date and time, without a zone.
        end: Local date and time, without a zone.
    """
    low, high = start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
    around = stretches(zone, Interval(low - _FURTHEST, high + _FURTHEST))
    return merged(
        part
        for stretch in around
        for part in clipped(
            (Interval(low - stretch.offset, high - stretch.offset),), stretch.interval
        )
    )


def reaching(zone: ZoneInfo, local: datetime) -> datetime:
    """Return the first moment at which a wall clock shows a local time, or jumps past it.

    Args:
        zone: Where the clock hangs.
        local: Local date and time, without a zone.
    """
    (first, *_) = showing(zone, local, local + 2 * _FURTHEST)
    return first.start
