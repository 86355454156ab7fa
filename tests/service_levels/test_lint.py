"""What a rota's owner is told in time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sothat.model.policy import Calendar, Channel, Policy, Priority, Rotation, Team
from sothat.model.problem import Severity
from sothat.service_levels.lint import lint

NOW = datetime(2026, 2, 4, 12, tzinfo=UTC)
WEEK = timedelta(weeks=1)
TEAM = Team("sre", "", dict.fromkeys(Priority, ("phone",)), ())
ROTATION = Rotation("weekly", "sre", "office", "2026-01-05T09:00", 604_800.0, ("First", "Second"))


@pytest.fixture
def policy(shipped: Policy) -> Policy:
    return Policy(
        priorities={},
        teams={"sre": TEAM},
        grouping=(),
        hours=shipped.hours,
        calendars={"office": Calendar("office", "DE", "BE", "Europe/Berlin", {})},
        rotations={"weekly": ROTATION},
        channels={"phone": Channel("phone", "")},
    )


def codes(policy: Policy) -> list[str]:
    return [problem.code for problem in lint(policy, NOW, WEEK)]


def test_a_whole_rota_has_no_findings(policy: Policy) -> None:
    assert codes(policy) == []


def test_a_rota_that_begins_tomorrow_has_nobody_today(policy: Policy) -> None:
    later = replace(ROTATION, starts="2026-02-05T09:00")
    assert codes(replace(policy, rotations={"weekly": later})) == ["nobody-on-call"]


def test_gaps_ahead_are_named_and_counted(policy: Policy) -> None:
    days = replace(ROTATION, hours="business")
    found = lint(replace(policy, rotations={"weekly": days}), NOW, WEEK)
    # Each night of the week and one weekend: five, of which the next three are told.
    assert [problem.code for problem in found] == ["gap-ahead"] * 4
    assert found[0].message == (
        "nobody will be on call for 'sre': Wed 2026-02-04 18:00 CET – Thu 2026-02-05 08:00 CET"
    )
    assert found[3].message == "and 2 gaps more for 'sre'"


def test_a_team_without_rotation_is_a_warning(policy: Policy) -> None:
    (found,) = lint(replace(policy, rotations={}), NOW, WEEK)
    assert (found.code, found.severity) == ("team-without-rotation", Severity.WARNING)


def test_a_rotation_of_no_team(policy: Policy) -> None:
    stray = replace(ROTATION, name="stray", team="sreee")
    found = codes(replace(policy, rotations={"weekly": ROTATION, "stray": stray}))
    assert found == ["unknown-reference"]


def test_a_priority_without_a_way_to_reach_people(policy: Policy) -> None:
    mute = replace(TEAM, channels={**TEAM.channels, Priority.P2: ()})
    assert codes(replace(policy, teams={"sre": mute})) == ["no-contact-method"]


def test_a_channel_that_is_not_there(policy: Policy) -> None:
    lost = replace(TEAM, channels={**TEAM.channels, Priority.P1: ("pigeon",)})
    assert codes(replace(policy, teams={"sre": lost})) == ["unknown-reference"]


@pytest.mark.parametrize(
    ("calendar", "code"),
    [
        (Calendar("office", "DE", "BE", "Europe/Nowhere", {}), "unknown-time-zone"),
        (Calendar("office", "DE", "XX", "Europe/Berlin", {}), "unknown-holidays"),
    ],
)
def test_a_calendar_that_nobody_can_count_in(policy: Policy, calendar: Calendar, code: str) -> None:
    assert code in codes(replace(policy, calendars={"office": calendar}))


def test_a_rotation_that_cannot_be_used(policy: Policy) -> None:
    bad = replace(ROTATION, shift=0.0)
    assert codes(replace(policy, rotations={"weekly": bad})) == ["bad-rotation"]


def test_the_shipped_policy_has_no_errors(shipped: Policy) -> None:
    found = lint(shipped, NOW, 4 * WEEK)
    assert {problem.code for problem in found} <= {"team-without-rotation"}
