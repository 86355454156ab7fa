"""Maintenance windows: which days, how long over a jump, announced by when."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sothat.model.policy import Calendar, Maintenance, Policy
from sothat.model.problem import Unusable
from sothat.service_levels.intervals import Interval, total
from sothat.service_levels.maintenance import Window, announce_by, planned_time, windows
from sothat.service_levels.months import month

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def of_month(policy: Policy, year: int, number: int) -> Interval:
    return month(policy.calendars["head-office"], year, number)


def test_the_windows_of_a_month_at_the_end_of_a_quarter(shipped: Policy) -> None:
    found = [
        (
            window.name,
            f"{window.interval.start.astimezone(BERLIN):%d %H:%M}",
            window.interval.seconds,
        )
        for window in windows(shipped, of_month(shipped, 2026, 3))
    ]
    # On the 29th the clock jumps from 02:00 to 03:00: each window is an hour shorter.
    assert found == [
        ("weekly", "01 00:00", 4 * 3600),
        ("weekly", "08 00:00", 4 * 3600),
        ("weekly", "15 00:00", 4 * 3600),
        ("weekly", "22 00:00", 4 * 3600),
        ("weekly", "29 00:00", 3 * 3600),
        ("monthly", "29 00:00", 7 * 3600),
        ("quarterly", "29 00:00", 11 * 3600),
    ]


@pytest.mark.parametrize(
    ("year", "number", "hours"),
    [
        (2026, 2, 3 * 4 + 8),  # four Sundays, the last of them the monthly one
        (2026, 3, 4 * 4 + 11),
        (2026, 5, 4 * 4 + 8),  # five Sundays, the last on the 31st
        (2026, 10, 3 * 4 + 9),  # the clock falls back in the monthly window
        (2026, 12, 3 * 4 + 12),
    ],
)
def test_planned_time_counts_each_moment_once(
    shipped: Policy, year: int, number: int, hours: int
) -> None:
    assert total(planned_time(shipped, of_month(shipped, year, number))) == hours * 3600


def test_a_window_over_the_edge_of_a_month_is_whole_and_its_time_is_cut() -> None:
    night = Maintenance("night", "week", "saturday", "22:00", "06:00", "c", 0)
    calendar = Calendar("c", "DE", "", "Europe/Berlin", {})
    policy = Policy({}, {}, (), calendars={"c": calendar}, maintenance={"night": night})
    february = month(calendar, 2026, 2)  # it begins on a Sunday
    first = windows(policy, february)[0].interval
    assert first == Interval(berlin("2026-01-31T22:00"), berlin("2026-02-01T06:00"))
    assert planned_time(policy, february)[0].start == berlin("2026-02-01T00:00")


@pytest.mark.parametrize(
    ("name", "start", "by"),
    [
        # Sunday; five business days before it: Friday back to Monday, all of it.
        ("weekly", "2026-03-08T00:00", "2026-03-02T00:00"),
        # Easter Sunday: Friday is a holiday, so Thursday back to Friday of the week before.
        ("weekly", "2026-04-05T00:00", "2026-03-27T00:00"),
        ("quarterly", "2026-03-29T00:00", "2026-03-16T00:00"),
    ],
)
def test_the_notice_leaves_whole_business_days(
    shipped: Policy, name: str, start: str, by: str
) -> None:
    moment = berlin(start)
    assert announce_by(shipped, Window(name, Interval(moment, moment))) == berlin(by)


def test_a_calendar_without_business_days_has_no_notice() -> None:
    free = {
        f"{year}-{m:02}-{d:02}": "Off"
        for year in (2025, 2026)
        for m in range(1, 13)
        for d in range(1, 32)
    }
    calendar = Calendar("c", "DE", "", "Europe/Berlin", free)
    weekly = Maintenance("weekly", "week", "sunday", "00:00", "04:00", "c", 1)
    policy = Policy({}, {}, (), calendars={"c": calendar}, maintenance={"weekly": weekly})
    moment = berlin("2026-12-27T00:00")
    with pytest.raises(Unusable) as caught:
        announce_by(policy, Window("weekly", Interval(moment, moment)))
    assert caught.value.problems[0].code == "hours-never-open"


@pytest.mark.parametrize(
    ("zone", "number", "hours"),
    [
        ("Europe/Berlin", 3, 743),
        ("Europe/Berlin", 10, 745),
        ("UTC", 10, 744),
        ("Australia/Lord_Howe", 4, 720.5),
    ],
)
def test_a_month_is_as_long_as_its_clock_shows(zone: str, number: int, hours: float) -> None:
    assert month(Calendar("c", "DE", "", zone, {}), 2026, number).seconds == hours * 3600
