"""The budget of calls: never exceeded, over restarts, kills, several processes and lost files."""

import json
import multiprocessing
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.exporters.tuya_cloud.budget import Budget, Terms
from sothat.exporters.tuya_cloud.periods import period_at
from sothat.exporters.tuya_cloud.schedule import DAY, HOUR, Tasks, list_interval


def moment(*parts):
    return datetime(*parts, tzinfo=UTC).timestamp()


START = moment(2026, 11, 1)


def test_a_month_begins_on_its_day():
    november = period_at(moment(2026, 11, 22), 1)
    assert (november.start, november.end) == (START, moment(2026, 12, 1))
    assert november.name == "2026-11-01"
    late = period_at(moment(2026, 1, 5), 28)
    assert (late.start, late.end) == (moment(2025, 12, 28), moment(2026, 1, 28))
    assert november.share(moment(2026, 11, 16)) == 0.5


@given(st.floats(0, 4e9), st.integers(1, 28))
def test_every_moment_lies_in_its_period(at, first_day):
    period = period_at(at, first_day)
    assert period.start <= at < period.end
    assert 27 * DAY < period.end - period.start < 32 * DAY
    assert period_at(period.end, first_day).start == period.end


def test_calls_are_spread_over_the_month(tmp_path):
    budget = Budget(tmp_path / "b.json", Terms(3_000, burst=50, reserve=0))
    assert sum(budget.spend(START) for _ in range(80)) == 50
    assert not budget.spend(START + 60)
    day_later = START + DAY
    assert sum(budget.spend(day_later) for _ in range(200)) == 100
    assert budget.available(day_later) == 0
    assert budget.standing(day_later).used == 150


def test_a_clock_that_starts_at_its_epoch_each_time_spends_one_budget(tmp_path):
    budget = Budget(tmp_path / "b.json", Terms(100, burst=10, reserve=0))
    for month in (9, 10, 11):
        assert budget.spend(moment(2026, month, 20))
    assert sum(budget.spend(0.0) for _ in range(50)) == 10


def test_another_first_day_begins_no_new_budget(tmp_path):
    file, at = tmp_path / "b.json", moment(2026, 11, 22)
    before = Budget(file, Terms(100, burst=100, reserve=0))
    assert sum(before.spend(START) for _ in range(200)) == 100
    after = Budget(file, Terms(100, first_day=20, burst=100, reserve=0))
    assert not after.spend(at)
    assert after.standing(at).used == 100
    assert after.spend(moment(2026, 12, 20))
    again = Budget(file, Terms(100, burst=100, reserve=0))
    assert again.standing(moment(2026, 12, 21)).used == 1


def test_what_is_urgent_may_use_the_reserve(tmp_path):
    budget = Budget(tmp_path / "b.json", Terms(100, burst=100, reserve=20))
    assert sum(budget.spend(START) for _ in range(200)) == 80
    assert sum(budget.spend(START, urgent=True) for _ in range(200)) == 20
    assert not budget.spend(START, urgent=True)
    assert budget.standing(START).left == 0


def test_a_file_that_is_lost_or_begun_late_costs_the_months_share(tmp_path):
    file = tmp_path / "b.json"
    middle = moment(2026, 11, 16)
    budget = Budget(file, Terms(1_000, burst=10, reserve=0))
    assert sum(budget.spend(middle) for _ in range(50)) == 10
    file.unlink()
    assert budget.standing(middle).used == 500


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"form": 2, "calls": {}}', '{"form": 1, "calls": {"a": -1}}']
)
def test_a_file_that_cannot_be_read_allows_nothing(tmp_path, text):
    file = tmp_path / "b.json"
    file.write_text(text)
    budget = Budget(file, Terms(1_000))
    assert not budget.spend(START, urgent=True)
    assert budget.available(START) == 0
    assert not budget.standing(START).sound
    assert file.read_text() == text


def test_what_cannot_be_written_down_is_not_made(tmp_path):
    budget = Budget(tmp_path / "missing" / "b.json", Terms(1_000))
    assert not budget.spend(START)


def test_a_new_month_begins_anew_and_an_old_one_is_not_forgotten(tmp_path):
    budget = Budget(tmp_path / "b.json", Terms(10, burst=10, reserve=0))
    assert sum(budget.spend(START) for _ in range(20)) == 10
    december = moment(2026, 12, 1)
    assert budget.spend(december)
    assert not budget.spend(START)  # the clock was set back: what was spent then is still known


