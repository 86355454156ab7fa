"""The rota as a calendar: who has the duty on each day, and what does not fit together. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from sothat.incidents.roster import StandIn, moment
from sothat.incidents.store.stand_ins import Kept
from sothat.model.policy import Policy, Rotation
from sothat.service_levels.intervals import Interval, common
from sothat.service_levels.on_call import OnCall, duties_by
from sothat.service_levels.zones import reaching, zone_named

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's duty within a day, in the rotation's local time.

    Attributes:
        since: ``HH:MM``; ``00:00`` where it began before.
        until: ``HH:MM``; ``24:00`` where it goes on.
        instead: Whether an override says so.
    """

    member: str
    since: str
    until: str
    instead: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar: the turns of each rotation, in the order of the columns."""

    day: date
    cells: tuple[tuple[Turn, ...], ...]


def zone_of(policy: Policy, rotation: Rotation) -> ZoneInfo:
    """Return the zone in whose time a rotation is handed over."""
    return zone_named(policy.calendars[rotation.calendar].time_zone)


def days(policy: Policy, rotations: Sequence[Rotation], first: date, count: int) -> tuple[Day, ...]:
    """Return the days of a calendar.

    Args:
        policy: With the overrides in it.
        rotations: The columns.
        first: The first day.
        count: How many days.

    Raises:
        Unusable: A rotation cannot be used.
    """
    columns = [_column(policy, rotation, first, count) for rotation in rotations]
    rows = zip(*columns, strict=True) if columns else iter([()] * count)
    return tuple(Day(first + number * _DAY, tuple(row)) for number, row in enumerate(rows))


def _column(policy: Policy, rotation: Rotation, first: date, count: int) -> list[tuple[Turn, ...]]:
    zone = zone_of(policy, rotation)
    edges = [reaching(zone, datetime.combine(first + n * _DAY, time())) for n in range(count + 1)]
    found = _duties(policy, rotation, Interval(edges[0], edges[-1]))
    bounds = (Interval(edges[n], edges[n + 1]) for n in range(count))
    return [tuple(_turns(found, day, zone)) for day in bounds]


def _duties(policy: Policy, rotation: Rotation, bounds: Interval) -> list[OnCall]:
    return sorted(duties_by(policy, rotation, bounds), key=lambda duty: duty.since)


def _turns(found: Sequence[OnCall], day: Interval, zone: ZoneInfo) -> Iterator[Turn]:
    for duty in found:
        for part in common((duty.interval,), (day,)):
            since = "00:00" if part.start == day.start else _shown(part.start, zone)
            until = "24:00" if part.end == day.end else _shown(part.end, zone)
            yield Turn(duty.member, since, until, duty.reason != "shift")


def _shown(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def conflicts(policy: Policy, kept: Sequence[Kept]) -> tuple[str, ...]:
    """Return what of the overrides does not fit together, a sentence each.

    Args:
        policy: With the overrides in it.
        kept: Those that are shown.
    """
    return (*_taken_over(kept), *_doubled(policy, kept))


def _taken_over(kept: Sequence[Kept]) -> Iterator[str]:
    """Yield which override another one of the same rotation takes something from."""
    for one, later in combinations(sorted(kept, key=lambda row: row.id), 2):
        if one.stand_in.rotation == later.stand_in.rotation and _meet(one.stand_in, later.stand_in):
            yield (
                f"#{later.id} ({later.stand_in.person}) and #{one.id} ({one.stand_in.person}) of "
                f"{one.stand_in.rotation} overlap: #{later.id} counts, it was made later"
            )


def _meet(one: StandIn, other: StandIn) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _doubled(policy: Policy, kept: Sequence[Kept]) -> Iterator[str]:
    """Yield where somebody stands in while having another duty."""
    for row in kept:
        own = row.stand_in
        span = Interval(moment(own.starts_at), moment(own.ends_at))
        for rotation in policy.rotations.values():
            if rotation.name == own.rotation:
                continue
            if any(duty.member == own.person for duty in _duties(policy, rotation, span)):
                yield (
                    f"{own.person} stands in for {own.rotation} (#{row.id}) and has the duty of "
                    f"{rotation.name} meanwhile"
                )
