"""Grafana OnCall's schedules and chains, before and after the move.

The judge does as OnCall does (engine/apps/schedules/models): each group of a rolling shift gets a
recurrence rule of its own, and `dateutil` expands it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from .walking import AUTUMN, SPRING, WEEKS, ZONES, agree, moved

HOUR, DAY = 3_600, 86_400
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = {
    "hourly": rrule.HOURLY,
    "daily": rrule.DAILY,
    "weekly": rrule.WEEKLY,
    "monthly": rrule.MONTHLY,
}
NAMES = ("first", "second", "third", "night", "lead")
USERS = [
    {
        "id": f"U{name.upper()}",
        "email": f"{name}@example.test",
        "username": name,
        "role": "user",
        "timezone": "Europe/Berlin",
        "teams": [],
    }
    for name in NAMES
]


def shift(
    name: str, start: str, duration: int, *groups: Sequence[str], **more: Any
) -> dict[str, Any]:
    """Return a shift of rolling users; the API writes a start without a zone."""
    return {
        "id": name,
        "name": name,
        "type": "rolling_users",
        "team_id": None,
        "time_zone": None,
        "level": 1,
        "start": start,
        "duration": duration,
        "frequency": "weekly",
        "interval": 1,
        "until": None,
        "week_start": "MO",
        "by_day": None,
        "by_month": None,
        "by_monthday": None,
        "rolling_users": [[f"U{one.upper()}" for one in group] for group in groups],
        "start_rotation_from_user_index": 0,
        **more,
    }


def export(zone: str, *shifts: dict[str, Any], **more: Any) -> dict[str, Any]:
    schedule = {
        "id": "S1",
        "name": "Primary",
        "type": "calendar",
        "team_id": None,
        "time_zone": zone,
        "on_call_now": [],
        "shifts": [each["id"] for each in shifts],
        "ical_url_overrides": None,
    }
    step = {"id": "E1", "escalation_chain_id": "C1", "position": 0}
    return {
        "users": {"count": len(USERS), "next": None, "results": USERS},
        "schedules": {"count": 1, "next": None, "results": [schedule]},
        "on_call_shifts": {"count": len(shifts), "next": None, "results": list(shifts)},
        "escalation_chains": {"results": [{"id": "C1", "name": "Platform", "team_id": None}]},
        "escalation_policies": {
            "results": [
                {
                    **step,
                    "type": "notify_on_call_from_schedule",
                    "notify_on_call_from_schedule": "S1",
                }
            ]
        },
        **more,
    }


def turns(
    one: Mapping[str, Any], place: ZoneInfo, now: datetime
) -> list[tuple[str, datetime, datetime]]:
    """Return who has a shift when, in local time, until the end of the weeks that are walked."""
    start = datetime.fromisoformat(one["start"])
    length = timedelta(seconds=one["duration"])
    first_day = now.replace(tzinfo=None) - timedelta(days=3)
    last = first_day + WEEKS + timedelta(days=6)
    if one["type"] in {"single_event", "override"}:
        return [(user, start, start + length) for user in one["users"]]
    days = [DAYS.index(day) for day in one["by_day"] or ()]
    first = DAYS.index(one["week_start"])
    if days and start.weekday() not in days:
        wanted = next(day % 7 for day in range(first, first + 7) if day % 7 in days)
        start += timedelta(days=(wanted - start.weekday()) % 7)
    common = {
        "wkst": first,
        "byweekday": days or None,
        "bymonth": one["by_month"],
        "bymonthday": one["by_monthday"],
        # A recurrence rule ends at a moment in UTC; what has begun by then goes on.
        "until": min(last, ended(one["until"], place)) if one["until"] else last,
    }
    first_group = one["start_rotation_from_user_index"]
    groups = one["rolling_users"][first_group:] + one["rolling_users"][:first_group]
    frequency, interval = FREQUENCIES[one["frequency"]], one["interval"]
    found = []
    begin = start
    for group in groups:
        rule = rrule.rrule(frequency, dtstart=begin, interval=interval * len(groups), **common)
        events = [at for at in rule if at + length > first_day]
        found += [(user, at, at + length) for at in events for user in group]
        begin = following(one, begin, common)
    return found


def ended(text: str, place: ZoneInfo) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00").astimezone(place).replace(tzinfo=None)


def following(one: Mapping[str, Any], begin: datetime, common: Mapping[str, Any]) -> datetime:
    """Return when the next group begins: its first event in the next period of the shift."""
    interval = one["interval"]
    match one["frequency"]:
        case "hourly":
            return begin + timedelta(hours=interval)
        case "daily":
            return begin + timedelta(days=interval)
        case "weekly":
            ahead = 7 - (begin.weekday() - common["wkst"]) % 7
            least = begin + timedelta(days=ahead + 7 * (interval - 1))
        case _:
            month = begin.month - 1 + interval
            least = begin.replace(year=begin.year + month // 12, month=month % 12 + 1, day=1)
    frequency = FREQUENCIES[one["frequency"]]
    start = begin if one["frequency"] == "weekly" else datetime.fromisoformat(one["start"])
    found = rrule.rrule(frequency, dtstart=start, interval=interval, **common).after(
        least, inc=True
    )
    return found or least


def there(
    zone: str, now: datetime, *shifts: Mapping[str, Any]
) -> Callable[[datetime], frozenset[str]]:
    """Return who is on call: overrides, else the highest level on which anybody is."""
    ranked = [
        (
            9 if one["type"] == "override" else one["level"],
            ZoneInfo(one["time_zone"] or zone),
            turns(one, ZoneInfo(one["time_zone"] or zone), now),
        )
        for one in shifts
    ]

    def at(moment: datetime) -> frozenset[str]:
        found: dict[int, set[str]] = {}
        for level, place, own in ranked:
            shown = moment.astimezone(place).replace(tzinfo=None)
            found.setdefault(level, set()).update(u for u, since, to in own if since <= shown < to)
        best = max((level for level, users in found.items() if users), default=0)
        return frozenset(user[1:].lower() for user in found.get(best, ()))

    return at


@pytest.mark.parametrize("now", [SPRING, AUTUMN])
@pytest.mark.parametrize("zone", ZONES[:3])
def test_levels_days_and_overrides_agree_hour_by_hour(
    tmp_path: Path, zone: str, now: datetime
) -> None:
    moment = (now + timedelta(days=9)).replace(tzinfo=None)
    shifts = [
        shift("week", "2026-02-02T09:00:00", 7 * DAY, ["first"], ["second", "lead"], ["third"]),
        shift(
            "office",
            "2026-02-02T08:00:00",
            10 * HOUR,
            ["night"],
            ["lead"],
            level=3,
            by_day=["MO", "TU", "WE", "FR"],
            start_rotation_from_user_index=1,
        ),
        shift(
            "evening",
            "2026-02-04T20:00:00",
            9 * HOUR,
            ["second"],
            ["third"],
            level=2,
            frequency="daily",
            time_zone="America/New_York",
        ),
        {**shift("cover", moment.isoformat(), DAY), "type": "override", "users": ["UFIRST"]},
    ]
    made = moved(tmp_path, "oncall", now, export(zone, *shifts))
    agree(made, "platform", now, there(zone, now, *shifts))
    assert made.code == 0, made.report


def test_those_who_share_a_level_are_on_call_together(tmp_path: Path) -> None:
    shifts = [
        shift("one", "2026-02-02T09:00:00", 7 * DAY, ["first"], ["second"]),
        shift("other", "2026-02-02T09:00:00", 7 * DAY, ["third"], ["night"], ["lead"]),
    ]
    made = moved(tmp_path, "oncall", SPRING, export("Europe/Berlin", *shifts))
    agree(made, "platform", SPRING, there("Europe/Berlin", SPRING, *shifts))
    assert made.code == 0


@pytest.mark.parametrize(
    "more",
    [
        {"frequency": "monthly", "by_monthday": [1, 15, -1]},
        {"frequency": "weekly", "interval": 2, "by_day": ["TU", "SA"]},
        {"frequency": "hourly", "interval": 5, "start": "2026-02-20T06:00:00"},
        {"frequency": "monthly", "by_month": [3, 4], "by_day": ["WE"]},
    ],
)
def test_what_no_rotation_says_is_written_out_and_told(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    start = more.pop("start", "2026-02-02T10:00:00")
    one = shift("odd", start, 4 * HOUR, ["first"], ["second"], ["third"], **more)
    made = moved(tmp_path, "oncall", SPRING, export("Europe/Berlin", one))
    agree(made, "platform", SPRING, there("Europe/Berlin", SPRING, one))
    assert made.code == 1
    assert "written out until" in made.report["not_carried_over"][0]["what"]


GROUPS = st.lists(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True), min_size=1, max_size=3
)
SHIFTS = st.builds(
    lambda name, day, hour, form, groups, level: shift(
        name, f"2026-02-{day:02}T{hour:02}:00:00", form[1], *groups, level=level, **form[0]
    ),
    st.uuids().map(str),
    st.integers(1, 28),
    st.sampled_from([4, 9, 20]),
    st.sampled_from(
        [
            ({"frequency": "weekly"}, 7 * DAY),
            ({"frequency": "weekly", "interval": 2}, 14 * DAY),
            ({"frequency": "weekly"}, 60 * HOUR),
            ({"frequency": "weekly", "by_day": ["MO", "TH", "SU"]}, 8 * HOUR),
            ({"frequency": "weekly", "by_day": ["MO", "SA"], "week_start": "SU"}, 24 * HOUR),
            ({"frequency": "daily"}, DAY),
            ({"frequency": "daily", "interval": 3}, 3 * DAY),
            ({"frequency": "daily"}, 9 * HOUR),
            ({"frequency": "hourly", "interval": 12}, 12 * HOUR),
            ({"frequency": "weekly", "until": "2026-04-01T00:00:00"}, 7 * DAY),
            ({"frequency": "monthly"}, 30 * HOUR),
        ]
    ),
    GROUPS,
    st.integers(0, 3),
)


@settings(max_examples=6, phases=[Phase.generate], deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    # One at least has not ended: of what is over there is nothing to write.
    shifts=st.lists(SHIFTS, min_size=1, max_size=3, unique_by=lambda one: one["level"]).filter(
        lambda found: any(each["until"] is None for each in found)
    ),
    now=st.sampled_from([SPRING, AUTUMN]),
)
def test_whatever_the_shifts_are(zone: str, shifts: list[dict[str, Any]], now: datetime) -> None:
    # An hour that a clock shows twice is nobody's hand-over: neither side says which is meant.
    with TemporaryDirectory() as folder:
        made = moved(Path(folder), "oncall", now, export(zone, *shifts))
        agree(made, "platform", now, there(zone, now, *shifts))


def test_waits_add_up_and_what_is_asked_in_turn_is_told(tmp_path: Path) -> None:
    one = shift("week", "2026-02-02T09:00:00", 7 * DAY, ["first"])
    step = {"escalation_chain_id": "C1"}
    policies = [
        {**step, "position": 0, "type": "notify_on_call_from_schedule",
         "notify_on_call_from_schedule": "S1", "important": True},
        {**step, "position": 1, "type": "wait", "duration": 300},
        {**step, "position": 2, "type": "notify_persons", "persons_to_notify": ["ULEAD", "UNIGHT"]},
        {**step, "position": 3, "type": "wait", "duration": 600},
        {**step, "position": 4, "type": "notify_person_next_each_time",
         "persons_to_notify_next_each_time": ["USECOND", "UTHIRD"]},
        {**step, "position": 5, "type": "trigger_webhook", "action_to_trigger": "W1"},
    ]  # fmt: skip
    made = moved(
        tmp_path, "oncall", SPRING, export("UTC", one, escalation_policies={"results": policies})
    )
    ladder = made.policy.escalation["platform"]
    assert [{t.seconds for t in level.after.values()} for level in ladder] == [{300}, {900}]
    seats = [(s.level, s.role) for s in made.policy.teams["platform"].seats]
    assert seats == [
        ("platform-2", "lead"),
        ("platform-2", "night"),
        ("platform-3", "second"),
        ("platform-3", "third"),
    ]
    what = [loss["what"] for loss in made.report["not_carried_over"]]
    assert ["important" in w or "in turn" in w or "trigger_webhook" in w for w in what] == [
        True
    ] * 3


def test_a_chain_that_repeats_is_written_out(tmp_path: Path) -> None:
    one = shift("week", "2026-02-02T09:00:00", 7 * DAY, ["first"])
    step = {"escalation_chain_id": "C1"}
    policies = [
        {**step, "position": 0, "type": "notify_persons", "persons_to_notify": ["ULEAD"]},
        {**step, "position": 1, "type": "wait", "duration": 600},
        {**step, "position": 2, "type": "repeat_escalation"},
    ]
    made = moved(
        tmp_path, "oncall", SPRING, export("UTC", one, escalation_policies={"results": policies})
    )
    ladder = made.policy.escalation["platform"]
    minutes = [next(iter(level.after.values())).seconds / 60 for level in ladder]
    assert minutes == [10, 20, 30, 40, 50]


def test_secrets_are_not_copied(tmp_path: Path) -> None:
    one = shift("week", "2026-02-02T09:00:00", 7 * DAY, ["first"])
    made = export("UTC", one)
    made["schedules"]["results"][0] |= {
        "ical_url_primary": "https://example.test/token-1234/a.ics",
        "slack": {"channel_id": "secret-1234"},
    }
    moved(tmp_path, "oncall", SPRING, made)
    for file in (tmp_path / "moved").rglob("*.yaml"):
        assert "1234" not in file.read_text(encoding="utf-8")


def test_a_schedule_of_overrides_alone_has_them(tmp_path: Path) -> None:
    cover = {**shift("cover", "2026-03-10T09:00:00", DAY), "type": "override", "users": ["UFIRST"]}
    made = moved(tmp_path, "oncall", SPRING, export("Europe/Berlin", cover))
    agree(made, "platform", SPRING, there("Europe/Berlin", SPRING, cover))