def test_the_forecast_is_the_months_pace(tmp_path):
    budget = Budget(tmp_path / "b.json", Terms(30_000, burst=1_000, reserve=0))
    for _ in range(50):
        budget.spend(START)
    assert budget.standing(moment(2026, 11, 16)).forecast == 100


def _spend_all(path, results):
    budget = Budget(Path(path), Terms(100, burst=100, reserve=0))
    results.put(sum(budget.spend(START) for _ in range(50)))


def test_processes_share_it():
    context = multiprocessing.get_context("spawn")
    with TemporaryDirectory() as folder:
        results = context.Queue()
        path = str(Path(folder) / "b.json")
        workers = [context.Process(target=_spend_all, args=(path, results)) for _ in range(3)]
        for worker in workers:
            worker.start()
        granted = [results.get(timeout=120) for _ in workers]
        for worker in workers:
            worker.join(60)
        assert sum(granted) == 100


def _spend_until_killed(path, pipe):
    budget = Budget(Path(path), Terms(10**9, burst=10**9, reserve=0))
    while budget.spend(START):
        os.write(pipe, b".")


def test_a_kill_forgets_no_call():
    """Each call is written down before it is made: a process that is killed has made no more."""
    context = multiprocessing.get_context("fork")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "b.json"
        for _ in range(5):
            reading, writing = os.pipe()
            before = _count(path)
            worker = context.Process(target=_spend_until_killed, args=(path, writing))
            worker.start()
            os.close(writing)
            made = len(os.read(reading, 20))
            os.kill(worker.pid, signal.SIGKILL)
            worker.join(60)
            while chunk := os.read(reading, 65_536):
                made += len(chunk)
            os.close(reading)
            assert made <= _count(path) - before <= made + 1


def _count(path):
    return json.loads(path.read_text())["calls"]["2026-11-01"] if path.exists() else 0


steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 20 * DAY)),
        st.tuples(st.just("spend"), st.integers(1, 30)),
        st.tuples(st.just("urgent"), st.integers(1, 30)),
        st.tuples(st.just("restart"), st.integers(0, 1)),
        st.tuples(st.just("clock"), st.floats(-5 * DAY, 5 * DAY)),
        st.tuples(st.just("part"), st.integers(0, 1)),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=40)
@given(steps, st.integers(1, 60), st.integers(0, 30), st.integers(0, 20), st.integers(1, 28))
def test_it_is_never_exceeded(steps, calls, burst, reserve, first_day):
    """Whatever waits, restarts, clocks that jump and half-written files there are."""
    terms = Terms(calls, first_day, burst, min(reserve, calls - 1))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "b.json"
        budget, now = Budget(path, terms), START
        made: dict[str, int] = {}
        for step, amount in steps:
            if step in ("wait", "clock"):
                now = max(START, now + amount)
            elif step == "restart":
                budget = Budget(path, terms)
            elif step == "part":
                path.with_name("b.json.part").write_text('{"form": 1, "ca')
            else:
                period = period_at(now, first_day)
                for _ in range(amount):
                    made[period.name] = made.get(period.name, 0) + budget.spend(
                        now, urgent=step == "urgent"
                    )
                assert made[period.name] <= calls
        recent = sorted(made)[-3:]
        assert all(made[name] <= calls for name in recent)


def test_lists_are_as_rare_as_the_budget_wants():
    assert list_interval(900, 20, 26_000, 30 * DAY) == pytest.approx(30 * DAY / 650)
    assert list_interval(900, 1, 26_000, 30 * DAY) == 900
    assert list_interval(900, 20, 0, 30 * DAY) == 30 * DAY


def test_each_device_has_its_turn():
    tasks = Tasks({"signal": HOUR, "logs": DAY}, lambda: 0.0)
    tasks.keep(["a", "b"], 0)
    assert {(t.kind, t.device) for t in iter(lambda: tasks.due(0), None)} == {
        ("signal", "a"),
        ("signal", "b"),
        ("logs", "a"),
        ("logs", "b"),
    }
    tasks.keep(["a"], 0)
    tasks.keep(["a", "b"], 10)
    first = tasks.due(10)
    assert first.device == "b"
    tasks.again(first, 10)
    tasks.keep([], 20)
    assert tasks.due(10**9) is None
