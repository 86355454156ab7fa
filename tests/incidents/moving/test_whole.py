"""Nothing of an export goes missing without a word: pages, strays, doubles, odd restrictions."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sothat.incidents.moving.paging import cut_short
from sothat.incidents.moving.reading import Node
from sothat.model.problem import Unusable

from . import test_goalert as goalert
from . import test_oncall as oncall
from . import test_opsgenie as opsgenie
from . import test_pagerduty as pagerduty
from .walking import SPRING, imported, moved

WEEK = 7 * 86_400
START = "2026-02-02T10:00:00Z"


def lost(*exports: Any) -> list[str]:
    nodes = [Node(export, f"{number}.json") for number, export in enumerate(exports)]
    return [loss.place for loss in cut_short(nodes)]


def whats(report: Any) -> Iterator[str]:
    for each in report["not_carried_over"]:
        yield each["what"]


def listed(key: str, offset: int, *, more: bool) -> dict[str, Any]:
    return {key: [], "offset": offset, "limit": 25, "more": more, "total": None}


def addressed(number: int, last: int, what: str = "users") -> dict[str, Any]:
    def page(n: int) -> str | None:
        return f"https://oncall.example/api/v1/{what}/?page={n}" if 0 < n <= last else None

    return {"count": 9, "next": page(number + 1), "previous": page(number - 1), "results": []}


def connected(key: str, *, more: bool) -> dict[str, Any]:
    return {"data": {key: {"nodes": [], "pageInfo": {"hasNextPage": more, "endCursor": "x"}}}}


@pytest.mark.parametrize(
    ("exports", "places"),
    [
        ([listed("users", 0, more=True), listed("users", 25, more=False)], []),
        ([listed("users", 0, more=True), listed("schedules", 25, more=False)], ["0.json#/"]),
        ([listed("users", 0, more=True), listed("users", 25, more=True)], ["1.json#/"]),
        ([[addressed(n, 3) for n in (1, 2, 3)]], []),
        ([[addressed(n, 3) for n in (1, 2)]], ["0.json#/1"]),
        ([[addressed(1, 2)], [addressed(1, 1, "schedules")]], ["0.json#/0"]),
        ([{"users": addressed(1, 2)}], ["0.json#/users"]),
        ([[addressed(1, 2), addressed(1, 2), addressed(2, 2)]], []),
        (
            [{"data": [], "paging": {"next": "https://og.example/v2/users?offset=100"}}],
            ["0.json#/paging"],
        ),
        ([connected("users", more=True)], ["0.json#/data/users"]),
        ([connected("users", more=True), connected("users", more=False)], []),
        ([{"errors": [{"message": "no permission"}], "data": {}}], ["0.json#/errors"]),
        ([{"errors": [], "data": {}}, 7, "text", [[["x"]]], None], []),
        ([{"next": 7, "results": 1, "paging": [], "data": {"users": 3}, "more": "yes"}], []),
    ],
)
def test_pages_that_are_told_of_and_not_there(exports: list[Any], places: list[str]) -> None:
    assert lost(*exports) == places


def test_a_missing_page_is_in_the_report_and_the_exit_code(tmp_path: Path) -> None:
    one = pagerduty.export(pagerduty.schedule("UTC", pagerduty.layer(START, WEEK, "first")))
    users = {**listed("users", 0, more=True), "users": one.pop("users")}
    made = moved(tmp_path, "pagerduty", SPRING, one, users)
    assert made.code == 1
    assert any("further pages" in what for what in whats(made.report))


@pytest.mark.parametrize(
    ("system", "sound", "empty"),
    [
        ("oncall", oncall.export("UTC", oncall.shift("a", START, WEEK, ["first"])), [[]]),
        (
            "oncall",
            oncall.export("UTC", oncall.shift("a", START, WEEK, ["first"])),
            [{"count": 0, "next": None, "previous": None, "results": []}],
        ),
        (
            "opsgenie",
            opsgenie.export("UTC", opsgenie.rotation("a", START, "daily", "first")),
            {"data": [], "took": 0.1, "requestId": "r"},
        ),
    ],
)
def test_a_list_of_nothing_is_no_error(system: str, sound: Any, empty: Any, tmp_path: Path) -> None:
    assert moved(tmp_path, system, SPRING, sound, empty).code == 0


def test_pages_that_overlap_count_once(tmp_path: Path) -> None:
    one = pagerduty.export(pagerduty.schedule("UTC", pagerduty.layer(START, WEEK, "first")))
    made = moved(tmp_path, "pagerduty", SPRING, one, one)
    assert made.code == 0
    assert [*made.policy.teams] == ["platform"]


def test_of_two_that_differ_the_first_counts_and_that_is_said(tmp_path: Path) -> None:
    one = pagerduty.export(pagerduty.schedule("UTC", pagerduty.layer(START, WEEK, "first")))
    other = pagerduty.export(pagerduty.schedule("UTC", pagerduty.layer(START, WEEK, "lead")))
    made = moved(tmp_path, "pagerduty", SPRING, one, other)
    assert made.code == 1
    assert [*whats(made.report)] == [
        "'S1' stands twice in the export, and differs: the first counts"
    ]
    assert made.on_call("platform", SPRING)(SPRING) == {"first"}


def stray(**more: Any) -> dict[str, Any]:
    own = {"_parent": {"id": "S1"}, "alias": "o", "user": {"type": "user", "id": "LEAD"}}
    return {**own, "startDate": "2026-03-03T08:00:00Z", "endDate": "2026-03-04T08:00:00Z", **more}


@pytest.mark.parametrize(
    ("system", "sound", "more", "words"),
    [
        (
            "opsgenie",
            opsgenie.export("UTC", opsgenie.rotation("a", START, "daily", "first")),
            {"data": [stray(_parent={"id": "S9"})]},
            "whose schedule is not in the export",
        ),
        (
            "opsgenie",
            opsgenie.export("UTC", opsgenie.rotation("a", START, "daily", "first")),
            {"data": [stray(rotations=[{"id": "gone"}])]},
            "an override of the rotation 'gone'",
        ),
        (
            "oncall",
            oncall.export("UTC", oncall.shift("a", START, WEEK, ["first"])),
            [
                {
                    "results": [
                        {"id": "E9", "escalation_chain_id": "C9", "position": 0, "type": "wait"}
                    ]
                }
            ],
            "a step, whose escalation chain is not in the export",
        ),
        (
            "goalert",
            goalert.export(
                "UTC",
                [goalert.target("week", goalert.rule("00:00", "00:00"))],
                [goalert.rotation("week", "UTC", START, "weekly", "first")],
            ),
            {
                "data": {
                    "userOverrides": {
                        "nodes": [
                            {
                                "id": "o",
                                "addUserID": "first",
                                "removeUserID": "",
                                "start": "2026-03-03T08:00:00Z",
                                "end": "2026-03-04T08:00:00Z",
                                "target": {"id": "s-9", "type": "schedule"},
                            }
                        ]
                    }
                }
            },
            "an override, whose schedule is not in the export",
        ),
    ],
)
def test_what_belongs_to_something_that_is_not_there_is_said(
    system: str, sound: Any, more: Any, words: str, tmp_path: Path
) -> None:
    made = moved(tmp_path, system, SPRING, sound, more)
    assert made.code == 1
    assert any(words in what for what in whats(made.report))


@pytest.mark.parametrize(
    "restriction",
    [
        {"type": "monthly_restriction", "start_time_of_day": "22:00:00", "duration_seconds": 3600},
        {"type": "daily_restriction", "start_time_of_day": "22:00:00", "duration_seconds": 30},
    ],
)
def test_a_restriction_that_says_nothing_known_never_means_always(
    restriction: dict[str, Any], tmp_path: Path
) -> None:
    one = pagerduty.layer(START, WEEK, "first", restrictions=[restriction])
    result, _ = imported(
        tmp_path, "pagerduty", SPRING, pagerduty.export(pagerduty.schedule("UTC", one))
    )
    assert isinstance(result.exception, Unusable)
    assert "/restrictions/0/" in result.exception.problems[0].message


@pytest.mark.parametrize(
    ("restriction", "minutes"),
    [
        ([{"startHour": 8, "startMin": 0, "endHour": 9, "endMin": 0}], 60),
        (
            [
                {"startHour": 8, "startMin": 0, "endHour": 9, "endMin": 0},
                {"startHour": 22, "startMin": 0, "endHour": 1, "endMin": 0},
            ],
            240,
        ),
    ],
)
def test_every_time_of_day_of_a_restriction_counts(
    restriction: list[dict[str, int]], minutes: int, tmp_path: Path
) -> None:
    times = {"timeRestriction": {"type": "time-of-day", "restriction": restriction}}
    one = opsgenie.rotation("a", START, "daily", "first", **times)
    made = moved(tmp_path, "opsgenie", SPRING, opsgenie.export("UTC", one))
    there = made.on_call("platform", SPRING)
    assert sum(bool(there(SPRING + timedelta(minutes=n))) for n in range(1440)) == minutes


def test_a_list_of_schedules_says_where_their_layers_are(tmp_path: Path) -> None:
    mere = {"id": "S1", "type": "schedule", "name": "Primary", "time_zone": "UTC", "users": []}
    result, _ = imported(tmp_path, "pagerduty", SPRING, pagerduty.export(mere))
    assert isinstance(result.exception, Unusable)
    first, *others = result.exception.problems
    assert first.message == "nobody in it is on call or asked, now or later"
    assert others[0].message == "the schedule 'Primary': a list of schedules has no layers"
    assert others[0].hint == "GET /schedules/{id}"


def test_several_answers_in_one_file_have_a_remedy(tmp_path: Path) -> None:
    one = json.dumps(pagerduty.export(pagerduty.schedule("UTC")))
    result, _ = imported(tmp_path, "pagerduty", SPRING, f"{one}\n{one}")
    assert isinstance(result.exception, Unusable)
    assert "jq -s" in result.exception.problems[0].hint


def calendar(*events: str, head: str = "") -> str:
    bodies = "".join(f"BEGIN:VEVENT\nUID:{n}\n{e}\nEND:VEVENT\n" for n, e in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{bodies}END:VCALENDAR\n"


WHOLE_DAY = "DTSTART;VALUE=DATE:20260303\nSUMMARY:first"


@pytest.mark.parametrize(
    ("head", "begins", "losses"),
    [
        ("X-WR-TIMEZONE:America/New_York\n", "2026-03-03T05:00", 0),
        ("", "2026-03-03T00:00", 1),
    ],
)
def test_whole_days_are_those_of_the_calendars_zone(
    head: str, begins: str, losses: int, tmp_path: Path
) -> None:
    made = moved(tmp_path, "ical", SPRING, calendar(WHOLE_DAY, head=head))
    found = [one.starts for each in made.policy.rotations.values() for one in each.overrides]
    assert found == [begins]
    assert sum("whole days" in what for what in whats(made.report)) == losses
