"""Hours in calendars: holidays by subdivision, and wall clocks that jump."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sothat.model.policy import Calendar, Hours
from sothat.model.problem import Unusable
from sothat.service_levels.calendars import holiday_name, is_holiday, version, working
from sothat.service_levels.intervals import Interval, total

NIGHT = Hours(("sunday",), "00:00", "04:00", holidays=True)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def between(start: str, end: str) -> Interval:
    return Interval(at(start), at(end))


@pytest.mark.parametrize("subdivision", ["BW", "BY", "ST", "BE", "HH", ""])
def test_epiphany_is_a_holiday_only_in_some_german_states(subdivision: str) -> None:
    calendar = Calendar("c", "DE", subdivision, "Europe/Berlin", {})
    assert is_holiday(calendar, date(2026, 1, 6)) is (subdivision in {"BW", "BY", "ST"})


def test_holidays_have_english_names_where_there_are_some(office: Calendar) -> None:
    assert holiday_name(office, date(2026, 4, 6)) == "Easter Monday"


def test_a_calendar_adds_days_of_its_own(office: Calendar) -> None:
    calendar = replace(office, holidays={"2026-12-24": "Christmas Eve"})
    assert holiday_name(calendar, date(2026, 12, 24)) == "Christmas Eve"
    assert not is_holiday(calendar, date(2026, 12, 23))


@pytest.mark.parametrize(
    ("country", "subdivision", "zone", "code"),
    [
        ("XX", "", "Europe/Berlin", "unknown-holidays"),
        ("DE", "ZZ", "Europe/Berlin", "unknown-holidays"),
        ("DE", "BE", "Europe/Nowhere", "unknown-time-zone"),
        ("DE", "BE", "Europe", "unknown-time-zone"),
        ("DE", "BE", "../etc/passwd", "unknown-time-zone"),
    ],
)
def test_what_nobody_knows_is_refused(
    business: Hours, country: str, subdivision: str, zone: str, code: str
) -> None:
    calendar = Calendar("c", country, subdivision, zone, {})
    with pytest.raises(Unusable) as caught:
        working(business, calendar, at("2026-01-05T00:00Z"), at("2026-01-06T00:00Z"))
    assert caught.value.problems[0].code == code


def test_hours_are_local_on_both_sides_of_a_jump(business: Hours, office: Calendar) -> None:
    found = working(business, office, at("2026-03-27T00:00Z"), at("2026-03-31T00:00Z"))
    assert found == (
        between("2026-03-27T07:00Z", "2026-03-27T17:00Z"),
        between("2026-03-30T06:00Z", "2026-03-30T16:00Z"),
    )


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 3),  # an hour is skipped
        ("Europe/Berlin", "2026-10-25", 5),  # an hour comes twice
        ("Europe/Berlin", "2026-11-01", 4),
        ("Australia/Lord_Howe", "2026-04-05", 4.5),  # half an hour comes twice
        ("Australia/Lord_Howe", "2026-10-04", 3.5),
        ("America/Santiago", "2026-09-06", 3),  # there is no midnight: 01:00 follows 23:59
        ("Africa/Cairo", "2023-04-30", 4),
    ],
)
def test_a_night_is_as_long_as_the_wall_clock_shows_it(zone: str, day: str, hours: float) -> None:
    calendar = Calendar("c", "DE", "", zone, {})
    whole = working(NIGHT, calendar, at(f"{day}T00:00+14:00"), at(f"{day}T23:59-12:00"))
    assert total(whole) == hours * 3600


def test_a_day_that_a_zone_skips_has_no_hours(always: Hours) -> None:
    friday = replace(always, days=("friday",))
    apia = Calendar("c", "WS", "", "Pacific/Apia", {})
    found = working(friday, apia, at("2011-12-25T00:00Z"), at("2012-01-07T12:00Z"))
    assert found == (between("2012-01-05T10:00Z", "2012-01-06T10:00Z"),)


def test_hours_at_night_run_into_the_next_day(office: Calendar) -> None:
    hours = Hours(("friday",), "22:00", "06:00", holidays=False)
    found = working(hours, office, at("2026-01-05T00:00Z"), at("2026-01-12T00:00Z"))
    assert found == (between("2026-01-09T21:00Z", "2026-01-10T05:00Z"),)


def test_time_that_comes_twice_is_open_twice(office: Calendar) -> None:
    hours = Hours(("sunday",), "00:00", "02:30", holidays=True)
    found = working(hours, office, at("2026-10-24T00:00Z"), at("2026-10-26T00:00Z"))
    assert found == (
        between("2026-10-24T22:00Z", "2026-10-25T00:30Z"),
        between("2026-10-25T01:00Z", "2026-10-25T01:30Z"),
    )


def test_hours_around_the_clock_are_one_interval(always: Hours, office: Calendar) -> None:
    since, until = at("2025-12-27T09:17Z"), at("2026-04-08T00:00Z")
    assert working(always, office, since, until) == (Interval(since, until),)


def test_a_moment_without_a_zone_is_refused(always: Hours, office: Calendar) -> None:
    local = datetime(2026, 1, 1)  # noqa: DTZ001 – the mistake that is refused
    with pytest.raises(ValueError, match="without a time zone"):
        working(always, office, local, at("2026-01-02T00:00Z"))


def test_the_version_follows_what_the_calendar_says(office: Calendar) -> None:
    edited = replace(office, holidays={"2026-12-24": "Christmas Eve"})
    assert version(office) == version(replace(office, holidays={}))
    assert version(edited) != version(office)
    assert version(edited).startswith("office@")
