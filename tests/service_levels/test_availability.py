"""Availability, credits and error budgets, worked out by hand."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.model.policy import Calendar, Credit, Policy
from sothat.service_levels.availability import availability, budget, credited, kept
from sothat.service_levels.intervals import Interval, total
from sothat.service_levels.maintenance import planned_time
from sothat.service_levels.months import month

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar("office", "DE", "BE", "Europe/Berlin", {})


def between(start: str, end: str) -> Interval:
    first, last = (
        datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN) for text in (start, end)
    )
    return Interval(first, last)


def test_a_month_s_availability_by_hand(shipped: Policy) -> None:
    # February 2026 has 28 days, 672 hours; 20 of them are windows: 652 hours are owed. An outage
    # of 2 hours on a working day; one of 3 hours on the last Sunday from 07:00, of which the
    # hour until 08:00 is in the monthly window.
    february = month(OFFICE, 2026, 2)
    outages = (between("02-11T10:00", "02-11T12:00"), between("02-22T07:00", "02-22T10:00"))
    found = availability(OFFICE, february, outages, planned_time(shipped, february))
    assert total(found.owed) == 652 * 3600
    assert found.share == 1 - Fraction(4, 652)
    text = "\n".join(line.text for line in found.lines)
    assert "99.3865% available, out for 4 h of 652 h." in text
    assert "Sun 2026-02-22 00:00–08:00 CET: planned work, 1 h of outage in it not counted." in text
    assert "Sun 2026-02-22 08:00–10:00 CET: out, 2 h." in text


def test_a_part_of_a_month_is_measured_by_itself() -> None:
    # Served from the 16th of April at noon: 14½ days of 24 hours, an hour of which was out.
    period = between("04-16T12:00", "05-01T00:00")
    outages = [between("04-10T00:00", "04-11T00:00"), between("04-20T10:00", "04-20T11:00")]
    assert availability(OFFICE, period, outages).share == 1 - Fraction(1, 348)


def test_outages_that_overlap_count_once() -> None:
    outages = [between("04-20T10:00", "04-20T11:00"), between("04-20T10:30", "04-20T11:30")]
    found = availability(OFFICE, month(OFFICE, 2026, 4), outages)
    assert total(found.down) == 5400


def test_where_nothing_was_owed_nothing_was_missed() -> None:
    period = between("04-20T10:00", "04-20T11:00")
    found = availability(OFFICE, period, [period], [period])
    assert found.share == 1


@pytest.mark.parametrize(
    ("seconds", "credit"),
    # April has 2,592,000 seconds: 99.9 % leave 2,592 of them, 99 % leave 25,920.
    [(0, 0.0), (2592, 0.0), (2593, 0.1), (25920, 0.1), (25921, 0.25), (129601, 0.5)],
)
def test_credits_come_in_tiers_and_exactly_at_their_edges(
    shipped: Policy, seconds: int, credit: float
) -> None:
    april = month(OFFICE, 2026, 4)
    outage = Interval(april.start, april.start + timedelta(seconds=seconds))
    reached = availability(OFFICE, april, [outage])
    standard = shipped.contracts["standard"]
    found = credited(standard, reached)
    assert found.share == credit
    assert kept(standard, reached) is (credit == 0)


def test_a_figure_that_falls_short_never_looks_like_the_promise(shipped: Policy) -> None:
    april = month(OFFICE, 2026, 4)
    outage = Interval(april.start, april.start + timedelta(seconds=2592, microseconds=1))
    found = credited(shipped.contracts["standard"], availability(OFFICE, april, [outage]))
    assert found.text == (
        "99.89999% available is below 99.9%: 'standard' gives 10% of the fee back."
    )


def test_the_largest_credit_counts_whatever_the_order(shipped: Policy) -> None:
    tiers = (Credit(0.95, 0.5), Credit(0.999, 0.1), Credit(0.99, 0.25))
    contract = replace(shipped.contracts["standard"], credits=tiers)
    april = month(OFFICE, 2026, 4)
    reached = availability(OFFICE, april, [Interval(april.start, april.start + timedelta(days=1))])
    assert credited(contract, reached).share == 0.25


def test_an_error_budget_of_a_calendar_month() -> None:
    # 30 days at 99.9 %: 43 min 12 s; 10 minutes are used.
    april = month(OFFICE, 2026, 4)
    found = budget(0.999, availability(OFFICE, april, [between("04-20T10:00", "04-20T10:10")]))
    assert (found.whole, found.used, found.left) == (2592.0, 600.0, 1992.0)
    assert found.lines[0].text == (
        "99.9% of 720 h allow 43 min 12 s of outage; 10 min are used, 33 min 12 s are left."
    )


def test_an_overdrawn_budget_says_so() -> None:
    april = month(OFFICE, 2026, 4)
    found = budget(0.999, availability(OFFICE, april, [between("04-20T10:00", "04-20T11:00")]))
    assert found.left == -1008.0
    assert "overdrawn by 16 min 48 s" in found.lines[0].text


MINUTES = st.integers(0, 30 * 1440)


@given(
    outages=st.lists(st.tuples(MINUTES, st.integers(0, 3000)), max_size=6),
    planned=st.lists(st.tuples(MINUTES, st.integers(0, 600)), max_size=6),
)
def test_availability_is_that_of_counting_minutes(
    outages: list[tuple[int, int]], planned: list[tuple[int, int]]
) -> None:
    april = month(OFFICE, 2026, 4)
    minute = timedelta(minutes=1)

    def intervals(pairs: list[tuple[int, int]]) -> list[Interval]:
        return [
            Interval(april.start + at * minute, april.start + (at + length) * minute)
            for at, length in pairs
        ]

    def minutes(pairs: list[tuple[int, int]]) -> set[int]:
        return {m for at, length in pairs for m in range(at, at + length) if m < 30 * 1440}

    owed = set(range(30 * 1440)) - minutes(planned)
    found = availability(OFFICE, april, intervals(outages), intervals(planned))
    assert found.share == 1 - Fraction(len(minutes(outages) & owed), len(owed))
    explained = sum(line.seconds for line in found.lines if line.kind == "outage")
    assert explained == total(found.down)
