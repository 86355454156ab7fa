"""Whatever a file holds: files of ours that load, or a problem with its place; no traceback."""

import copy
import json
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.commands.import_ import command
from sothat.model.problem import Unusable

from .test_goalert import export as goalert
from .test_goalert import rotation as goalert_rotation
from .test_goalert import rule, target
from .test_oncall import export as oncall
from .test_oncall import shift
from .test_opsgenie import days
from .test_opsgenie import export as opsgenie
from .test_opsgenie import rotation as opsgenie_rotation
from .test_pagerduty import daily, layer, schedule
from .test_pagerduty import export as pagerduty
from .walking import SPRING, imported, moved

DAY = 86_400
SOUND: dict[str, Any] = {
    "oncall": oncall(
        "Europe/Berlin",
        shift("week", "2026-02-02T09:00:00", 7 * DAY, ["first"], ["second"], by_day=["MO"]),
        shift("odd", "2026-02-02T09:00:00", DAY, ["lead"], frequency="monthly", level=2),
    ),
    "opsgenie": opsgenie(
        "Europe/Berlin",
        opsgenie_rotation(
            "a", "2026-02-02T10:00:00Z", "daily", "first", **days(("monday", 9, "friday", 17))
        ),
        opsgenie_rotation("b", "2026-02-02T10:00:00Z", "weekly", "second", "none"),
    ),
    "pagerduty": pagerduty(
        schedule(
            "Europe/Berlin",
            layer("2026-02-02T10:00:00Z", DAY, "lead", restrictions=[daily("08:00:00", 3600)]),
            layer("2026-02-02T10:00:00Z", 7 * DAY, "first", "second"),
        )
    ),
    "goalert": goalert(
        "Europe/Berlin",
        [target("week", rule("08:00", "18:00")), target("lead", rule("18:00", "08:00"))],
        [
            goalert_rotation(
                "week", "Europe/Berlin", "2026-02-02T10:00:00Z", "weekly", "first", "second"
            )
        ],
    ),
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        [[], {}, "9999-12-31T23:59:59Z", "0001-01-01", "2026-02-30T00:00:00Z", "x" * 500, "\x00"]
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(place for key, inner in below for place in places(inner, (*path, key)))]


def bent(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    made = copy.deepcopy(value)
    node = made
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = odd
    return made


def import_of(system: str, *texts: str) -> None:
    """Import texts; what is refused says why, and where."""
    with TemporaryDirectory() as folder:
        result, output = imported(Path(folder), system, SPRING, *texts)
        if result.exception is None:
            assert (output / "people.yaml").exists()
            return
        assert isinstance(result.exception, Unusable), repr(result.exception)
        assert all(problem.code and problem.message for problem in result.exception.problems)
        assert not output.exists()


@pytest.mark.parametrize("system", SOUND)
def test_bent_exports(system: str) -> None:
    every = places(SOUND[system])

    @settings(max_examples=12, deadline=None)
    @given(path=st.sampled_from(every), odd=ODD)
    def bend(path: tuple[Any, ...], odd: Any) -> None:
        import_of(system, json.dumps(bent(SOUND[system], path, odd)))

    bend()


@pytest.mark.parametrize("system", [*SOUND, "ical"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "json-syntax"),
        ("{", "json-syntax"),
        ('{"users": [', "json-syntax"),
        ("NaN", "json-syntax"),
        ("[" * 100_000, "nested-too-deep"),
        ("[]", "bad-export"),
        ("null", "bad-export"),
        ("42", "bad-export"),
        ('"text"', "bad-export"),
        ("{}", "bad-export"),
        ('{"data": {"data": {"data": 1}}}', "bad-export"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "bad-export"),
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, system: str, text: str, code: str) -> None:
    result, _ = imported(tmp_path, system, SPRING, text)
    assert isinstance(result.exception, Unusable), result.exception
    assert [problem.code for problem in result.exception.problems] == [code]
    assert str(tmp_path) in str(result.exception.problems[0].position)


def test_the_place_of_what_is_wrong_is_a_pointer(tmp_path: Path) -> None:
    wrong = bent(SOUND["pagerduty"], ("schedules", 0, "schedule_layers", 1, "start"), "soon")
    result, _ = imported(tmp_path, "pagerduty", SPRING, wrong)
    assert isinstance(result.exception, Unusable)
    assert result.exception.problems[0].message == (
        "/schedules/0/schedule_layers/1/start: 'soon' is no date and time"
    )


def test_a_missing_file_and_one_that_is_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        command, ["oncall", str(tmp_path / "no.json")], standalone_mode=False
    )
    assert isinstance(result.exception, Unusable)
    assert result.exception.problems[0].code == "unreadable-file"
    moved(tmp_path, "oncall", SPRING, SOUND["oncall"])
    again, _ = imported(tmp_path, "oncall", SPRING, SOUND["oncall"])
    assert isinstance(again.exception, Unusable)
    assert {problem.code for problem in again.exception.problems} == {"file-exists"}


def test_nothing_is_written_without_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_text(json.dumps(SOUND["goalert"]), encoding="utf-8")
    report = tmp_path / "report.txt"
    arguments = ["goalert", str(file), "--report", str(report)]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.exception is None
    assert report.read_text(encoding="utf-8") == result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.json", "report.txt"]


def test_files_without_a_sort_are_rules_as_ever(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("groups: [{name: a, rules: [{alert: A, expr: up == 0}]}]\n", encoding="utf-8")
    found = [
        CliRunner().invoke(command, [*words, str(rules)], standalone_mode=False).stdout
        for words in ((), ("rules",), ("--owner", "nobody-yet"))
    ]
    assert found[0] == found[1] == found[2]
    assert "kind: Alerts" in found[0]


@pytest.mark.parametrize("people", [50_000])
def test_a_large_organisation(tmp_path: Path, people: int) -> None:
    users = [
        {"id": f"U{n}", "name": f"Responder {n}", "email": f"responder-{n}@example.test"}
        for n in range(people)
    ]
    asked = [f"{n}" for n in range(0, people, 500)]
    one = schedule(
        "Europe/Berlin", layer("2026-02-02T10:00:00Z", 7 * DAY, *(f"u{n}" for n in asked))
    )
    made = moved(tmp_path, "pagerduty", SPRING, {**pagerduty(one), "users": users})
    assert len(made.people.users) == len(asked)
    assert made.report["notes"][0]["what"].startswith(f"{people - len(asked)} users")


def test_a_calendar_is_written_out(tmp_path: Path) -> None:
    text = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//sample//EN
X-WR-CALNAME:Primary
BEGIN:VEVENT
UID:1@example.test
DTSTAMP:20260101T000000Z
DTSTART:20260202T090000Z
DTEND:20260209T090000Z
RRULE:FREQ=WEEKLY;INTERVAL=2
SUMMARY:[L1] first
END:VEVENT
BEGIN:VEVENT
UID:2@example.test
DTSTAMP:20260101T000000Z
DTSTART:20260209T090000Z
DTEND:20260216T120000Z
RRULE:FREQ=WEEKLY;INTERVAL=2
SUMMARY:On Call - second - Primary
END:VEVENT
END:VCALENDAR
"""
    made = moved(tmp_path, "ical", SPRING, text)
    (team,) = made.policy.teams
    at = made.on_call(team, SPRING)
    found = [
        at(datetime.fromisoformat(f"2026-03-{day}:00+00:00")) for day in ("02T10", "09T08", "09T13")
    ]
    assert found == [{"first", "second"}, {"first"}, {"second"}]
    assert made.code == 1
