"""Deadlines against an independent oracle over random zones, hours, pauses and priorities."""

from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.model.policy import Calendar, Hours, Term
from sothat.service_levels.calendars import working
from sothat.service_levels.clocks import deadline, deadline_of
from sothat.service_levels.deadline import Promise
from sothat.service_levels.intervals import Interval

from .oracle import DAYS, open_day, slow_deadline

QUARTER, MINUTE = timedelta(minutes=15), timedelta(minutes=1)
LIMIT = timedelta(days=12)
# Those that jump by other than an hour, at midnight, or often; and all the others.
CURIOUS = (
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Santiago",
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/Havana",
    "Asia/Beirut",
    "America/Asuncion",
    "Europe/Berlin",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Pacific/Chatham",
)
ZONES = st.sampled_from(CURIOUS) | st.sampled_from(
    sorted(name for name in available_timezones() if "/" in name)
)
# Half of all cases lie in weeks in which some zone's clock jumps.
STARTS = st.builds(
    lambda year, month, day, quarter: (
        datetime(year, month, 1, tzinfo=UTC) + timedelta(days=day) + quarter * QUARTER
    ),
    st.integers(2017, 2036),
    st.sampled_from([3, 4, 9, 10, 11]) | st.integers(1, 12),
    st.integers(0, 27),
    st.integers(0, 95),
)
TIMES = st.builds(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}", st.integers(0, 95))
HOURS = st.builds(
    Hours,
    days=st.lists(st.sampled_from(DAYS), min_size=3, max_size=7, unique=True).map(tuple),
    start=TIMES,
    end=TIMES | st.just("24:00"),
    holidays=st.booleans(),
)
TERMS = st.builds(
    lambda quarters: Term("some", seconds=quarters * 900.0), st.integers(1, 120)
) | st.builds(lambda days: Term("some", days=days), st.integers(1, 4))


@st.composite
def calendars(draw: st.DrawFn, around: datetime) -> Calendar:
    days = draw(st.lists(st.integers(-1, 12), max_size=3))
    own = {(around + timedelta(days=day)).date().isoformat(): "Own" for day in days}
    return Calendar("some", "DE", draw(st.sampled_from(["", "BY", "BE"])), draw(ZONES), own)


@st.composite
def stretches(draw: st.DrawFn, around: datetime) -> Interval:
    start = around + draw(st.integers(-20, 5 * 96)) * QUARTER
    return Interval(start, start + draw(st.integers(1, 60)) * QUARTER)


@st.composite
def histories(
    draw: st.DrawFn,
) -> tuple[tuple[Promise, ...], Calendar, list[Interval]]:
    start = draw(STARTS)
    gaps = draw(st.lists(st.integers(0, 200), max_size=2))
    moments = [start + sum(gaps[:number]) * QUARTER for number in range(len(gaps) + 1)]
    promises = tuple(Promise(at, draw(TERMS), draw(HOURS)) for at in moments)
    pauses = draw(st.lists(stretches(start), max_size=3))
    return promises, draw(calendars(start)), pauses


@settings(max_examples=120, deadline=None)
@given(histories())
def test_deadlines_are_those_of_the_oracle(
    history: tuple[tuple[Promise, ...], Calendar, list[Interval]],
) -> None:
    promises, calendar, pauses = history
    expected = slow_deadline(promises, calendar, pauses, limit=LIMIT, step=QUARTER)
    found = deadline_of(promises, calendar, pauses).at
    if expected is None:
        assert found > promises[0].since + LIMIT
    else:
        assert found == expected


@settings(max_examples=100, deadline=None)
@given(histories(), st.data())
def test_a_pause_never_brings_a_deadline_forward(
    history: tuple[tuple[Promise, ...], Calendar, list[Interval]], data: st.DataObject
) -> None:
    promises, calendar, pauses = history
    before = deadline_of(promises, calendar, pauses)
    more = data.draw(stretches(promises[0].since))
    after = deadline_of(promises, calendar, [*pauses, more])
    assert after.at >= before.at
    if more.start >= before.at:
        assert after.at == before.at


@settings(max_examples=100, deadline=None)
@given(histories())
def test_no_deadline_and_nothing_counted_lies_in_closed_hours_or_pauses(
    history: tuple[tuple[Promise, ...], Calendar, list[Interval]],
) -> None:
    promises, calendar, pauses = history
    found = deadline_of(promises, calendar, pauses)
    for one in found.counted:
        hours = one.promise.hours
        assert working(hours, calendar, one.interval.start, one.interval.end) == (one.interval,)
        assert open_day(hours, calendar, one.interval.start) is not None
        assert not any(one.interval.start in pause for pause in pauses)
    assert found.intervals[-1].end == found.at
    assert sum(one.share for one in found.counted) == 1


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        # At a minute past midnight the clock fell back into the day before: two days took turns.
        ("America/St_Johns", "2010-11-06T18:07+00:00"),
        ("America/St_Johns", "2010-03-13T18:07+00:00"),
        ("Pacific/Apia", "2011-12-28T09:13+00:00"),
        ("Asia/Gaza", "2012-03-29T20:00+00:00"),
    ],
)
@pytest.mark.parametrize(
    "hours",
    [
        Hours(DAYS, "00:00", "24:00", holidays=True),
        Hours(DAYS, "22:00", "06:00", holidays=True),
        Hours(DAYS[5:], "00:00", "24:00", holidays=True),
    ],
    ids=["always", "night", "weekend"],
)
@pytest.mark.parametrize(
    "term",
    [Term("h", seconds=8.5 * 3600), Term("h", seconds=13 * 3600.0), Term("h", days=2)],
    ids=["8.5 h", "13 h", "2 days"],
)
def test_curious_days_minute_by_minute(zone: str, start: str, hours: Hours, term: Term) -> None:
    calendar = Calendar("c", "DE", "", zone, {})
    promise = Promise(datetime.fromisoformat(start), term, hours)
    limit = timedelta(days=4)
    expected = slow_deadline((promise,), calendar, (), limit=limit, step=MINUTE)
    found = deadline(term, calendar, promise.since, hours=hours).at
    assert found == expected if expected else found > promise.since + limit
