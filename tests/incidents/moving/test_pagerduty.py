"""PagerDuty's schedules and policies, before and after the move."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .walking import AUTUMN, SPRING, ZONES, agree, moved

DAY, WEEK = 86_400, 7 * 86_400


def user(name: str, **more: Any) -> dict[str, Any]:
    own = {"id": name.upper(), "type": "user", "name": name, "email": f"{name}@example.test"}
    return {**own, **more}


USERS = [user(name) for name in ("first", "second", "third", "night", "lead")]


def layer(start: str, length: int, *people: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"L{start}",
        "name": f"Layer from {start}",
        "start": start,
        "end": None,
        "rotation_virtual_start": start,
        "rotation_turn_length_seconds": length,
        "users": [{"user": {"id": one.upper(), "type": "user_reference"}} for one in people],
        "restrictions": [],
        **more,
    }


def daily(time: str, seconds: int) -> dict[str, Any]:
    return {"type": "daily_restriction", "start_time_of_day": time, "duration_seconds": seconds}


def weekly(day: int, time: str, seconds: int) -> dict[str, Any]:
    shape = {"type": "weekly_restriction", "start_day_of_week": day}
    return {**shape, "start_time_of_day": time, "duration_seconds": seconds}


def schedule(zone: str, *layers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a schedule whose highest layer comes first, as the API has it."""
    own = {"id": "S1", "type": "schedule", "name": "Primary", "time_zone": zone}
    return {**own, "schedule_layers": list(layers), **more}


