"""Who is on call when: rotations in local time, with overrides, and the gaps between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sothat.model.policy import Policy, Rotation
from sothat.model.problem import Unusable, unusable
from sothat.service_levels.calendars import working
from sothat.service_levels.intervals import Interval, common, utc, without
from sothat.service_levels.lookup import named
from sothat.service_levels.zones import reaching, zone_named

_INSTANT = timedelta(microseconds=1)
# Wall clocks jump by a day at most, so a shift found by local time is at most so far off.
_JUMP = timedelta(days=2)
_NEVER = "9999-12-31T23:59"
# Seconds.
_SHORTEST, _LONGEST = 60.0, 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody's duty.

    Attributes:
        member: Who, a role.
        rotation: Name of the rotation that says so.
        since: When the duty began, in UTC.
        until: When it ends, in UTC.
        reason: ``shift``, or what an override gives as its reason.
    """

    member: str
    rotation: str
    since: datetime
    until: datetime
    reason: str = "shift"

    @property
    def interval(self) -> Interval:
        """Return the time of the duty."""
        return Interval(self.since, self.until)


def on_call(policy: Policy, team: str, at: datetime) -> OnCall | None:
    """Return who is on call for a team at a moment, by its first rotation that has somebody.

    Args:
        policy: The policy.
        team: Name of the team.
        at: An aware moment.

    Returns:
        None when nobody is: a gap, or a team without a rotation.

    Raises:
        Unusable: The policy has no such team, or a rotation that cannot be used.
        ValueError: The moment has no time zone.
    """
    moment = Interval(utc(at), utc(at) + _INSTANT)
    return next((duty for duty in duties(policy, team, moment) if at in duty.interval), None)


def duties(policy: Policy, team: str, bounds: Interval) -> Iterator[OnCall]:
    """Yield the duties of a team that touch bounds, whole, by rotation and then by time.

    Raises:
        Unusable: The policy has no such team, or a rotation that cannot be used.
    """
    named(policy.teams, "teams", team)
    for rotation in policy.rotations.values():
        if rotation.team == team:
            yield from duties_by(policy, rotation, bounds)


def duties_by(policy: Policy, rotation: Rotation, bounds: Interval) -> Iterator[OnCall]:
    """Yield the duties that a rotation gives, itself or by whom it turns to, in bounds.

    Raises:
        Unusable: One of the rotations cannot be used, or they turn to each other in a circle.
    """
    above: list[Rotation] = []
    for each in _in_turn(policy, rotation):
        found = (
            part for duty in _duties(policy, each, bounds) for part in _left(policy, above, duty)
        )
        within = (duty for duty in found if common((duty.interval,), (bounds,)))
        yield from sorted(within, key=lambda duty: duty.since)
        above.append(each)


def on_call_by(policy: Policy, rotation: Rotation, at: datetime) -> OnCall | None:
    """Return who is on call by a rotation at a moment; see `on_call`."""
    moment = Interval(utc(at), utc(at) + _INSTANT)
    return next((d for d in duties_by(policy, rotation, moment) if at in d.interval), None)


def _in_turn(policy: Policy, rotation: Rotation) -> Sequence[Rotation]:
    """Return a rotation and those that it turns to, one after the other."""
    found = {rotation.name: rotation}
    while rotation.otherwise:
        rotation = named(policy.rotations, "rotations", rotation.otherwise)
        if rotation.name in found:
            raise _bad(rotation, "it turns to itself")
        found[rotation.name] = rotation
    return tuple(found.values())


def _left(policy: Policy, above: Sequence[Rotation], duty: OnCall) -> Iterator[OnCall]:
    """Yield what rotations above leave of a duty."""
    span = duty.interval
    taken = [each.interval for one in above for each in _duties(policy, one, span)]
    for part in without((span,), taken):
        yield replace(duty, since=part.start, until=part.end)


