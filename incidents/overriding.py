"""Overrides of the rota as people ask for them, checked before they are kept. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sothat.incidents.roster import Roster, StandIn, nanoseconds
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Unusable
from sothat.service_levels.ical import overrides
from sothat.service_levels.intervals import Interval, utc
from sothat.service_levels.zones import reaching, zone_named

_LONGEST = timedelta(days=366)
# How far ahead an iCalendar is read.
AHEAD = timedelta(weeks=26)


class BadOverride(ValueError):  # noqa: N818 – it is named for what it says
    """An override that cannot be kept; the text says why."""


def stand_in(
    roster: Roster, rotation: str, person: str, starts: datetime, ends: datetime
) -> StandIn:
    """Return an override as it is kept.

    Args:
        roster: Whose rotations and people it is about.
        rotation: Name of the rotation.
        person: A user, or a role; it need not have a contact, but then somebody else is asked.
        starts: An aware moment.
        ends: An aware moment.

    Raises:
        BadOverride: There is no such rotation or person, or the time is none.
    """
    _require_rotation(roster, rotation)
    known = known_people(roster)
    if person not in known:
        hint = did_you_mean(person, known, otherwise="name a user, or a role of the policy")
        raise BadOverride(f"nobody is known as {person!r:.60}; {hint}")
    start, end = utc(starts), utc(ends)
    if not start < end <= start + _LONGEST:
        raise BadOverride("an override ends after it starts, and within a year")
    return StandIn(rotation, person, nanoseconds(start), nanoseconds(end))


def known_people(roster: Roster) -> tuple[str, ...]:
    """Return who may stand in: users, and roles of the policy; each once."""
    return tuple(dict.fromkeys((*roster.people.users, *_roles(roster))))


def stand_ins_in(roster: Roster, rotation: str, text: str, now: datetime) -> Iterator[StandIn]:
    """Yield the overrides in an iCalendar from now on, half a year ahead.

    Raises:
        BadOverride: There is no such rotation, or the text is no iCalendar of overrides.
    """
    _require_rotation(roster, rotation)
    policy = roster.policy
    zone = zone_named(policy.calendars[policy.rotations[rotation].calendar].time_zone)
    try:
        found = list(overrides(text, zone, Interval(now, now + AHEAD)))
    except Unusable as error:
        raise BadOverride(error.problems[0].message) from error
    for each in found:
        edges = (reaching(zone, datetime.fromisoformat(edge)) for edge in (each.starts, each.ends))
        yield stand_in(roster, rotation, each.member, *edges)


def _require_rotation(roster: Roster, rotation: str) -> None:
    known = tuple(roster.policy.rotations)
    if rotation not in known:
        hint = did_you_mean(rotation, known, otherwise=f"there are: {', '.join(known) or 'none'}")
        raise BadOverride(f"there is no rotation {rotation!r:.60}; {hint}")


def _roles(roster: Roster) -> Iterator[str]:
    for user in roster.people.users.values():
        yield from user.roles
    for rotation in roster.policy.rotations.values():
        yield from rotation.members
    for team in roster.policy.teams.values():
        yield from (seat.role for seat in team.seats if seat.role)
