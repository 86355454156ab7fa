"""Who is asked and when they may be: preferences, stand-ins, windows, and what is remembered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.people import People, Quiet, User, people_in, people_schema
from sothat.incidents.roster import Roster, StandIn, moment, nanoseconds
from sothat.model.policy import (
    Calendar,
    Hours,
    Level,
    Maintenance,
    Override,
    Policy,
    Priority,
    Rotation,
    Seat,
    Team,
    Term,
)
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document
from sothat.runtime.schema import validate
from sothat.service_levels.calendars import DAYS
from sothat.service_levels.on_call import on_call

P1, P2, P3 = Priority.P1, Priority.P2, Priority.P3
BERLIN = ZoneInfo("Europe/Berlin")
PEOPLE = """\
apiVersion: sothat/v1
kind: People
users:
  first-engineer:
    roles: [First engineer, Expert]
    time_zone: Europe/Berlin
    contacts:
      phone: {type: log}
      mail: {type: log}
    notify: {P3: [mail]}
    quiet_hours: {from: "22:00", to: "07:00"}
    digest: {P4: "09:00"}
    at_most: {messages: 5, within: 10m}
"""


def at(text: str) -> int:
    return nanoseconds(datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC))


def policy() -> Policy:
    """Return a team with a rotation of two, seats, and a weekly window."""
    calendar = Calendar("office", "DE", "", "Europe/Berlin", MappingProxyType({}))
    rotation = Rotation(
        "week", "plant", "office", "2026-01-05T09:00", 7 * 86_400.0, ("First engineer", "Second")
    )
    mutes = ({"alertname": ("HostDown",)},)
    window = Maintenance("weekly", "week", "sunday", "00:00", "04:00", "office", 0, mutes)
    return Policy(
        priorities={},
        teams={"plant": Team("plant", "", {}, (), seats=(Seat("vendor", role="Vendor"),))},
        grouping=("alertname",),
        hours={"business": Hours(DAYS[:5], "08:00", "18:00", holidays=False)},
        calendars={"office": calendar},
        rotations={"week": rotation},
        maintenance={"weekly": window},
        calendar="office",
        escalation={"management": (Level("crisis-team", {P1: Term("", 1.0)}, ("Expert",)),)},
    )


@pytest.fixture
def people() -> People:
    document = parse_document(PEOPLE, "people.yaml")
    assert validate(document, people_schema({"type": "object"})) == []
    return people_in(document)


def test_a_user_is_who_has_the_role_or_the_name(people: People) -> None:
    (user,) = people.known_as("Expert")
    assert people.known_as("first-engineer") == (user,)
    assert people.known_as("Somebody") == ()
    assert user.used(P1) == ("first-engineer/phone", "first-engineer/mail")
    assert user.used(P3) == ("first-engineer/mail",)
    assert user.in_place_of("first-engineer/phone") == ("first-engineer/mail",)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("P3: [mail]", "P3: [male]", "unknown-reference", 10),
        ("Europe/Berlin", "Europe/Bärlin", "unknown-time-zone", 6),
        ("within: 10m", "within: soon", "bad-duration", 13),
    ],
)
def test_what_leads_nowhere_is_refused_with_its_place(
    old: str, new: str, code: str, line: int
) -> None:
    with pytest.raises(Unusable) as caught:
        people_in(parse_document(PEOPLE.replace(old, new), "people.yaml"))
    (problem,) = caught.value.problems
    assert problem.position
    assert (problem.code, problem.position.line) == (code, line)


def test_whoever_is_on_call_is_asked(people: People) -> None:
    roster = Roster(policy(), people)
    first = roster.on_duty("plant", at("2026-01-06T12:00"))
    assert [user.name for user in first.users] == ["first-engineer"]
    second = roster.on_duty("plant", at("2026-01-13T12:00"))
    assert (second.member, second.users) == ("Second", ())
    assert "Second" in second.why
    assert "no team" in roster.on_duty("harbour", at("2026-01-06T12:00")).why


def test_seats_are_the_teams_own_or_the_levels(people: People) -> None:
    roster = Roster(policy(), people)
    (vendor,) = roster.seated("plant", "vendor", 0)
    assert (vendor.member, vendor.users) == ("Vendor", ())
    (crisis,) = roster.seated("plant", "crisis-team", 0)
    assert crisis.users[0].name == "first-engineer"
    assert roster.seated("plant", "expert", 0) == ()


def test_a_stand_in_is_on_call_to_the_second_and_then_no_longer(people: People) -> None:
    roster = Roster(policy(), people)
    start, end = at("2026-01-13T12:00") + 30 * 10**9, at("2026-01-13T14:00")
    roster.take_stand_ins([StandIn("week", "first-engineer", start, end), StandIn("x", "y", 0, 1)])
    assert roster.on_duty("plant", start - 60 * 10**9).member == "Second"
    assert roster.on_duty("plant", start + 60 * 10**9).member == "first-engineer"
    assert roster.on_duty("plant", end).member == "Second"
    roster.take_stand_ins([])
    assert roster.on_duty("plant", start + 60 * 10**9).member == "Second"


def test_an_override_may_give_the_moment_rather_than_the_local_time() -> None:
    """In the hour that comes twice a local time is not enough."""
    twice = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 02:15 for the second time
    starts, ends = twice.isoformat(), (twice + timedelta(minutes=10)).isoformat()
    rotation = policy().rotations["week"]
    held = replace(rotation, overrides=(Override(starts, ends, "Third"),))
    bent = replace(policy(), rotations={"week": held})
    for minutes, third in ((-60, False), (-1, False), (0, True), (9, True), (10, False)):
        duty = on_call(bent, "plant", twice + timedelta(minutes=minutes))
        assert duty
        assert (duty.member == "Third") is third, minutes


@pytest.mark.parametrize(
    ("time", "priority", "until", "why"),
    [
        ("2026-01-06T23:00", P2, "2026-01-07T07:00", "quiet hours"),
        ("2026-01-07T06:59", P3, "2026-01-07T07:00", "quiet hours"),
        ("2026-01-06T23:00", P1, None, ""),
        ("2026-01-06T12:00", P2, None, ""),
        ("2026-01-07T07:00", P2, None, ""),
        ("2026-01-06T08:59", Priority.P4, "2026-01-06T09:00", "digest"),
        ("2026-01-06T09:00", Priority.P4, "2026-01-07T09:00", "digest"),
        # The clock goes forward in that night: it is short, and the end is the clock's.
        ("2026-03-28T23:00", P2, "2026-03-29T07:00", "quiet hours"),
    ],
)
def test_messages_are_held_back_as_their_reader_wants(
    people: People, time: str, priority: Priority, until: str | None, why: str
) -> None:
    held = Roster(policy(), people).held(people.users["first-engineer"], priority, at(time))
    if until is None:
        assert held is None
    else:
        assert held
        assert (held.until, held.why) == (at(until), why)


def test_p1_is_held_only_for_who_says_so() -> None:
    user = User("u", ("r",), "UTC", ("c",), quiet=Quiet("00:00", "06:00"))
    night = nanoseconds(datetime(2026, 1, 6, 3, tzinfo=UTC))
    roster = Roster(policy(), People({"u": user}))
    assert roster.held(user, P1, night) is None
    always = replace(user, name="v", quiet=Quiet("00:00", "06:00", tuple(Priority)))
    assert roster.held(always, P1, night)


def test_a_window_mutes_what_it_is_about_until_its_end() -> None:
    roster = Roster(policy())
    inside = at("2026-01-11T01:00")
    held = roster.muted({"alertname": "HostDown"}, inside)
    assert held
    assert (held.until, held.why) == (at("2026-01-11T04:00"), "maintenance window 'weekly'")
    assert roster.muted({"alertname": "Flood"}, inside) is None
    assert roster.muted({"alertname": "HostDown"}, at("2026-01-11T04:00")) is None


def test_times_count_in_their_hours_less_the_pauses() -> None:
    roster = Roster(policy())
    since = at("2026-01-05T17:00")
    assert roster.due_at(Term("", 900.0), since + 7) == since + 7 + 900 * 10**9
    pause = (since + 10**9, since + 3 * 10**9)
    assert roster.due_at(Term("", 900.0), since, (pause,)) == since + 902 * 10**9
    assert roster.due_at(Term("business", 7200.0), since) == at("2026-01-06T09:00")
    hour = (at("2026-01-05T17:00"), at("2026-01-05T18:00"))
    assert roster.due_at(Term("business", 7200.0), since, (hour,)) == at("2026-01-06T10:00")


@given(st.integers(0, 4 * 10**18))
def test_moments_survive_to_the_microsecond(nanosecond: int) -> None:
    assert nanoseconds(moment(nanosecond)) == nanosecond // 1000 * 1000


def test_the_example_of_the_documentation_is_sound() -> None:
    example = Path(__file__).parents[2] / "examples" / "people.yaml"
    document = parse_document(example.read_text(encoding="utf-8"), str(example))
    assert validate(document, people_schema({"type": "object"})) == []
    assert people_in(document).users