def gaps(policy: Policy, team: str, bounds: Interval) -> tuple[Interval, ...]:
    """Return when nobody of a team is on call, within bounds; see `duties`."""
    return without((bounds,), [duty.interval for duty in duties(policy, team, bounds)])


def _duties(policy: Policy, rotation: Rotation, bounds: Interval) -> Iterator[OnCall]:
    zone = zone_named(named(policy.calendars, "calendars", rotation.calendar).time_zone)
    away = [_between(rotation, each.starts, each.ends, zone) for each in rotation.overrides]
    for number, override in enumerate(rotation.overrides):
        if _meet(away[number], bounds):
            later = [each for each in away[number + 1 :] if _meet(each, away[number])]
            for part in without((away[number],), later):
                yield from _touching(rotation, override.member, part, bounds, override.reason)
    for member, shift in _shifts(rotation, zone, bounds):
        taken = [each for each in away if _meet(each, shift)]
        for part in without(_on_duty(policy, rotation, shift), taken):
            yield from _touching(rotation, member, part, bounds)


def _meet(one: Interval, other: Interval) -> bool:
    return one.start < other.end and other.start < one.end


def _touching(
    rotation: Rotation, member: str, part: Interval, bounds: Interval, reason: str = "shift"
) -> Iterator[OnCall]:
    """Yield a duty if any of it lies within bounds."""
    if common((part,), (bounds,)):
        yield OnCall(member, rotation.name, part.start, part.end, reason or "override")


def _on_duty(policy: Policy, rotation: Rotation, shift: Interval) -> tuple[Interval, ...]:
    """Return the part of a shift in which the rotation has the duty."""
    if not rotation.hours:
        return (shift,)
    hours = named(policy.hours, "hours", rotation.hours)
    calendar = named(policy.calendars, "calendars", rotation.calendar)
    return working(hours, calendar, shift.start, shift.end)


def _shifts(rotation: Rotation, zone: ZoneInfo, bounds: Interval) -> Iterator[tuple[str, Interval]]:
    """Yield the shifts that touch bounds: handed over at local times, however long they get."""
    if not _SHORTEST <= rotation.shift <= _LONGEST:
        raise _bad(rotation, "a shift lasts a minute at least and a year at most")
    first, length = _local(rotation, rotation.starts), timedelta(seconds=rotation.shift)
    low, high = (edge.astimezone(zone).replace(tzinfo=None) for edge in (bounds.start, bounds.end))
    numbers = range(max(0, (low - _JUMP - first) // length), (high + _JUMP - first) // length + 1)
    last = _local(rotation, rotation.ends or _NEVER)
    for number in numbers if rotation.members else ():
        start = first + number * length
        if start >= last:
            return
        shift = Interval(reaching(zone, start), reaching(zone, min(start + length, last)))
        if common((shift,), (bounds,)):
            yield rotation.members[number % len(rotation.members)], shift


def _between(rotation: Rotation, starts: str, ends: str, zone: ZoneInfo) -> Interval:
    try:
        return Interval(*(_edge(rotation, text, zone) for text in (starts, ends)))
    except ValueError as error:
        raise _bad(rotation, f"an override ends at {ends}, before it starts") from error


def _edge(rotation: Rotation, text: str, zone: ZoneInfo) -> datetime:
    """Return when an override starts or ends: a moment, or a local time in the zone."""
    try:
        return _moment(text, zone)
    except ValueError as error:
        raise _bad(rotation, f"'{text}' is no date and time") from error


@lru_cache(maxsize=8192)
def _moment(text: str, zone: ZoneInfo) -> datetime:
    given = datetime.fromisoformat(text)
    return reaching(zone, given) if given.tzinfo is None else utc(given)


def _local(rotation: Rotation, text: str) -> datetime:
    """Return a local date and time."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise _bad(rotation, f"'{text}' is no date and time") from error


def _bad(rotation: Rotation, why: str) -> Unusable:
    return unusable("bad-rotation", f"the rotation '{rotation.name}' cannot be used: {why}")
