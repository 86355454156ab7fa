"""How works stand, what is wrong with a plan, and what availability leaves out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.maintenance.conflicts import findings, unknown_names
from sothat.maintenance.desk import Ending, Refused, announce, cancel, finish, start
from sothat.maintenance.notice import announce_by, is_kept
from sothat.maintenance.plan import Freeze, Plan, Sort, Work
from sothat.maintenance.reading import load_plan
from sothat.maintenance.records import Entry, Event, Outcome
from sothat.maintenance.standing import State, excused, standing, standings
from sothat.model.policy import Policy
from sothat.service_levels.intervals import Interval

from .conftest import PLAN

START = datetime(2026, 12, 6, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BEFORE = START - timedelta(days=20)


def entry(event: Event, minutes: float, **more: object) -> Entry:
    made = Entry(START + minutes * MINUTE, event, "db-minor", "me")
    return replace(made, **more)  # type: ignore[arg-type]


def passed(side: str, name: str, minutes: float, *, good: bool = True) -> Entry:
    return entry(Event.CHECKED, minutes, side=side, check=name, passed=good)


def state(plan: Plan, entries: list[Entry], minutes: float) -> State:
    return standing(plan.works[0], entries, START + minutes * MINUTE).state


def test_a_work_goes_from_planned_to_done(plan: Plan) -> None:
    begun = [entry(Event.STARTED, 5)]
    over = [*begun, entry(Event.FINISHED, 90, outcome="done", cost=120.0, currency="EUR")]
    assert state(plan, [], -60) is State.PLANNED
    assert state(plan, [], 121) is State.MISSED
    assert state(plan, begun, 10) is State.RUNNING
    assert state(plan, over, 200) is State.DONE
    found = standing(plan.works[0], over, START + 200 * MINUTE)
    assert found.overrun == 0
    assert found.cost == (("EUR", 120.0),)
    assert found.actual == Interval(START + 5 * MINUTE, START + 90 * MINUTE)


def test_a_work_that_is_begun_anew_runs(plan: Plan) -> None:
    again = [entry(Event.STARTED, 5), entry(Event.FINISHED, 30, outcome="rolled-back")]
    assert state(plan, again, 40) is State.ROLLED_BACK
    assert state(plan, [*again, entry(Event.STARTED, 45)], 50) is State.RUNNING


def test_an_overrun_grows_while_it_runs_and_stays_when_it_is_over(plan: Plan) -> None:
    begun = [entry(Event.STARTED, 5)]
    work = plan.works[0]
    assert standing(work, begun, START + 150 * MINUTE).overrun == 30 * 60
    over = [*begun, entry(Event.FINISHED, 135, outcome="done")]
    assert standing(work, over, START + 500 * MINUTE).overrun == 15 * 60


def test_checks_must_pass_before_it_begins_and_before_it_is_done(plan: Plan) -> None:
    now = START
    bare = standing(plan.works[0], [], now)
    with pytest.raises(Refused, match="replica is near, backup"):
        start(bare, "me", now)
    assert start(bare, "me", now, anyway="the replica is down").text == "the replica is down"
    checked = [passed("before", "replica is near", -9), passed("before", "backup", -8)]
    failing = [*checked, passed("before", "backup", -1, good=False)]
    with pytest.raises(Refused, match=r"work: backup$"):
        start(standing(plan.works[0], failing, now), "me", now)
    begun = [*checked, start(standing(plan.works[0], checked, now), "me", now)]
    running = standing(plan.works[0], begun, now)
    with pytest.raises(Refused, match="it answers"):
        finish(running, "me", now, Ending(Outcome.DONE))
    assert finish(running, "me", now, Ending(Outcome.FAILED)).nature == "preventive"


def test_what_makes_no_sense_is_refused(plan: Plan) -> None:
    bare = standing(plan.works[0], [], START)
    with pytest.raises(Refused, match="not running"):
        finish(bare, "me", START, Ending(Outcome.DONE))
    gone = standing(plan.works[0], [cancel(bare, "me", START, "rain")], START)
    for telling in (announce, start):
        with pytest.raises(Refused, match="is over: cancelled"):
            telling(gone, "me", START)


def test_notice_counts_whole_business_days_before_the_work(plan: Plan, policy: Policy) -> None:
    # By hand: the work begins on Sunday, 6 December, 01:00 in Berlin. Five whole business days
    # before it: Friday 4, Thursday 3, Wednesday 2, Tuesday 1, Monday, 30 November. It must be
    # announced before that Monday begins, in Berlin at 00:00: 23:00 UTC of the 29th.
    by = announce_by(plan.works[0], policy, plan.calendar)
    assert by == datetime(2026, 11, 29, 23, 0, tzinfo=UTC)
    # Ten for extended work on Tuesday the 8th: Monday 7, 4 to 1, 30, then 27 to 24 November.
    extended = replace(plan.works[1], clients=("harbour",))
    assert announce_by(extended, policy, plan.calendar) == datetime(2026, 11, 23, 23, tzinfo=UTC)
    urgent = replace(extended, sort=Sort.EMERGENCY)
    assert announce_by(urgent, policy, plan.calendar) == urgent.interval.start
    told = standing(plan.works[0], [Entry(by, Event.ANNOUNCED, "db-minor", "me")], START)
    assert is_kept(told, by)
    assert not is_kept(told, by - timedelta(seconds=1))


def codes(plan: Plan, policy: Policy, entries: list[Entry], now: datetime) -> list[str]:
    found = findings(plan, standings(plan, entries, now), policy, now)
    return [one.code for one in found]


def test_a_sound_plan_has_no_findings(plan: Plan, policy: Policy) -> None:
    assert codes(plan, policy, [], BEFORE) == []
    assert list(unknown_names(plan, policy)) == []


def test_what_is_wrong_with_a_plan(plan: Plan, policy: Policy) -> None:
    work = plan.works[0]
    assert codes(plan, policy, [], START - timedelta(days=3)) == ["notice-too-short"]
    late = replace(work, interval=Interval(START, START + timedelta(hours=4)))
    assert codes(replace(plan, works=(late,)), policy, [], BEFORE) == ["outside-window"]
    frozen = replace(plan, freezes=(Freeze(work.interval, "closing"),))
    assert codes(frozen, policy, [], BEFORE) == ["work-in-freeze"]
    urgent = replace(work, sort=Sort.EMERGENCY)
    assert codes(replace(frozen, works=(urgent,)), policy, [], BEFORE) == []
    strange = replace(work, owner="nobody", clients=("nobody",), window="yearly")
    names = list(unknown_names(replace(plan, works=(strange,)), policy))
    assert [one.code for one in names] == ["unknown-reference"] * 3


@pytest.mark.parametrize(
    ("affects", "overlap"),
    [
        ({"team": ("database-sre",)}, True),
        ({"team": ("database-sre",), "priority": ("P4",)}, True),
        ({"team": ("database-sre",), "priority": ("P1",)}, False),
        ({"team": ("platform-sre",)}, False),
        ({"site": ("harbour",)}, False),
    ],
)
def test_two_works_on_the_same_thing(
    plan: Plan, policy: Policy, affects: dict[str, tuple[str, ...]], *, overlap: bool
) -> None:
    other = replace(plan.works[0], id="other", affects=(affects,))
    both = replace(plan, works=(plan.works[0], other))
    assert ("works-overlap" in codes(both, policy, [], BEFORE)) is overlap


def test_availability_leaves_out_what_was_announced_in_time_and_used(plan: Plan) -> None:
    work = plan.works[0]
    entries = [entry(Event.STARTED, -10), entry(Event.FINISHED, 150, outcome="done")]
    found = standing(work, entries, START + 200 * MINUTE)
    # Begun ten minutes early, ended half an hour late: both are the client's time.
    assert excused([found], ["db-minor"]) == (work.interval,)
    assert excused([found], []) == ()
    quick = [entry(Event.STARTED, 30), entry(Event.FINISHED, 45, outcome="done")]
    part = standing(work, quick, START + 200 * MINUTE)
    expected = Interval(START + 30 * MINUTE, START + 45 * MINUTE)
    assert excused([part], ["db-minor"]) == (expected,)
    assert excused([standing(work, [], START + 200 * MINUTE)], ["db-minor"]) == ()


EVENTS = st.lists(
    st.tuples(st.sampled_from(Event), st.integers(-300, 600), st.sampled_from(list(Outcome))),
    max_size=8,
)


@given(told=EVENTS, now=st.integers(-400, 800))
def test_no_history_breaks_it_and_no_more_is_left_out_than_was_announced(
    told: list[tuple[Event, int, Outcome]], now: int
) -> None:
    work = _work()
    entries = [
        entry(event, at, outcome=outcome.value if event is Event.FINISHED else "", side="before")
        for event, at, outcome in sorted(told, key=lambda one: one[1])
    ]
    found = standing(work, entries, START + now * MINUTE)
    assert found.overrun >= 0
    assert (found.state is State.RUNNING) <= (found.started is not None)
    for part in excused([found], [work.id]):
        assert work.interval.start <= part.start < part.end <= work.interval.end


def _work() -> Work:
    return load_plan(PLAN).works[0]
