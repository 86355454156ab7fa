"""Whether a policy leaves an incident without help: what a rota's owner wants to know in time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sothat.model.policy import Policy, Priority, Team
from sothat.model.problem import Problem, Severity, Unusable
from sothat.service_levels.calendars import working
from sothat.service_levels.contracts import ALWAYS
from sothat.service_levels.intervals import Interval, utc
from sothat.service_levels.ladders import ladder_problems
from sothat.service_levels.on_call import gaps
from sothat.service_levels.words import counted, span
from sothat.service_levels.zones import zone_named

_WITH_HOLIDAYS = replace(ALWAYS, holidays=False)
_SHOWN = 3


def lint(policy: Policy, now: datetime, ahead: timedelta) -> tuple[Problem, ...]:
    """Return what is wrong with a policy's calendars, rotations, ladders and ways to reach people.

    Args:
        policy: The policy; its names may lead nowhere.
        now: An aware moment.
        ahead: How far gaps are looked for.

    Returns:
        Errors for what leaves a page unanswered, warnings for what may.
    """
    bounds = Interval(now, utc(now) + ahead)
    teams = (problem for team in policy.teams.values() for problem in _team(policy, team, bounds))
    ladders = ladder_problems(policy)
    return (*_calendars(policy, bounds), *_strangers(policy), *teams, *ladders)


def _calendars(policy: Policy, bounds: Interval) -> Iterator[Problem]:
    """Yield the calendars of which zone or holidays are not known."""
    for calendar in policy.calendars.values():
        try:
            working(_WITH_HOLIDAYS, calendar, bounds.start, bounds.end)
        except Unusable as error:
            for problem in error.problems:
                message = f"the calendar '{calendar.name}': {problem.message}"
                yield replace(problem, message=message)


def _strangers(policy: Policy) -> Iterator[Problem]:
    """Yield the rotations of teams that do not exist: their members wait for nothing."""
    for rotation in policy.rotations.values():
        if rotation.team and rotation.team not in policy.teams:
            message = f"the rotation '{rotation.name}' is for '{rotation.team}', which is no team"
            yield Problem("unknown-reference", message, hint="correct the name, or add the team")


def _team(policy: Policy, team: Team, bounds: Interval) -> Iterator[Problem]:
    yield from _contact(policy, team)
    own = [rotation for rotation in policy.rotations.values() if rotation.team == team.name]
    if not own:
        message = f"the team '{team.name}' has no rotation: nobody is on call for it"
        yield Problem("team-without-rotation", message, severity=Severity.WARNING)
        return
    try:
        found = gaps(policy, team.name, bounds)
        zone = zone_named(policy.calendars[own[0].calendar].time_zone)
    except Unusable as error:
        yield from error.problems
        return
    yield from _gaps(team, found, bounds.start, zone)


def _gaps(
    team: Team, found: Sequence[Interval], now: datetime, zone: ZoneInfo
) -> Iterator[Problem]:
    """Yield a problem for the gap that is now, and for each of the next ones."""
    hint = "add a rotation, or an override"
    for gap in found[:_SHOWN]:
        if now in gap:
            message = f"nobody is on call for '{team.name}': {span(gap, zone)}"
            yield Problem("nobody-on-call", message, hint=hint)
        else:
            message = f"nobody will be on call for '{team.name}': {span(gap, zone)}"
            yield Problem("gap-ahead", message, hint=hint)
    if len(found) > _SHOWN:
        more = counted(len(found) - _SHOWN, "gap")
        yield Problem("gap-ahead", f"and {more} more for '{team.name}'", hint=hint)


def _contact(policy: Policy, team: Team) -> Iterator[Problem]:
    """Yield the priorities at which a team cannot be reached."""
    for priority in Priority:
        channels = team.channels.get(priority, ())
        if not channels:
            message = f"the team '{team.name}' has no channel for {priority}"
            yield Problem("no-contact-method", message, hint="name a channel for it")
        for channel in channels if policy.channels else ():
            if channel not in policy.channels:
                message = f"'{channel}', for {priority} of '{team.name}', is no channel"
                yield Problem("unknown-reference", message, hint="add it to 'channels'")
