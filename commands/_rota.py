"""The policy of a catalogue, who is on call by it, and what its rota lacks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sothat.generator.loading.draft import policy_problems
from sothat.generator.loading.folder import read_folder
from sothat.generator.loading.policy import resolve_policy
from sothat.generator.shipped import shipped_catalogue
from sothat.model.duration import parse_duration
from sothat.model.policy import Policy
from sothat.model.problem import Problem, Unusable, unusable
from sothat.runtime.documents import read_text
from sothat.service_levels import plain, words
from sothat.service_levels.ical import overrides
from sothat.service_levels.intervals import Interval
from sothat.service_levels.lint import lint
from sothat.service_levels.lookup import named
from sothat.service_levels.on_call import OnCall, on_call
from sothat.service_levels.zones import zone_named

# Seconds.
_FURTHEST = 10 * 366 * 86_400.0

Duties = Mapping[str, OnCall | None]


def read_policy(catalogue: Path | None) -> Policy:
    """Return the policy of a catalogue's folder; default: the one that comes with sothat.

    Raises:
        Unusable: There is not one policy in it, or it is not sound.
    """
    folder = read_folder(catalogue or shipped_catalogue())
    files = {document.file for document in folder.of_kind("Policy")}
    shape = [p for p in folder.shape if p.position and p.position.file in files]
    problems = [*folder.unreadable, *shape, *policy_problems(folder)]
    if problems:
        raise Unusable(problems)
    (document,) = folder.of_kind("Policy")
    return resolve_policy(document.data)


def duties_at(policy: Policy, team: str, at: datetime) -> Duties:
    """Return who is on call at a moment, by team; without a team all that have a rotation.

    Raises:
        Unusable: There is no such team, or a rotation cannot be used.
    """
    rotating = {rotation.team for rotation in policy.rotations.values()}
    teams = [team] if team else sorted(rotating & set(policy.teams))
    return {name: on_call(policy, name, at) for name in teams}


def findings(policy: Policy, team: str, at: datetime, ahead: str) -> tuple[Problem, ...]:
    """Return what the rota lacks from a moment on; of one team, or of all.

    Raises:
        Unusable: How far to look is no duration, or more than ten years.
    """
    bounds = bounds_of(at, ahead)
    chosen = of_team(policy, team) if team else policy
    return lint(chosen, bounds.start, bounds.end - bounds.start)


def bounds_of(at: datetime, ahead: str) -> Interval:
    """Return the time from a moment on, as long as a duration.

    Raises:
        Unusable: It is no duration, or more than ten years.
    """
    try:
        seconds = parse_duration(ahead)
    except ValueError as error:
        raise unusable("bad-duration", f"--ahead: {error}") from error
    if seconds > _FURTHEST:
        raise unusable("bad-duration", "--ahead: more than ten years")
    return Interval(at, at + timedelta(seconds=seconds))


def overrides_in(file: Path, policy: Policy, rotation: str, bounds: Interval) -> str:
    """Return the events of an iCalendar as the lines of a rotation's overrides.

    Raises:
        Unusable: The file cannot be read or is no iCalendar, or there is no such rotation.
    """
    chosen = named(policy.rotations, "rotations", rotation)
    zone = zone_named(named(policy.calendars, "calendars", chosen.calendar).time_zone)
    text = read_text(file)
    found = [{k: v for k, v in asdict(each).items() if v} for each in overrides(text, zone, bounds)]
    return yaml.safe_dump({"overrides": found}, allow_unicode=True, sort_keys=False)


def of_team(policy: Policy, team: str) -> Policy:
    """Return a policy in which there is one team alone; the ladders are a matter of all."""
    own = {name: each for name, each in policy.rotations.items() if each.team == team}
    return replace(policy, teams={team: policy.teams[team]}, rotations=own, escalation={})


def told(policy: Policy, duties: Duties) -> Iterator[str]:
    """Yield a line for each team."""
    width = max(map(len, duties), default=0)
    for team, duty in duties.items():
        yield f"{team:<{width}}  {_told(policy, duty) if duty else 'nobody'}"


def _told(policy: Policy, duty: OnCall) -> str:
    rotation = named(policy.rotations, "rotations", duty.rotation)
    zone = zone_named(named(policy.calendars, "calendars", rotation.calendar).time_zone)
    since, until = (words.moment(edge, zone) for edge in (duty.since, duty.until))
    return f"{duty.member}, from {since} to {until} ({duty.rotation}, {duty.reason})"


def as_data(duties: Duties, at: datetime, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return the same as plain data."""
    return {
        "at": plain.timestamp(at),
        "teams": {team: duty and plain.duty(duty) for team, duty in duties.items()},
        "problems": [asdict(problem) for problem in problems],
    }
