"""Time intervals run when the policy says, in local time and written out in UTC."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.notifying.hours import days_off
from sothat.generator.notifying.intervals import Period, local_periods, utc_periods
from sothat.generator.notifying.recurrence import DAYS, MONTHS, Recurrence, minutes
from sothat.generator.routing.time_interval import (
    NamedInterval,
    TimeInterval,
    released_length,
    true_length,
)

from .policies import policy_of, spans, unhurried

YEARS = (2029, 2030)
# Around New Year, both changes of the clocks in both hemispheres, and a leap year's neighbour.
MOMENTS = ["2029-03-25", "2029-10-28", "2029-12-30", "2030-02-24", "2030-03-31", "2030-04-07"]
ZONES = ["Europe/Berlin", "Australia/Sydney", "Asia/Kolkata", "America/New_York", "UTC"]
HOUR = timedelta(hours=1)


def runs(periods: Iterable[Period], at: datetime, *, fixed: bool = False) -> bool:
    """Tell whether Alertmanager thinks that periods run, released ones or the fixed one."""
    intervals = tuple(
        TimeInterval(
            times=each.times or None,
            weekdays=tuple(((day + 1) % 7,) * 2 for day in each.weekdays) or None,
            days_of_month=each.days or None,
            months=tuple((month, month) for month in each.months) or None,
            years=tuple((year, year) for year in each.years) or None,
            zone=ZoneInfo(each.location),
        )
        for each in periods
    )
    named = NamedInterval("n", intervals)
    return named.contains(at, true_length if fixed else released_length)


def meant(recurrence: Recurrence, at: datetime) -> bool:
    """Tell whether it runs by the clock on the wall, without any of our own arithmetic."""
    local = at.astimezone(ZoneInfo(recurrence.time_zone))
    minute = local.hour * 60 + local.minute
    today, yesterday = local.date(), local.date() - timedelta(days=1)
    if recurrence.end > recurrence.start:
        return starts(recurrence, today) and recurrence.start <= minute < recurrence.end
    begun = starts(recurrence, today) and minute >= recurrence.start
    return begun or (starts(recurrence, yesterday) and minute < recurrence.end)


def starts(recurrence: Recurrence, day: date) -> bool:
    if recurrence.dates:
        return day in recurrence.dates
    if day.weekday() not in recurrence.weekdays:
        return False
    last = (day + timedelta(days=7)).month != day.month
    return not recurrence.months or (day.month in recurrence.months and last)


@st.composite
def recurrences(draw: st.DrawFn) -> Recurrence:
    start, end = draw(spans())
    every = draw(st.sampled_from(sorted(MONTHS)))
    most = 7 if every == "week" else 1
    days = draw(st.lists(st.integers(0, 6), min_size=1, max_size=most, unique=True))
    return Recurrence(
        name="n",
        time_zone=draw(st.sampled_from(ZONES)),
        start=minutes(start),
        end=minutes(end),
        weekdays=tuple(sorted(days)),
        months=MONTHS[every],
        years=YEARS,
    )


def hours_around(text: str) -> list[datetime]:
    """Return the half hours of six days; twice a year one of them is on the wall twice."""
    first = datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(days=3)
    return [first + n * HOUR / 2 for n in range(6 * 48)]


def is_repeated(recurrence: Recurrence, at: datetime) -> bool:
    """Tell whether the wall shows the time twice: then a span may be read either way."""
    zone = ZoneInfo(recurrence.time_zone)
    local = at.astimezone(zone)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


@unhurried
@given(recurrences(), st.sampled_from(MOMENTS))
def test_they_run_when_the_policy_says(recurrence: Recurrence, moment: str) -> None:
    local, utc = local_periods(recurrence), utc_periods(recurrence)
    for at in hours_around(moment):
        if is_repeated(recurrence, at):
            continue
        wanted = meant(recurrence, at)
        assert runs(local, at) is wanted, at
        assert runs(local, at, fixed=True) is wanted, at
        assert runs(utc, at) is wanted, at


@unhurried
@given(st.lists(st.dates(date(2029, 1, 2), date(2030, 12, 30)), min_size=1), st.sampled_from(ZONES))
def test_dates_run_from_midnight_to_midnight(days: list[date], zone: str) -> None:
    recurrence = Recurrence("n", zone, dates=tuple(sorted({*days, date(2030, 3, 31)})))
    local, utc = local_periods(recurrence), utc_periods(recurrence)
    for moment in (days[0].isoformat(), "2030-03-31"):
        for at in hours_around(moment):
            wanted = meant(recurrence, at)
            assert (runs(local, at), runs(utc, at)) == (wanted, wanted), at


QUARTERLY = Recurrence(
    "n", "Europe/Berlin", 0, 720, (DAYS.index("sunday"),), MONTHS["quarter"], years=YEARS
)


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        # The last day of a quarter on which clocks go forward: Alertmanager cannot name it.
        ("2030-03-30T22:59", False),
        ("2030-03-30T23:00", True),
        ("2030-03-31T09:59", True),
        ("2030-03-31T10:00", False),
        # A week before, where -7:-1 would begin.
        ("2030-03-24T05:00", False),
        ("2030-06-30T05:00", True),
        ("2030-09-29T05:00", True),
        ("2030-12-29T05:00", True),
        ("2030-11-24T05:00", False),
    ],
)
def test_the_last_sunday_of_a_quarter(at: str, *, wanted: bool) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    for periods in (local_periods(QUARTERLY), utc_periods(QUARTERLY)):
        assert runs(periods, moment) is wanted


def test_a_time_that_clocks_leave_out_is_when_they_do() -> None:
    half_past_two = Recurrence("n", "Europe/Berlin", 150, 240, (6,), years=YEARS)
    (change,) = (
        period
        for period in utc_periods(half_past_two)
        if (period.years, period.months, period.days) == ((2030,), (3,), ((31, 31),))
    )
    assert change.times == ((60, 120),)


def test_public_holidays_and_further_ones() -> None:
    calendars = {
        "berlin": {
            "country": "DE",
            "subdivision": "BE",
            "time_zone": "Europe/Berlin",
            "years": "2026-2027",
            "holidays": {"2026-12-24": "Christmas Eve"},
        }
    }
    found = days_off(policy_of(calendars=calendars).calendars["berlin"])
    assert date(2026, 3, 8) in found  # of Berlin alone
    assert date(2026, 12, 24) in found
    assert date(2027, 12, 25) in found
    assert {day.year for day in found} == {2026, 2027}


def test_without_years_there_are_only_further_ones() -> None:
    calendars = {
        "x": {"country": "DE", "time_zone": "UTC", "holidays": {"2026-12-24": "Christmas Eve"}}
    }
    assert days_off(policy_of(calendars=calendars).calendars["x"]) == (date(2026, 12, 24),)


@pytest.mark.parametrize("morning", ["2027-02-01T02:00", "2027-03-01T02:00"])
def test_the_day_after_a_month_s_last_is_of_the_next(morning: str) -> None:
    over = Recurrence("n", "Europe/Berlin", 1320, 240, (6,), MONTHS["month"], years=(2027,))
    moment = datetime.fromisoformat(morning).replace(tzinfo=UTC)
    assert runs(local_periods(over), moment)
    assert runs(utc_periods(over), moment)
