"""GoAlert's schedules and policies, before and after the move."""

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
USERS = [{"id": f"u-{name}", "name": name, "email": f"{name}@example.test"} for name in NAMES]
USER_IDS = {one["id"] for one in USERS}
LENGTHS = {"hourly": 1, "daily": 24, "weekly": 168}
ALL_DAYS = (True,) * 7
# Sunday first.
WORKDAYS = (False, True, True, True, True, True, False)


def rotation(
    name: str, zone: str, start: str, sort: str, *people: str, active: int = 0, length: int = 1
) -> dict[str, Any]:
    return {
        "id": f"r-{name}",
        "name": name,
        "type": sort,
        "start": start,
        "timeZone": zone,
        "shiftLength": length,
        "activeUserIndex": active,
        "userIDs": [f"u-{one}" for one in people],
    }


def rule(start: str, end: str, days: tuple[bool, ...] = ALL_DAYS) -> dict[str, Any]:
    return {"start": start, "end": end, "weekdayFilter": list(days)}


def target(name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    sort = "user" if name in NAMES else "rotation"
    one = f"{'u' if sort == 'user' else 'r'}-{name}"
    return {"target": {"id": one, "type": sort, "name": name}, "rules": list(rules)}


def export(
    zone: str, targets: list[dict[str, Any]], rotations: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    schedule = {
        "id": "s-1",
        "name": "Primary",
        "timeZone": zone,
        "targets": targets,
        "temporarySchedules": more.pop("temporary", []),
    }
    steps = [{"id": "p", "stepNumber": 0, "delayMinutes": 15, "targets": [on_schedule()]}]
    policy = {"id": "e-1", "name": "Platform", "repeat": 0, "steps": more.pop("steps", steps)}
    return {
        "data": {
            "users": {"nodes": USERS},
            "rotations": {"nodes": rotations},
            "schedules": {"nodes": [schedule]},
            "userOverrides": {"nodes": more.pop("overrides", [])},
            "escalationPolicies": {"nodes": [{**policy, **more}]},
        }
    }


def on_schedule() -> dict[str, str]:
    return {"id": "s-1", "type": "schedule", "name": "Primary"}


def override(starts: datetime, hours: int, add: str, remove: str) -> dict[str, Any]:
    return {
        "id": f"o-{add}-{remove}",
        "start": starts.isoformat(),
        "end": (starts + timedelta(hours=hours)).isoformat(),
        "addUserID": f"u-{add}" if add else "",
        "removeUserID": f"u-{remove}" if remove else "",
        "target": {"id": "s-1", "type": "schedule"},
    }


def holds(one: Mapping[str, Any], shown: datetime) -> bool:
    """Return whether a rule holds: from its start on a day of its filter to the end after it."""
    start, end = (int(t[:2]) * 60 + int(t[3:5]) for t in (one["start"], one["end"]))
    length = timedelta(minutes=(end - start) % 1440 or 1440)
    for back in range(2):
        day = (shown - timedelta(days=back)).replace(hour=0, minute=0)
        begin = day + timedelta(minutes=start)
        if one["weekdayFilter"][day.isoweekday() % 7] and begin <= shown < begin + length:
            return True
    return False


def turn(one: Mapping[str, Any], now: datetime, moment: datetime) -> str:
    """Hand-overs lie whole lengths from the start on the wall clock; from now on they count."""
    zone = ZoneInfo(one["timeZone"])

    def number(at: datetime) -> int:
        start = datetime.fromisoformat(one["start"]).astimezone(zone)
        since = at.astimezone(zone).replace(tzinfo=None) - start.replace(tzinfo=None)
        return since // timedelta(hours=LENGTHS[one["type"]] * one["shiftLength"])

    index = one["activeUserIndex"] + number(moment) - number(now)
    return str(one["userIDs"][index % len(one["userIDs"])])


def overridden(users: set[str], overrides: list[Any], moment: datetime) -> set[str]:
    for each in overrides:
        gone, come = each["removeUserID"], each["addUserID"]
        if within(each, moment) and (not gone or gone in users):
            users = (users - {gone}) | {come}
    return users


def there(made: Mapping[str, Any], now: datetime) -> Callable[[datetime], frozenset[str]]:
    """Return who is on call, as GoAlert goes about it: rules, overrides, temporary schedules."""
    data = made["data"]
    (schedule,) = data["schedules"]["nodes"]
    rotations = {one["id"]: one for one in data["rotations"]["nodes"]}
    place = ZoneInfo(schedule["timeZone"])

    def ruled(moment: datetime) -> set[str]:
        shown = moment.astimezone(place).replace(tzinfo=None)
        held = (t for t in schedule["targets"] if any(holds(r, shown) for r in t["rules"]))
        own = [each["target"]["id"] for each in held]
        return {one if one in USER_IDS else turn(rotations[one], now, moment) for one in own}

    def at(moment: datetime) -> frozenset[str]:
        for temporary in schedule["temporarySchedules"]:
            if within(temporary, moment):
                found = {s["userID"] for s in temporary["shifts"] if within(s, moment)}
                return frozenset(one[2:] for one in found)
        users = overridden(ruled(moment), data["userOverrides"]["nodes"], moment)
        return frozenset(one[2:] for one in users)

    return at


def within(one: Mapping[str, Any], moment: datetime) -> bool:
    return datetime.fromisoformat(one["start"]) <= moment < datetime.fromisoformat(one["end"])


@pytest.mark.parametrize("now", [SPRING, AUTUMN])
@pytest.mark.parametrize("zone", ZONES[:3])
def test_rules_rotations_and_overrides_agree_hour_by_hour(
    tmp_path: Path, zone: str, now: datetime
) -> None:
    one = rotation(
        "week", zone, "2025-11-03T10:00:00Z", "weekly", "first", "second", "third", active=2
    )
    other = rotation(
        "turns", zone, "2025-11-03T11:00:00Z", "hourly", "night", "third", active=1, length=12
    )
    targets = [
        target("week", rule("08:30", "18:00", WORKDAYS), rule("10:00", "14:00")),
        target("turns", rule("18:00", "08:30")),
        target("lead", rule("07:00", "07:00", (True, False, False, False, False, False, True))),
    ]
    starts = now + timedelta(days=20)
    temporary = {
        "start": starts.isoformat(),
        "end": (starts + timedelta(hours=20)).isoformat(),
        "shifts": [
            {"userID": f"u-{who}", "start": (starts + timedelta(hours=a)).isoformat(),
             "end": (starts + timedelta(hours=b)).isoformat()}
            for who, a, b in (("first", 0, 12), ("second", 8, 20))
        ],
    }  # fmt: skip
    made = export(
        zone,
        targets,
        [one, other],
        overrides=[override(now + timedelta(days=6), 80, "lead", "second")],
        temporary=[temporary],
    )
    read = moved(tmp_path, "goalert", now, made)
    agree(read, "platform", now, there(made, now))
    assert read.code == 0, read.report


def test_somebody_who_is_added_is_on_call_besides(tmp_path: Path) -> None:
    one = rotation("week", "UTC", "2025-11-03T10:00:00Z", "weekly", "first", "second")
    extra = override(SPRING + timedelta(days=3), 30, "night", "")
    made = export("UTC", [target("week", rule("00:00", "00:00"))], [one], overrides=[extra])
    agree(moved(tmp_path, "goalert", SPRING, made), "platform", SPRING, there(made, SPRING))


def test_rules_in_another_zone_than_the_rotation_are_written_out(tmp_path: Path) -> None:
    one = rotation("week", "America/New_York", "2025-11-03T10:00:00Z", "weekly", "first", "second")
    made = export("Europe/Berlin", [target("week", rule("08:00", "20:00"))], [one])
    read = moved(tmp_path, "goalert", SPRING, made)
    agree(read, "platform", SPRING, there(made, SPRING))
    assert ["written out" in loss["what"] for loss in read.report["not_carried_over"]] == [True]


def test_months_are_written_out(tmp_path: Path) -> None:
    one = rotation(
        "month", "Europe/Berlin", "2026-01-15T09:00:00+01:00", "monthly", "first", "lead"
    )
    made = export("Europe/Berlin", [target("month", rule("00:00", "00:00"))], [one])
    read = moved(tmp_path, "goalert", SPRING, made)
    hand_overs = [
        datetime.fromisoformat(f"2026-0{m}-15T09:00:00+0{1 if m < 4 else 2}:00") for m in (3, 4)
    ]

    def expected(moment: datetime) -> frozenset[str]:
        return frozenset({("first", "lead")[sum(moment >= edge for edge in hand_overs) % 2]})

    agree(read, "platform", SPRING, expected)
    assert "by months" in read.report["not_carried_over"][0]["what"]


RULES = st.builds(
    rule,
    st.sampled_from(["00:00", "06:30", "09:00", "20:00"]),
    st.sampled_from(["00:00", "06:30", "17:00", "23:00"]),
    st.tuples(*[st.booleans()] * 7),
)


@settings(max_examples=12, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    sorts=st.lists(st.sampled_from(["daily", "weekly"]), min_size=1, max_size=2),
    rules=st.lists(st.lists(RULES, min_size=1, max_size=2), min_size=2, max_size=2),
    active=st.integers(0, 2),
    now=st.sampled_from([SPRING, AUTUMN]),
)
def test_whatever_the_rules_are(
    zone: str, sorts: list[str], rules: list[list[dict[str, Any]]], active: int, now: datetime
) -> None:
    rotations = [
        rotation(
            f"r{n}", zone, "2025-10-10T12:00:00Z", sort, "first", "second", "lead", active=active
        )
        for n, sort in enumerate(sorts)
    ]
    targets = [target(f"r{n}", *own) for n, own in zip(range(len(sorts)), rules, strict=False)]
    made = export(zone, [*targets, target("night", rule("12:00", "13:00"))], rotations)
    with TemporaryDirectory() as folder:
        agree(moved(Path(folder), "goalert", now, made), "platform", now, there(made, now))


def test_steps_become_levels_and_repetitions_are_written_out(tmp_path: Path) -> None:
    one = rotation("week", "UTC", "2025-11-03T10:00:00Z", "weekly", "first")
    alone = rotation("alone", "UTC", "2025-11-03T10:00:00Z", "daily", "night", "third")
    steps = [
        {"delayMinutes": 10, "targets": [on_schedule()]},
        {
            "delayMinutes": 20,
            "targets": [
                {"id": "u-lead", "type": "user", "name": "lead"},
                {"id": "r-alone", "type": "rotation", "name": "alone"},
                {"id": "C1", "type": "slackChannel", "name": "room"},
            ],
        },
    ]
    made = export(
        "UTC", [target("week", rule("00:00", "00:00"))], [one, alone], steps=steps, repeat=1
    )
    read = moved(tmp_path, "goalert", SPRING, made)
    ladder = read.policy.escalation["platform"]
    assert [next(iter(level.after.values())).seconds / 60 for level in ladder] == [10, 30, 40]
    assert {(s.level, s.role or s.rotation) for s in read.policy.teams["platform"].seats} == {
        ("platform-2", "lead"),
        ("platform-2", "alone"),
        ("platform-3", "primary"),
        ("platform-4", "lead"),
        ("platform-4", "alone"),
    }
    assert ["slackChannel" in loss["what"] for loss in read.report["not_carried_over"]] == [True]
