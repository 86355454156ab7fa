"""Who is on call: hand-over at local time, overrides, hours, gaps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.model.policy import Calendar, Hours, Override, Policy, Rotation, Team
from sothat.model.problem import Unusable
from sothat.service_levels.intervals import Interval, merged
from sothat.service_levels.on_call import duties, duties_by, gaps, on_call, on_call_by

BERLIN = ZoneInfo("Europe/Berlin")
WEEKLY = Rotation(
    name="weekly",
    team="sre",
    calendar="office",
    starts="2026-01-05T09:00",
    shift=7 * 86_400.0,
    members=("First", "Second", "Third"),
)


def policy_of(*rotations: Rotation, zone: str = "Europe/Berlin") -> Policy:
    week = ("monday", "tuesday", "wednesday", "thursday", "friday")
    return Policy(
        priorities={},
        teams={name: Team(name, "", {}, ()) for name in ("sre", "quiet")},
        grouping=(),
        hours={"business": Hours(week, "08:00", "18:00", holidays=False)},
        calendars={"office": Calendar("office", "DE", "BE", zone, {})},
        rotations={rotation.name: rotation for rotation in rotations},
    )


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("at", "member"),
    [
        ("2026-01-05T09:00", "First"),
        ("2026-01-12T08:59", "First"),
        ("2026-01-12T09:00", "Second"),
        ("2026-01-26T09:00", "First"),
        # The week of the clock change is an hour short; it is handed over at nine all the same.
        ("2026-03-30T08:59", "Third"),
        ("2026-03-30T09:00", "First"),
        ("2026-10-26T08:59", "Third"),
        ("2026-10-26T09:00", "First"),
    ],
)
def test_hand_over_is_at_local_time(at: str, member: str) -> None:
    found = on_call(policy_of(WEEKLY), "sre", berlin(at))
    assert found is not None
    assert found.member == member


def test_a_duty_says_since_and_until_when() -> None:
    found = on_call(policy_of(WEEKLY), "sre", berlin("2026-03-25T12:00"))
    assert found is not None
    assert found.since == berlin("2026-03-23T09:00")
    assert found.until == berlin("2026-03-30T09:00")
    assert found.until - found.since == timedelta(hours=167)


def test_before_the_first_hand_over_nobody_is_on_call() -> None:
    assert on_call(policy_of(WEEKLY), "sre", berlin("2026-01-05T08:59")) is None


def test_a_team_without_rotation_has_nobody() -> None:
    assert on_call(policy_of(WEEKLY), "quiet", berlin("2026-02-01T12:00")) is None


def test_an_override_takes_over_and_gives_back() -> None:
    away = Override("2026-01-14T18:00", "2026-01-15T08:00", "Stand-in", "training")
    policy = policy_of(replace(WEEKLY, overrides=(away,)))
    week = Interval(berlin("2026-01-12T09:00"), berlin("2026-01-19T09:00"))
    found = [(duty.member, duty.reason, duty.interval) for duty in duties(policy, "sre", week)]
    assert found == [
        ("Second", "shift", Interval(week.start, berlin("2026-01-14T18:00"))),
        (
            "Stand-in",
            "training",
            Interval(berlin("2026-01-14T18:00"), berlin("2026-01-15T08:00")),
        ),
        ("Second", "shift", Interval(berlin("2026-01-15T08:00"), week.end)),
    ]


def test_the_later_of_two_overrides_holds() -> None:
    first = Override("2026-01-14T00:00", "2026-01-16T00:00", "Early")
    second = Override("2026-01-15T00:00", "2026-01-15T12:00", "Late")
    policy = policy_of(replace(WEEKLY, overrides=(first, second)))
    members = {
        hour: on_call(policy, "sre", berlin(f"2026-01-{hour}")).member  # type: ignore[union-attr]
        for hour in ("14T12:00", "15T06:00", "15T12:00", "16T00:00")
    }
    assert list(members.values()) == ["Early", "Late", "Early", "Second"]


def test_a_rotation_of_the_day_leaves_gaps_at_night() -> None:
    policy = policy_of(replace(WEEKLY, hours="business"))
    found = gaps(policy, "sre", Interval(berlin("2026-02-02T09:00"), berlin("2026-02-03T09:00")))
    assert found == (Interval(berlin("2026-02-02T18:00"), berlin("2026-02-03T08:00")),)


def test_the_second_rotation_fills_the_gaps_of_the_first() -> None:
    night = replace(WEEKLY, name="z-night", members=("Night watch",))
    policy = policy_of(replace(WEEKLY, hours="business"), night)
    day, dark = (
        on_call(policy, "sre", berlin(f"2026-02-02T{time}")) for time in ("12:00", "23:00")
    )
    assert day is not None
    assert dark is not None
    assert (day.rotation, dark.rotation) == ("weekly", "z-night")
    week = Interval(berlin("2026-02-02T00:00"), berlin("2026-02-09T00:00"))
    assert gaps(policy, "sre", week) == ()


@pytest.mark.parametrize(
    ("rotation", "code"),
    [
        (replace(WEEKLY, starts="2026-13-05T09:00"), "bad-rotation"),
        (replace(WEEKLY, shift=0.0), "bad-rotation"),
        (replace(WEEKLY, shift=1e15), "bad-rotation"),
        (replace(WEEKLY, calendar="nowhere"), "unknown-reference"),
        (replace(WEEKLY, hours="never"), "unknown-reference"),
        (
            replace(WEEKLY, overrides=(Override("2026-02-02T00:00", "2026-02-01T00:00", "X"),)),
            "bad-rotation",
        ),
    ],
)
def test_a_rotation_that_makes_no_sense_is_refused(rotation: Rotation, code: str) -> None:
    with pytest.raises(Unusable) as caught:
        on_call(policy_of(rotation), "sre", berlin("2026-02-01T12:00"))
    assert caught.value.problems[0].code == code


def test_an_unknown_team_is_refused() -> None:
    with pytest.raises(Unusable, match="'srre' is not among the policy's teams"):
        on_call(policy_of(WEEKLY), "srre", berlin("2026-02-01T12:00"))


@given(
    zone=st.sampled_from(
        ["Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/Santiago", "UTC"]
    ),
    shift=st.sampled_from([3600.0, 5400.0, 8 * 3600.0, 12 * 3600.0, 86_400.0, 7 * 86_400.0]),
    starts=st.datetimes(datetime(2011, 12, 1), datetime(2011, 12, 31)),  # noqa: DTZ001 – local
    offset=st.integers(0, 40 * 86_400),
)
def test_somebody_is_on_call_at_every_moment_and_only_one(
    zone: str, shift: float, starts: datetime, offset: int
) -> None:
    rotation = replace(WEEKLY, starts=starts.isoformat(), shift=shift)
    policy = policy_of(rotation, zone=zone)
    at = starts.replace(tzinfo=UTC) + timedelta(days=3, seconds=offset)
    found = on_call(policy, "sre", at)
    assert found is not None
    assert found.since <= at < found.until
    around = list(duties(policy, "sre", Interval(at - timedelta(days=1), at + timedelta(days=1))))
    assert len(merged(duty.interval for duty in around)) == 1
    assert sum(at in duty.interval for duty in around) == 1


def named_duties(policy: Policy, rotation: str, bounds: Interval) -> list[tuple[str, Interval]]:
    found = duties_by(policy, policy.rotations[rotation], bounds)
    return sorted(((d.member, d.interval) for d in found), key=lambda pair: pair[1].start)


def test_who_has_the_duty_otherwise() -> None:
    day = replace(WEEKLY, hours="business", otherwise="nights")
    nights = replace(WEEKLY, name="nights", team="", members=("Night watch",))
    bounds = Interval(berlin("2026-02-02T12:00"), berlin("2026-02-03T12:00"))
    assert named_duties(policy_of(day, nights), "weekly", bounds) == [
        ("Second", Interval(berlin("2026-02-02T09:00"), berlin("2026-02-02T18:00"))),
        ("Night watch", Interval(berlin("2026-02-02T18:00"), berlin("2026-02-03T08:00"))),
        ("Second", Interval(berlin("2026-02-03T08:00"), berlin("2026-02-03T18:00"))),
    ]


def test_a_rotation_without_members_has_whom_it_turns_to_and_its_own_overrides() -> None:
    away = Override("2026-01-14T18:00", "2026-01-15T08:00", "Stand-in")
    borrowed = replace(WEEKLY, name="borrowed", members=(), overrides=(away,), otherwise="weekly")
    lent = replace(WEEKLY, team="")
    policy = policy_of(borrowed, lent)
    found = [on_call(policy, "sre", berlin(f"2026-01-{at}")) for at in ("14T17:59", "14T18:00")]
    assert [(duty.member, duty.rotation) for duty in found if duty] == [
        ("Second", "weekly"),
        ("Stand-in", "borrowed"),
    ]


def test_a_rotation_ends_in_the_middle_of_a_shift() -> None:
    policy = policy_of(replace(WEEKLY, ends="2026-01-14T12:00"))
    last = on_call(policy, "sre", berlin("2026-01-14T11:59"))
    assert last is not None
    assert last.until == berlin("2026-01-14T12:00")
    assert on_call(policy, "sre", berlin("2026-01-14T12:00")) is None
    assert on_call(policy, "sre", berlin("2027-01-14T12:00")) is None


def test_rotations_that_turn_to_each_other_are_refused() -> None:
    other = replace(WEEKLY, name="other", members=(), otherwise="weekly")
    policy = policy_of(replace(WEEKLY, otherwise="other"), other)
    with pytest.raises(Unusable, match="turns to itself") as caught:
        on_call(policy, "sre", berlin("2026-02-01T12:00"))
    assert caught.value.problems[0].code == "bad-rotation"


@given(
    zone=st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "America/New_York"]),
    shifts=st.lists(st.sampled_from([3600.0, 8 * 3600.0, 86_400.0]), min_size=3, max_size=3),
    hours=st.lists(st.sampled_from(["", "business"]), min_size=3, max_size=3),
    offset=st.integers(0, 300 * 24),
)
def test_the_first_that_has_somebody_has_the_duty(
    zone: str, shifts: list[float], hours: list[str], offset: int
) -> None:
    layers = [
        Rotation(
            f"layer-{number}",
            "",
            "office",
            "2026-01-05T09:00",
            shifts[number],
            (f"A{number}", f"B{number}"),
            hours[number],
            otherwise=f"layer-{number + 1}" if number < 2 else "",
        )
        for number in range(3)
    ]
    policy = policy_of(*layers, zone=zone)
    at = datetime(2026, 1, 10, tzinfo=UTC) + timedelta(hours=offset)
    alone = [on_call_by(policy, replace(layer, otherwise=""), at) for layer in layers]
    expected = next((duty for duty in alone if duty), None)
    found = on_call_by(policy, layers[0], at)
    assert (found and found.member) == (expected and expected.member)
    if found is not None:
        for edge in (found.since, found.until - timedelta(microseconds=1)):
            there = on_call_by(policy, layers[0], edge)
            assert there is not None
            assert there.interval == found.interval