def policy(*rules: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    own = {"id": "E1", "name": "Platform", "num_loops": 0}
    return {**own, "escalation_rules": list(rules), **more}


def rule(minutes: int, *targets: str) -> dict[str, Any]:
    sorts = {"S": "schedule_reference"}
    named = [
        {"id": one, "type": sorts.get(one[0] if one[1:].isdigit() else "", "user_reference")}
        for one in targets
    ]
    return {"escalation_delay_in_minutes": minutes, "targets": named}


def export(*schedules: dict[str, Any], chain: dict[str, Any] | None = None) -> dict[str, Any]:
    chains = [chain or policy(rule(30, "S1"))]
    return {"users": USERS, "schedules": list(schedules), "escalation_policies": chains}


def held(restriction: Mapping[str, Any], shown: datetime) -> bool:
    """Return whether a restriction lets somebody be on call when a wall clock shows a time."""
    hour, minute, _ = map(int, restriction["start_time_of_day"].split(":"))
    length = timedelta(seconds=restriction["duration_seconds"])
    for back in range(8):
        day = datetime.combine((shown - timedelta(days=back)).date(), time(hour, minute))
        own = restriction.get("start_day_of_week") in {None, day.isoweekday()}
        if own and day <= shown < day + length:
            return True
    return False


def by_layer(one: Mapping[str, Any], zone: ZoneInfo, moment: datetime) -> str:
    """Return who is on call by a layer; empty: nobody."""
    edges = [datetime.fromisoformat(one[key]) if one[key] else moment for key in ("start", "end")]
    if moment < edges[0] or (one["end"] and moment >= edges[1]):
        return ""
    shown = moment.astimezone(zone).replace(tzinfo=None)
    own = one["restrictions"]
    if own and not any(held(restriction, shown) for restriction in own):
        return ""
    first = datetime.fromisoformat(one["rotation_virtual_start"]).astimezone(zone)
    since = (shown - first.replace(tzinfo=None)).total_seconds()
    people = one["users"]
    turn = int(since // one["rotation_turn_length_seconds"])
    return str(people[turn % len(people)]["user"]["id"].lower())


def there(one: Mapping[str, Any]) -> Callable[[datetime], frozenset[str]]:
    """Return who is on call by PagerDuty's own words, taken literally and nothing else."""
    zone = ZoneInfo(one["time_zone"])

    def at(moment: datetime) -> frozenset[str]:
        for cover in one.get("overrides", ()):
            starts, ends = (datetime.fromisoformat(cover[edge]) for edge in ("start", "end"))
            if starts <= moment < ends:
                return frozenset({cover["user"]["id"].lower()})
        found = (by_layer(each, zone, moment) for each in one["schedule_layers"])
        return frozenset([next(filter(None, found), "")]) - {""}

    return at


@pytest.mark.parametrize("now", [SPRING, AUTUMN])
@pytest.mark.parametrize("zone", ZONES[:3])
def test_layers_restrictions_and_overrides_agree_hour_by_hour(
    tmp_path: Path, zone: str, now: datetime
) -> None:
    one = schedule(
        zone,
        layer(
            "2026-02-02T10:00:00+00:00",
            DAY,
            "lead",
            restrictions=[weekly(5, "18:00:00", 62 * 3600)],
        ),
        layer(
            "2026-02-03T07:00:00+00:00",
            12 * 3600,
            "night",
            "third",
            restrictions=[daily("20:00:00", 11 * 3600), weekly(3, "12:30:00", 5400)],
        ),
        layer("2026-02-02T09:30:00+00:00", WEEK, "first", "second", "third"),
        overrides=[
            {
                "start": (now + timedelta(days=9, hours=3)).isoformat(),
                "end": (now + timedelta(days=11)).isoformat(),
                "user": {"id": "SECOND"},
            }
        ],
    )
    made = moved(tmp_path, "pagerduty", now, export(one))
    agree(made, "platform", now, there(one))
    assert [note["what"][:30] for note in made.report["notes"]] == [
        "'Layer from 2026-02-03T07:00:0"
    ]
    assert made.code == 0


TIMES = st.sampled_from(["05:00:00", "09:00:00", "13:30:00", "20:00:00"])
HOURS = st.sampled_from([1, 8, 10, 24])
RESTRICTIONS = st.one_of(
    st.builds(lambda time, hours: daily(time, hours * 3600), TIMES, HOURS),
    st.builds(
        lambda day, time, hours: weekly(day, time, hours * 3600),
        st.integers(1, 7),
        TIMES,
        st.sampled_from([3, 24, 62, 100, 168]),
    ),
)
PEOPLE = st.lists(st.sampled_from([one["name"] for one in USERS]), min_size=1, max_size=4)
# No hand-over within an hour that clocks show twice: which of the two is meant, nobody says.
LAYERS = st.builds(
    lambda day, hour, length, people, restrictions: layer(
        f"2026-02-{day:02}T{hour:02}:00:00+00:00", length, *people, restrictions=restrictions
    ),
    st.integers(1, 28),
    st.sampled_from([11, 12, 16]),
    st.sampled_from([DAY, 2 * DAY, WEEK, 2 * WEEK, 10 * DAY]),
    PEOPLE,
    st.lists(RESTRICTIONS, max_size=3),
)


@settings(max_examples=12, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    layers=st.lists(LAYERS, min_size=1, max_size=4),
    now=st.sampled_from([SPRING, AUTUMN]),
)
def test_whatever_the_layers_are(zone: str, layers: list[dict[str, Any]], now: datetime) -> None:
    one = schedule(zone, *layers)
    with TemporaryDirectory() as folder:
        agree(moved(Path(folder), "pagerduty", now, export(one)), "platform", now, there(one))


def test_a_layer_that_begins_and_one_that_ends_within_the_weeks(tmp_path: Path) -> None:
    ends = layer("2026-01-05T09:00:00+00:00", DAY, "lead", end="2026-03-20T12:00:00+00:00")
    begins = layer("2026-01-06T09:00:00+00:00", 3 * DAY, "first", "second")
    one = schedule("Europe/Berlin", ends, {**begins, "start": "2026-03-12T15:00:00+00:00"})
    agree(moved(tmp_path, "pagerduty", SPRING, export(one)), "platform", SPRING, there(one))


def test_rules_and_loops_become_levels_with_their_times(tmp_path: Path) -> None:
    one = schedule("UTC", layer("2026-02-02T09:00:00+00:00", DAY, "first", "second"))
    chain = policy(rule(10, "S1", "LEAD"), rule(25, "THIRD", "NIGHT"), num_loops=1)
    made = moved(tmp_path, "pagerduty", SPRING, export(one, chain=chain))
    ladder = made.policy.escalation["platform"]
    seats = [(s.level, s.role or s.rotation) for s in made.policy.teams["platform"].seats]
    after = {level.name: {t.seconds / 60 for t in level.after.values()} for level in ladder}
    assert after == {"platform-1": {0}, "platform-2": {10}, "platform-3": {35}, "platform-4": {45}}
    assert seats == [
        ("platform-1", "lead"),
        ("platform-2", "third"),
        ("platform-2", "night"),
        ("platform-3", "primary"),
        ("platform-3", "lead"),
        ("platform-4", "third"),
        ("platform-4", "night"),
    ]
    assert made.report["not_carried_over"] == []


def test_terraforms_state_has_the_lowest_layer_first(tmp_path: Path) -> None:
    low = layer("2026-02-02T09:00:00Z", WEEK, "first", "second")
    high = layer("2026-02-02T09:00:00Z", DAY, "lead", restrictions=[daily("08:00:00", 3600)])
    one = schedule("Europe/Berlin", high, low)

    def state(each: dict[str, Any]) -> dict[str, Any]:
        plain = {**each, "restriction": each["restrictions"], "end": ""}
        return {**plain, "users": [item["user"]["id"] for item in each["users"]]}

    def resource(sort: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {"mode": "managed", "type": sort, "instances": [{"attributes": attributes}]}

    attributes = {"id": "S1", "name": "Primary", "time_zone": "Europe/Berlin"}
    target = {"type": "schedule_reference", "id": "S1"}
    rules = [{"escalation_delay_in_minutes": 30, "target": [target]}]
    resources = [
        resource("pagerduty_schedule", {**attributes, "layer": [state(low), state(high)]}),
        resource("pagerduty_escalation_policy", {"id": "E1", "name": "Platform", "rule": rules}),
        *(resource("pagerduty_user", each) for each in USERS),
    ]
    terraform = {"version": 4, "terraform_version": "1.9.0", "resources": resources}
    made = moved(tmp_path, "pagerduty", SPRING, terraform)
    agree(made, "platform", SPRING, there(one))
    assert ["overrides" in loss["what"] for loss in made.report["not_carried_over"]] == [True]


def test_what_is_lost_stands_in_the_report_and_beside_it(tmp_path: Path) -> None:
    one = schedule("UTC", layer("2026-02-02T09:00:00+00:00", DAY, "first", "gone"))
    robin = {**rule(10, "S1"), "escalation_rule_assignment_strategy": {"type": "round_robin"}}
    made = moved(tmp_path, "pagerduty", SPRING, export(one, chain=policy(robin)))
    assert made.code == 1
    lost = {loss["what"]: loss["place"] for loss in made.report["not_carried_over"]}
    file = tmp_path / "export-0.json"
    assert lost == {
        "round robin: here all of a step are asked": (
            f"{file}#/escalation_policies/0/escalation_rules/0"
        ),
        "the user 'GONE' is not in the export": "",
    }
    text = (tmp_path / "moved/catalogue/policy.yaml").read_text(encoding="utf-8")
    before, _, after = text.partition("  # Not carried over: round robin")
    assert before.endswith("teams:\n")
    assert "  platform:\n" in after
