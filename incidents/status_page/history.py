"""The last ninety days of a service, day by day. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sothat.incidents.communication.book import Effect
from sothat.incidents.communication.times import local
from sothat.incidents.times import SECOND
from sothat.service_levels.zones import reaching, zone_named

DAYS = 90


@dataclass(frozen=True, slots=True)
class Spell:
    """Time in which less of a service was left; moments in nanoseconds, ``end`` not included."""

    effect: Effect
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a service.

    Attributes:
        effect: The worst there was; None: nothing is known of the day.
        minutes: For how long less than all of it was left, rounded up.
    """

    date: date
    effect: Effect | None
    minutes: int = 0


def days(spells: Sequence[Spell], since: int, now: int, zone: str) -> tuple[Day, ...]:
    """Return the last ninety local days, today's last.

    Args:
        spells: Of one service; they may overlap.
        since: From when on anything is known.
        now: The moment.
        zone: IANA name of the time zone that has the days.
    """
    last = local(now, zone).date()
    return tuple(
        _day(last - timedelta(days=back), spells, since, now, zone)
        for back in range(DAYS - 1, -1, -1)
    )


def _day(day: date, spells: Iterable[Spell], since: int, now: int, zone: str) -> Day:
    start, end = _start(day, zone), min(_start(day + timedelta(days=1), zone), now + 1)
    if end <= since:
        return Day(day, None)
    here = [one for one in spells if one.start < end and max(one.end, one.start + 1) > start]
    if not here:
        return Day(day, Effect.OPERATIONAL)
    worst = max((one.effect for one in here), key=lambda one: one.rank)
    length = sum(stop - begin for begin, stop in _united(here, start, end))
    return Day(day, worst, -(-length // (60 * SECOND)))


def _united(spells: Iterable[Spell], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a day that spells cover, each part of it once."""
    until = start
    for one in sorted(spells, key=lambda each: each.start):
        begin, stop = max(one.start, until), min(one.end, end)
        if begin < stop:
            yield begin, stop
            until = stop


def _start(day: date, zone: str) -> int:
    midnight = datetime.combine(day, datetime.min.time())
    return round(reaching(zone_named(zone), midnight).timestamp()) * SECOND
