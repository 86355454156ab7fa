"""How a clock stands, what an edited calendar does to it, and the same as JSON."""

import json
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sothat.model.policy import Calendar, Hours, Term
from sothat.model.problem import Unusable
from sothat.service_levels import plain
from sothat.service_levels.clocks import deadline, deadline_of
from sothat.service_levels.deadline import Deadline, Standing, standing
from sothat.service_levels.intervals import Interval
from sothat.service_levels.revision import revised

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN)


@pytest.fixture
def four_hours(business: Hours, office: Calendar) -> Deadline:
    """From Friday 17:30, paused on Monday from 09:00 to 10:42: until Monday 13:12."""
    pause = Interval(berlin("03-02T09:00"), berlin("03-02T10:42"))
    return deadline(
        Term("business", seconds=4 * 3600.0),
        office,
        berlin("02-27T17:30"),
        [pause],
        hours=business,
    )


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("02-27T17:00", Standing(0.0, 14_400.0, 0.0, breached=False, paused=False)),
        ("02-27T17:45", Standing(900.0, 13_500.0, 0.0, breached=False, paused=False)),
        ("02-28T12:00", Standing(1800.0, 12_600.0, 0.0, breached=False, paused=False)),
        ("03-02T09:30", Standing(5400.0, 9000.0, 0.0, breached=False, paused=True)),
        ("03-02T13:12", Standing(14_400.0, 0.0, 0.0, breached=False, paused=False)),
        ("03-02T13:13", Standing(14_400.0, 0.0, 60.0, breached=True, paused=False)),
    ],
)
def test_how_a_clock_stands(four_hours: Deadline, now: str, expected: Standing) -> None:
    assert standing(four_hours, berlin(now)) == expected


def test_a_clock_that_is_paused_does_not_tick(business: Hours, office: Calendar) -> None:
    left = []
    for now in ("03-02T10:00", "03-02T10:30", "03-02T14:00"):
        open_pause = Interval(berlin("03-02T09:00"), berlin(now))
        term = Term("business", seconds=14_400.0)
        start = berlin("03-02T08:00")
        found = deadline(term, office, start, [open_pause], hours=business)
        left.append(standing(found, berlin(now)).remaining)
    assert left == [10_800.0] * 3


def test_why_13_12(four_hours: Deadline) -> None:
    due = "Due Mon 2026-03-02 13:12 CET, counted from Fri 2026-02-27 17:30 CET in the calendar"
    assert four_hours.explanation.splitlines() == [
        f"{due} {four_hours.version} (Europe/Berlin).",
        "4 h of business hours (Mon Tue Wed Thu Fri 08:00–18:00, closed on holidays).",
        "Fri 2026-02-27 17:30–18:00 CET: 30 min counted, 12.5% used up.",
        "Mon 2026-03-02 08:00–09:00 CET: 1 h counted, 37.5% used up.",
        "Mon 2026-03-02 09:00–10:42 CET: paused, 1 h 42 min not counted.",
        "Mon 2026-03-02 10:42–13:12 CET: 2 h 30 min counted, 100% used up.",
    ]


def test_a_holiday_is_named_in_the_explanation(business: Hours, office: Calendar) -> None:
    start = berlin("04-02T16:00")
    found = deadline(Term("business", seconds=14_400.0), office, start, hours=business)
    closed = [line.text for line in found.lines if line.kind == "closed"]
    assert closed == [
        "Fri 2026-04-03: closed, Good Friday.",
        "Mon 2026-04-06: closed, Easter Monday.",
    ]


def test_the_same_as_json(four_hours: Deadline) -> None:
    data = json.loads(json.dumps(plain.deadline(four_hours, berlin("03-02T12:12"))))
    assert data["at"] == "2026-03-02T12:12:00Z"
    assert data["remaining"] == 3600.0
    assert [line["kind"] for line in data["explanation"]] == [
        "due", "promise", "counted", "counted", "paused", "counted",
    ]  # fmt: skip
    counted = [line for line in data["explanation"] if line["kind"] == "counted"]
    assert sum(line["seconds"] for line in counted) == 14_400.0
    assert counted[0]["from"] == "2026-02-27T16:30:00Z"


def edited(one: Deadline) -> Deadline:
    """Return the deadline as counted after the Monday became a day off."""
    calendar = replace(one.calendar, holidays={"2026-03-02": "Works outing"})
    return deadline_of(one.promises, calendar, one.pauses)


def test_an_edited_calendar_moves_no_deadline_that_has_passed(four_hours: Deadline) -> None:
    fresh = edited(four_hours)
    assert fresh.at == berlin("03-03T11:30")
    assert revised(four_hours, fresh, berlin("03-02T13:12")) is four_hours


def test_an_edited_calendar_moves_no_deadline_silently(four_hours: Deadline) -> None:
    found = revised(four_hours, edited(four_hours), berlin("03-02T12:00"))
    assert found.at == berlin("03-03T11:30")
    assert found.lines[-1].kind == "moved"
    assert found.explanation.endswith(
        f"It was due Mon 2026-03-02 13:12 CET by the calendar {four_hours.version}."
    )


def test_a_pause_is_no_revision(four_hours: Deadline) -> None:
    longer = deadline_of(
        four_hours.promises,
        four_hours.calendar,
        [Interval(berlin("03-02T09:00"), berlin("03-02T11:42"))],
    )
    assert revised(four_hours, longer, berlin("03-02T13:30")) is longer


def test_hours_that_never_open_are_refused(office: Calendar) -> None:
    never = Hours((), "08:00", "18:00", holidays=False)
    with pytest.raises(Unusable) as caught:
        deadline(Term("x", seconds=60.0), office, berlin("01-01T00:00"), hours=never)
    assert caught.value.problems[0].code == "hours-never-open"


def test_a_pause_for_ever_is_no_endless_loop(business: Hours, office: Calendar) -> None:
    start = berlin("03-02T08:00")
    pause = Interval(start, datetime.max.replace(tzinfo=BERLIN, year=9998))
    with pytest.raises(Unusable) as caught:
        deadline(Term("x", seconds=60.0), office, start, [pause], hours=business)
    assert caught.value.problems[0].code == "date-out-of-range"
