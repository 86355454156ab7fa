"""Opsgenie's schedules and escalations, before and after the move."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .walking import AUTUMN, SPRING, ZONES, agree, moved

NAMES = ("first", "second", "third", "night", "lead")
USERS = [
    {
        "id": f"id-{name}",
        "username": f"{name}@example.test",
        "fullName": name,
        "role": {"id": "User", "name": "User"},
        "timeZone": "Europe/Berlin",
        "blocked": False,
    }
    for name in NAMES
]
LENGTHS = {"hourly": 1, "daily": 24, "weekly": 168}
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def user(name: str) -> dict[str, str]:
    return {"type": "user", "id": f"id-{name}", "username": f"{name}@example.test"}


def rotation(name: str, start: str, sort: str, *people: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"R-{name}",
        "name": name,
        "startDate": start,
        "type": sort,
        "length": 1,
        "participants": [user(one) if one != "none" else {"type": "none"} for one in people],
        **more,
    }


def hours(start: int, end: int) -> dict[str, Any]:
    own = {"startHour": start, "startMin": 30, "endHour": end, "endMin": 0}
    return {"timeRestriction": {"type": "time-of-day", "restriction": own}}


def days(*spans: tuple[str, int, str, int]) -> dict[str, Any]:
    own = [
        {"startDay": a, "startHour": b, "startMin": 0, "endDay": c, "endHour": d, "endMin": 0}
        for a, b, c, d in spans
    ]
    return {"timeRestriction": {"type": "weekday-and-time-of-day", "restrictions": own}}


def export(zone: str, *rotations: dict[str, Any], **more: Any) -> dict[str, Any]:
    schedule = {
        "id": "S1",
        "name": "Primary",
        "timezone": zone,
        "enabled": True,
        "ownerTeam": {"id": "T1", "name": "Platform"},
        "rotations": list(rotations),
    }
    chain = escalation((0, {"type": "schedule", "id": "S1"}))
    return {
        "users": {"data": USERS, "paging": {}, "took": 0.1, "requestId": "r"},
        "schedules": {"data": [{**schedule, **more.pop("schedule", {})}]},
        "escalations": {"data": [more.pop("chain", chain)]},
        **more,
    }


def escalation(*rules: tuple[int, Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    own = [
        {
            "condition": "if-not-acked",
            "notifyType": "default",
            "delay": {"timeAmount": minutes, "timeUnit": "minutes"},
            "recipient": recipient,
        }
        for minutes, recipient in rules
    ]
    return {"id": "E1", "name": "Platform", "rules": own, **more}


def open_at(restriction: Mapping[str, Any] | None, shown: datetime) -> bool:
    """Return whether a time restriction lets a rotation be on call."""
    if restriction is None:
        return True
    of_week = shown.weekday() * 1440 + shown.hour * 60 + shown.minute

    def minute(each: Mapping[str, Any], edge: str) -> int:
        return int(each[f"{edge}Hour"] * 60 + each[f"{edge}Min"])

    if restriction["type"] == "time-of-day":
        each = restriction["restriction"]
        start, end, now = minute(each, "start"), minute(each, "end"), of_week % 1440
        return start <= now < end if start < end else now >= start or now < end
    for each in restriction["restrictions"]:
        start = WEEK.index(each["startDay"]) * 1440 + minute(each, "start")
        end = WEEK.index(each["endDay"]) * 1440 + minute(each, "end")
        if (start <= of_week < end) if start < end else (of_week >= start or of_week < end):
            return True
    return False


def there(
    zone: str, *rotations: Mapping[str, Any], overrides: tuple[Mapping[str, Any], ...] = ()
) -> Callable[[datetime], frozenset[str]]:
    """Return who is on call by all rotations together."""
    place = ZoneInfo(zone)

    def by(one: Mapping[str, Any], moment: datetime) -> str:
        shown = moment.astimezone(place).replace(tzinfo=None)
        start = datetime.fromisoformat(one["startDate"])
        since = shown - start.astimezone(place).replace(tzinfo=None)
        if moment < start or not open_at(one.get("timeRestriction"), shown):
            return ""
        if "endDate" in one and moment >= datetime.fromisoformat(one["endDate"]):
            return ""
        turn = since // timedelta(hours=LENGTHS[one["type"]] * one["length"])
        who = one["participants"][turn % len(one["participants"])]
        return who.get("id", "").removeprefix("id-")

    def at(moment: datetime) -> frozenset[str]:
        for cover in overrides:
            starts, ends = (datetime.fromisoformat(cover[k]) for k in ("startDate", "endDate"))
            if starts <= moment < ends:
                return frozenset({cover["user"]["id"].removeprefix("id-")})
        return frozenset(by(one, moment) for one in rotations) - {""}

    return at


@pytest.mark.parametrize("now", [SPRING, AUTUMN])
@pytest.mark.parametrize("zone", ZONES[:3])
def test_rotations_restrictions_and_overrides_agree_hour_by_hour(
    tmp_path: Path, zone: str, now: datetime
) -> None:
    rotations = (
        rotation(
            "day", "2026-02-02T10:00:00Z", "weekly", "first", "second", "third", **hours(7, 19)
        ),
        rotation("night", "2026-02-03T10:00:00Z", "daily", "night", "third", **hours(20, 6)),
        rotation(
            "weekend",
            "2026-02-06T12:00:00Z",
            "weekly",
            "lead",
            "second",
            **days(("friday", 18, "monday", 8), ("wednesday", 12, "wednesday", 13)),
        ),
    )
    starts = now + timedelta(days=12, hours=5)
    cover = {
        "alias": "a1",
        "startDate": starts.isoformat(),
        "endDate": (starts + timedelta(days=2)).isoformat(),
        "user": user("lead"),
        "rotations": [{"id": one["id"]} for one in rotations],
    }
    made = moved(
        tmp_path, "opsgenie", now, export(zone, *rotations, schedule={"overrides": [cover]})
    )
    agree(made, "platform", now, there(zone, *rotations, overrides=(cover,)))
    assert made.code == 0, made.report


def test_day_and_night_are_one_duty_and_those_at_once_are_two(tmp_path: Path) -> None:
    day = rotation("day", "2026-02-02T10:00:00Z", "daily", "first", **hours(7, 19))
    night = rotation("night", "2026-02-02T10:00:00Z", "daily", "night", **hours(19, 7))
    night["timeRestriction"]["restriction"] |= {"startMin": 0, "endMin": 30}
    made = moved(tmp_path, "opsgenie", SPRING, export("Europe/Berlin", day, night))
    assert made.policy.teams["platform"].seats == ()
    agree(made, "platform", SPRING, there("Europe/Berlin", day, night))


def test_a_turn_of_nobody_is_written_out_and_told(tmp_path: Path) -> None:
    one = rotation("gap", "2026-02-02T10:00:00Z", "daily", "first", "none", "second")
    made = moved(tmp_path, "opsgenie", SPRING, export("Europe/Berlin", one))
    agree(made, "platform", SPRING, there("Europe/Berlin", one))
    assert made.code == 1
    assert "written out until" in made.report["not_carried_over"][0]["what"]


ROTATIONS = st.builds(
    lambda name, day, sort, length, people, more: {
        **rotation(name, f"2026-02-{day:02}T12:00:00Z", sort, *people, **more),
        "length": length,
    },
    st.uuids().map(str),
    st.integers(1, 28),
    st.sampled_from(["daily", "weekly"]),
    st.integers(1, 3),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=4),
    st.sampled_from(
        [
            {},
            hours(8, 17),
            hours(21, 5),
            days(("monday", 9, "friday", 17)),
            days(("saturday", 0, "monday", 0), ("tuesday", 20, "wednesday", 6)),
            {"endDate": "2026-03-25T12:00:00+00:00"},
        ]
    ),
)


@settings(max_examples=12, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    # One at least has not ended: of what is over there is nothing to write.
    rotations=st.lists(ROTATIONS, min_size=1, max_size=3).filter(
        lambda found: any("endDate" not in each for each in found)
    ),
    now=st.sampled_from([SPRING, AUTUMN]),
)
def test_whatever_the_rotations_are(
    zone: str, rotations: list[dict[str, Any]], now: datetime
) -> None:
    with TemporaryDirectory() as folder:
        made = moved(Path(folder), "opsgenie", now, export(zone, *rotations))
        agree(made, "platform", now, there(zone, *rotations))


def test_rules_teams_and_repetitions_become_levels(tmp_path: Path) -> None:
    one = rotation("week", "2026-02-02T10:00:00Z", "weekly", "first")
    chain = escalation(
        (0, {"type": "schedule", "id": "S1"}),
        (10, {"type": "team", "id": "T1"}),
        (15, {"type": "user", "username": "lead@example.test"}),
        repeat={"waitInterval": 5, "count": 1, "closeAlertAfterAll": True},
    )
    team = {"id": "T1", "name": "Platform", "members": [{"user": user("second")}]}
    made = moved(
        tmp_path, "opsgenie", SPRING, export("UTC", one, chain=chain, teams={"data": [team]})
    )
    ladder = made.policy.escalation["platform"]
    minutes = [next(iter(level.after.values())).seconds / 60 for level in ladder]
    seats = [seat.role or seat.rotation for seat in made.policy.teams["platform"].seats]
    assert list(zip(minutes, seats, strict=True)) == [
        (10, "second"),
        (15, "lead"),
        (20, "primary"),
        (30, "second"),
        (35, "lead"),
    ]
    what = [loss["what"] for loss in made.report["not_carried_over"]]
    assert len(what) == 2
    assert all("team" in w or "closed" in w for w in what)


def test_terraforms_state_is_read_as_the_api(tmp_path: Path) -> None:
    def resource(sort: str, **attributes: Any) -> dict[str, Any]:
        return {"type": sort, "instances": [{"attributes": attributes}]}

    restriction = {"start_hour": 7, "start_min": 30, "end_hour": 19, "end_min": 0}
    resources = [
        *(
            resource("opsgenie_user", id=u["id"], username=u["username"], full_name=u["fullName"])
            for u in USERS
        ),
        resource("opsgenie_schedule", id="S1", name="Primary", timezone="UTC", enabled=True),
        resource(
            "opsgenie_schedule_rotation",
            id="R1",
            schedule_id="S1",
            name="day",
            start_date="2026-02-02T10:00:00Z",
            type="daily",
            length=1,
            participant=[{"type": "user", "id": "id-first"}, {"type": "user", "id": "id-lead"}],
            time_restriction=[{"type": "time-of-day", "restriction": [restriction]}],
        ),
        resource(
            "opsgenie_escalation",
            id="E1",
            name="Platform",
            rules=[
                {
                    "condition": "if-not-acked",
                    "notify_type": "default",
                    "delay": 0,
                    "recipient": [{"type": "schedule", "id": "S1"}],
                }
            ],
            repeat=[],
        ),
    ]
    terraform = {"version": 4, "terraform_version": "1.9.0", "resources": resources}
    made = moved(tmp_path, "opsgenie", SPRING, terraform)
    one = rotation("day", "2026-02-02T10:00:00Z", "daily", "first", "lead", **hours(7, 19))
    agree(made, "platform", SPRING, there("UTC", one))
    assert made.code == 0
