"""Who is on call, team by team, as it is shown. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sothat.incidents.access.scope import Scope
from sothat.incidents.roster import Roster, moment
from sothat.incidents.web import models
from sothat.model.problem import Unusable
from sothat.service_levels.on_call import OnCall, on_call
from sothat.service_levels.plain import timestamp

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on call for a team.

    Attributes:
        now: None: nobody is.
        following: Who comes right after; None: nobody, or nobody knows.
        people: Names of the users who have the role that is on call.
        why: What is wrong, empty if somebody can be reached.
    """

    team: str
    now: OnCall | None
    following: OnCall | None
    people: Sequence[str]
    why: str


def duties(roster: Roster, at: int, teams: Sequence[str] = ()) -> tuple[Duty, ...]:
    """Return who is on call at a moment (nanoseconds).

    Args:
        roster: The rota with the stand-ins in it.
        at: The moment.
        teams: Only these; empty: every team that has a rotation.
    """
    return tuple(_duties(roster, at, teams))


def has_rotation(roster: Roster, scope: Scope, name: str) -> bool:
    """Return whether a rotation is one of a team within a scope."""
    rotation = roster.policy.rotations.get(name)
    return scope.has_team(rotation.team) if rotation else not scope.limited


def _duties(roster: Roster, at: int, teams: Sequence[str]) -> Iterator[Duty]:
    policy = roster.policy
    with_rotation = {rotation.team for rotation in policy.rotations.values()}
    for team in policy.teams:
        if team in teams if teams else team in with_rotation:
            asked = roster.on_duty(team, at)
            now = _on_call(roster, team, at)
            after = _next(roster, team, now) if now else None
            yield Duty(team, now, after, [user.name for user in asked.users], asked.why)


def _on_call(roster: Roster, team: str, at: int) -> OnCall | None:
    try:
        return on_call(roster.policy, team, moment(at))
    except Unusable:
        return None


def _next(roster: Roster, team: str, now: OnCall) -> OnCall | None:
    return on_call(roster.policy, team, now.until + _INSTANT)


def duty_shape(duty: Duty) -> models.Duty:
    """Return a duty as the JSON API shows it."""
    return models.Duty(
        team=duty.team,
        now=_shift(duty.now),
        next=_shift(duty.following),
        people=list(duty.people),
        problem=duty.why,
    )


def _shift(one: OnCall | None) -> models.Shift | None:
    if one is None:
        return None
    return models.Shift(
        member=one.member,
        rotation=one.rotation,
        since=timestamp(one.since),
        until=timestamp(one.until),
        reason=one.reason,
    )
