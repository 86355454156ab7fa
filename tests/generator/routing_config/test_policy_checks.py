"""Policies whose times, calendars and windows cannot be, each refused at its place."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sothat.generator.checked import installed_checks
from sothat.generator.compile import Inputs, all_problems
from sothat.generator.values import load_values
from sothat.model.problem import Problem, Severity

from .policies import CALENDARS, PRIORITIES, as_yaml, policy_data

Found = Callable[..., Sequence[Problem]]
WINDOW: dict[str, Any] = {
    "every": "week",
    "day": "sunday",
    "start": "00:00",
    "end": "04:00",
    "calendar": "berlin",
    "notice_days": 1,
    "mutes": [{"team": "plant"}],
}
BUSINESS = {"days": ["monday"], "start": "08:00", "end": "18:00", "holidays": "closed"}


@pytest.fixture
def found(small: Inputs) -> Found:
    """Return a function that gives the small catalogue a policy and returns its problems."""

    def problems(today: date | None = None, **sections: Any) -> Sequence[Problem]:
        (small.catalogue / "policy.yaml").write_text(
            as_yaml({**policy_data(**sections), "commands": ["pumpctl"]}), encoding="utf-8"
        )
        return all_problems(replace(small, today=today), installed_checks())

    return problems


def codes(problems: Sequence[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def calendar(**changes: Any) -> dict[str, Any]:
    every = {name: {**each, "years": "2026-2030"} for name, each in CALENDARS.items()}
    return {**every, "berlin": {**every["berlin"], **changes}}


def test_a_sound_policy(found: Found) -> None:
    assert codes(found(maintenance={"weekly": WINDOW}, hours={"business": BUSINESS})) == []


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        ({"group_interval": "5m", "repeat_interval": "12m"}, "12m is no multiple of"),
        ({"group_interval": "7m"}, "1h is no multiple of group_interval 7m"),
        ({"group_interval": "0s"}, "longer than nothing"),
        ({"repeat_interval": "0"}, "longer than nothing"),
    ],
)
def test_timings(found: Found, timing: dict[str, str], words: str) -> None:
    (problem,) = found(priorities={**PRIORITIES, "P1": {**PRIORITIES["P1"], "timing": timing}})
    assert problem.code == "bad-timing"
    assert words in problem.message


@pytest.mark.parametrize(("start", "end"), [("08:00", "08:00"), ("24:00", "08:00")])
def test_hours_and_windows_without_time(found: Found, start: str, end: str) -> None:
    problems = found(
        maintenance={"weekly": {**WINDOW, "start": start, "end": end}},
        hours={"business": {**BUSINESS, "start": start, "end": end}},
    )
    assert codes(problems) == ["empty-hours", "empty-hours"]
    assert all(problem.source.strip().startswith("start:") for problem in problems)


@pytest.mark.parametrize(
    ("changes", "code", "source"),
    [
        ({"time_zone": "Mars/Base"}, "unknown-timezone", "time_zone: Mars/Base"),
        ({"country": "XX"}, "unknown-country", "country: XX"),
        ({"subdivision": "ZZ"}, "unknown-country", "subdivision: ZZ"),
        ({"holidays": {"2026-02-30": "Never"}}, "impossible-date", "2026-02-30: Never"),
    ],
)
def test_calendars(found: Found, changes: dict[str, Any], code: str, source: str) -> None:
    (problem,) = found(calendars=calendar(**changes))
    assert (problem.code, problem.source.strip().replace("'", "")) == (code, source)


@pytest.mark.parametrize(
    ("sections", "user"),
    [
        ({"maintenance": {"weekly": WINDOW}}, "the mutes of window weekly"),
        (
            {
                "hours": {"business": BUSINESS},
                "channels": {
                    "on-call": {"description": "d"},
                    "chat": {
                        "description": "d",
                        "type": "slack",
                        "to": "#x",
                        "secret_file": "/s",
                        "hours": "business",
                        "calendar": "berlin",
                    },
                },
            },
            "the hours of channel chat",
        ),
    ],
)
def test_what_is_written_out_needs_years(found: Found, sections: dict[str, Any], user: str) -> None:
    (problem,) = found(calendars=CALENDARS, **sections)
    assert problem.code == "calendar-without-years"
    assert problem.message.startswith(user)
    assert codes(found(calendars=CALENDARS)) == []


@pytest.mark.parametrize(
    ("today", "severity"),
    [
        (date(2029, 12, 31), None),
        (date(2030, 1, 1), Severity.WARNING),
        (date(2031, 1, 1), Severity.ERROR),
    ],
)
def test_a_calendar_that_runs_out(found: Found, today: date, severity: Severity | None) -> None:
    problems = found(today, maintenance={"weekly": WINDOW})
    assert [p.severity for p in problems] == ([severity] if severity else [])
    assert set(codes(problems)) <= {"calendar-runs-out"}


@pytest.mark.parametrize(
    "labels",
    [
        {"team": "nobody"},
        {"alertname": "Watchdog"},
        {"team": "plant", "colour": "red"},
        {"alertname": "PlantPumpStopped", "priority": ["P1", "P3"]},
    ],
)
def test_a_mute_of_nothing(found: Found, labels: dict[str, Any]) -> None:
    window = {**WINDOW, "mutes": [{"team": "plant"}, labels]}
    assert codes(found(maintenance={"weekly": window})) == ["mute-of-nothing"]


@pytest.mark.parametrize(
    "labels", [{"site": "a"}, {"alertname": ["PlantPumpStopped", "x"], "outcome": "comfort"}]
)
def test_a_mute_of_something(found: Found, labels: dict[str, Any]) -> None:
    assert codes(found(maintenance={"weekly": {**WINDOW, "mutes": [labels]}})) == []


def test_too_many_overlapping_mutes(found: Found) -> None:
    names = [*"abcdefghijkl"]
    windows = {
        name: {**WINDOW, "mutes": [{"site": [n for n in names if n != name]}]} for name in names
    }
    assert codes(found(maintenance=windows)) == ["too-many-mutes"]


def test_a_channel_s_hours_lead_somewhere(found: Found) -> None:
    chat = {"type": "slack", "to": "#x", "secret_file": "/s", "hours": "night", "calendar": "mars"}
    every = {"on-call": {"description": "d"}, "chat": {"description": "d", **chat}}
    problems = found(channels=every)
    assert codes(problems) == ["unknown-reference", "unknown-reference"]


def test_an_environment_without_an_interval(small: Inputs) -> None:
    values = load_values(None, ["alertmanager.group_interval=0s"])
    (problem,) = all_problems(replace(small, values=values), installed_checks())
    assert problem.code == "bad-timing"
