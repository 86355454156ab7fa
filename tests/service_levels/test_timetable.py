"""The quick way to a deadline is the explained one's, to the microsecond."""

from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sothat.model.policy import Calendar, Hours, Term
from sothat.model.problem import Unusable
from sothat.service_levels.clocks import deadline_of
from sothat.service_levels.deadline import Promise
from sothat.service_levels.intervals import Interval, merged
from sothat.service_levels.timetable import Held, Timetable, due_of, instant

from .oracle import DAYS
from .test_oracle import histories

History = tuple[tuple[Promise, ...], Calendar, list[Interval]]


def quick(promises: tuple[Promise, ...], calendar: Calendar, pauses: list[Interval]) -> int:
    held = [Held(instant(one.since), one.term, Timetable(one.hours, calendar)) for one in promises]
    return due_of(held, [(instant(p.start), instant(p.end)) for p in merged(pauses)])


@settings(max_examples=150, deadline=None)
@given(histories(), st.integers(0, 10**9))
def test_both_ways_give_the_same_deadline(history: History, odd: int) -> None:
    promises, calendar, pauses = history
    moved = timedelta(microseconds=odd)
    promises = tuple(Promise(p.since + moved, p.term, p.hours) for p in promises)
    assert quick(promises, calendar, pauses) == instant(deadline_of(promises, calendar, pauses).at)


@settings(max_examples=40, deadline=None)
@given(histories(), st.sampled_from([Term("h"), Term("h", days=300), Term("h", seconds=9e6)]))
def test_no_time_at_all_and_very_much_of_it(history: History, term: Term) -> None:
    promises, calendar, pauses = history
    promises = (*promises[:-1], Promise(promises[-1].since, term, promises[-1].hours))
    assert quick(promises, calendar, pauses) == instant(deadline_of(promises, calendar, pauses).at)


def test_hours_that_never_open_are_refused() -> None:
    table = Timetable(Hours((), "08:00", "18:00", holidays=True), Calendar("c", "", "", "UTC", {}))
    with pytest.raises(Unusable, match="do not open"):
        table.due(0, 1)
    with pytest.raises(Unusable, match="do not open"):
        table.due(0, 0)


def test_a_clock_without_a_promise_is_refused() -> None:
    with pytest.raises(ValueError, match="without a promise"):
        due_of(())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 4 * 10**15), st.integers(0, 10**13))
@example(0, 1)
def test_at_all_hours_time_is_time(since: int, amount: int) -> None:
    hours = Hours(DAYS, "00:00", "24:00", holidays=True)
    table = Timetable(hours, Calendar("c", "", "", "Australia/Lord_Howe", {}))
    assert table.due(since, amount) == since + amount
    assert table.counted(since, since + amount) == amount
