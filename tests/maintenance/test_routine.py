"""Routine work: turns follow each other without a gap, and what is ticked off counts once."""

import itertools
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sothat.maintenance.desk import tick
from sothat.maintenance.figures import figures
from sothat.maintenance.plan import Plan, Routine
from sothat.maintenance.records import Entry, Event
from sothat.maintenance.routine import first_day, missed, turns

DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@given(every=st.sampled_from(["day", "week", "month"]), since=DAYS, today=DAYS)
def test_turns_are_without_a_gap(every: str, since: date, today: date) -> None:
    routine = Routine("r", every, "team", ("a",), since)
    found = turns(routine, [], today)
    for one, following in itertools.pairwise(found):
        assert one.end == following.first
    if since <= today:
        assert found[-1].first <= today < found[-1].end
    for turn in found:
        assert first_day(routine, turn.first) == turn.first
        assert first_day(routine, turn.end - timedelta(days=1)) == turn.first


def test_a_month_ends_with_its_last_day() -> None:
    routine = Routine("r", "month", "team", ("a",), date(2026, 1, 31))
    found = turns(routine, [], date(2026, 3, 1))
    assert [(turn.first.isoformat(), turn.end.isoformat()) for turn in found] == [
        ("2026-01-01", "2026-02-01"),
        ("2026-02-01", "2026-03-01"),
        ("2026-03-01", "2026-04-01"),
    ]


def test_what_is_ticked_off_is_of_the_local_day(plan: Plan) -> None:
    night = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)  # the 4th in Berlin
    entries = [tick(plan, "morning-round", item, "me", night) for item in ("1", "2")]
    assert {entry.day for entry in entries} == {"2026-11-04"}
    assert entries[1].check == "read the night's incidents"
    found = turns(plan.routines[0], entries, date(2026, 11, 5))
    assert [turn.first.day for turn in missed(found, date(2026, 11, 5))] == [1, 2, 3]
    values = {
        one.name: one.value
        for one in figures(plan, entries, datetime(2026, 11, 5, 12, tzinfo=UTC))
        if one.labels == {"routine": "morning-round"}
    }
    assert values == {
        "maintenance_routine_items_done_total": 2,
        "maintenance_routine_items_left": 2,
        "maintenance_routine_turns_missed": 3,
        "maintenance_routine_completion_ratio": 0.25,
    }


def test_the_same_item_twice_is_done_once(plan: Plan) -> None:
    day = datetime(2026, 11, 4, 9, tzinfo=UTC)
    entry = tick(plan, "morning-round", "look at the home board", "me", day)
    again = Entry(day, Event.ROUTINE, entry.subject, "you", check=entry.check, day=entry.day)
    (turn,) = turns(plan.routines[0], [entry, again], date(2026, 11, 4))[-1:]
    assert turn.done == ("look at the home board",)
