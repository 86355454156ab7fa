"""Walks through weeks by what an import has written, as our own loaders and roster read it."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sothat.commands._people import read_people
from sothat.commands._rota import read_policy
from sothat.commands.import_ import command
from sothat.incidents.people import People
from sothat.incidents.roster import Roster, nanoseconds
from sothat.model.policy import Policy
from sothat.service_levels.intervals import Interval
from sothat.service_levels.on_call import duties, duties_by

# Eight weeks each in which the clocks of New York, Berlin and Lord Howe change.
SPRING, AUTUMN = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 9, 28, tzinfo=UTC)
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC")
WEEKS = timedelta(weeks=8)
_STEP = timedelta(hours=1)


def moments(now: datetime) -> Iterator[datetime]:
    """Yield a moment of each hour, in each half of it in turn: Lord Howe is half an hour apart."""
    for number in range(WEEKS // _STEP):
        yield now + number * _STEP + number % 2 * _STEP / 2


def imported(folder: Path, system: str, now: datetime, *exports: Any) -> tuple[Result, Path]:
    """Return what the command says of exports, and the folder that it writes."""
    files = []
    for number, export in enumerate(exports):
        file = folder / f"export-{number}.json"
        text = export if isinstance(export, str) else json.dumps(export)
        file.write_text(text, encoding="utf-8")
        files.append(str(file))
    output = folder / "moved"
    arguments = [system, *files, "-o", str(output), "--at", now.isoformat(), "--json"]
    return CliRunner().invoke(command, arguments, standalone_mode=False), output


@dataclass(frozen=True)
class Moved:
    """A written configuration, read again."""

    policy: Policy
    people: People
    report: Mapping[str, Any]
    code: int

    def addresses(self, member: str) -> frozenset[str]:
        return frozenset(user.name for user in self.people.known_as(member))

    def on_call(self, team: str, now: datetime) -> Callable[[datetime], frozenset[str]]:
        """Return what tells the users who are asked at once by a team at a moment."""
        bounds = Interval(now, now + WEEKS)
        lanes = [list(duties(self.policy, team, bounds))]
        own = self.policy.teams[team]
        first = [seat for seat in own.seats if seat.level == f"{team}-1"]
        rotations = [self.policy.rotations[seat.rotation] for seat in first if seat.rotation]
        lanes += [list(duties_by(self.policy, rotation, bounds)) for rotation in rotations]
        roles = [self.addresses(seat.role) for seat in first if seat.role]
        known = [
            sorted((d.since, d.until, self.addresses(d.member)) for d in lane) for lane in lanes
        ]
        # One rotation never has two on call at once.
        assert all(a[1] <= b[0] for lane in known for a, b in pairwise(lane))

        return lambda moment: frozenset().union(*(_there(lane, moment) for lane in known), *roles)


def _there(
    lane: list[tuple[datetime, datetime, frozenset[str]]], moment: datetime
) -> frozenset[str]:
    number = bisect_right(lane, moment, key=lambda turn: turn[0]) - 1
    found = number >= 0 and moment < lane[number][1]
    return lane[number][2] if found else frozenset()


def moved(folder: Path, system: str, now: datetime, *exports: Any) -> Moved:
    result, output = imported(folder, system, now, *exports)
    assert result.exception is None, (result.output, result.exception)
    policy = read_policy(output / "catalogue")
    people = read_people(output / "people.yaml")
    return Moved(policy, people, json.loads(result.stdout), result.return_value)


def agree(
    made: Moved, team: str, now: datetime, expected: Callable[[datetime], frozenset[str]]
) -> None:
    """Assert that both say the same at every moment, and the roster at some of them."""
    ours = made.on_call(team, now)
    for moment in moments(now):
        assert ours(moment) == expected(moment), (team, moment.isoformat())
    roster = Roster(made.policy, made.people)
    for moment in list(moments(now))[::197]:
        asked = (
            roster.on_duty(team, nanoseconds(moment)),
            *roster.seated(team, f"{team}-1", nanoseconds(moment)),
        )
        assert {u.name for one in asked for u in one.users} == expected(moment), moment
