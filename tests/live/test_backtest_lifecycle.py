"""Lives made of runs, against a step-by-step copy of Prometheus' own loop."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st
from sothat.live.backtest.lifecycle import Episode, Life, Skips
from sothat.live.backtest.replay import rows_of
from sothat.live.backtest.subject import Grid, grid_of

STEP = 60


@dataclass
class Active:
    since: int
    fired: int | None = None
    kept_since: int | None = None


def prometheus(present, failed, lasts, keeps):
    """Evaluate as rules/alerting.go does, one evaluation after the other."""
    active, episodes = None, []
    for number, there in enumerate(present):
        now = number * STEP
        if number in failed:
            continue
        if there:
            active = active or Active(now)
            active.kept_since = None
            if active.fired is None and now - active.since >= lasts:
                active.fired = now
        elif active:
            if active.fired is not None and keeps:
                active.kept_since = now if active.kept_since is None else active.kept_since
            if active.kept_since is None or now - active.kept_since >= keeps:
                episodes.append(Episode(active.since, active.fired, now))
                active = None
    if active:
        episodes.append(Episode(active.since, active.fired, None))
    return episodes


@given(
    st.lists(st.booleans(), max_size=60),
    st.sets(st.integers(0, 60), max_size=12),
    st.integers(0, 6 * STEP),
    st.integers(0, 6 * STEP),
)
@example([True, True, False, False, True], set(), 60, 400)
@example([True, True, True, False], {1, 2}, 60, 0)
def test_lives_are_those_of_the_real_loop(present, failed, lasts, keeps):
    numbers = [n for n, there in enumerate(present) if there and n not in failed]
    grid = Grid(0, STEP, len(present))
    skips = Skips(tuple(sorted(n for n in failed if n < len(present))))
    found = list(Life(lasts, keeps).episodes(rows_of(numbers), grid, skips))
    assert found == prometheus(present, failed, lasts, keeps)


@given(st.sets(st.integers(0, 300)))
def test_rows_are_unbroken_and_whole(numbers):
    rows = list(rows_of(sorted(numbers)))
    assert [n for first, last in rows for n in range(first, last + 1)] == sorted(numbers)
    assert all(b[0] > a[1] + 1 for a, b in pairwise(rows))


def test_time_that_it_fired():
    assert Episode(0, 60, 300).firing(900) == 240
    assert Episode(0, 60, None).firing(900) == 840
    assert Episode(0, None, 120).firing(900) == 0


@given(st.integers(0, 10**9), st.integers(0, 10**7), st.integers(1, 10**5), st.data())
def test_a_grid_holds_just_the_evaluations_within(start, span, step, data):
    offset, warm = data.draw(st.integers(0, step - 1)), data.draw(st.integers(0, 10**6))
    grid = grid_of(start, start + span, step, offset=offset, warm=warm)
    shown = [grid.at(n) for n in range(grid.shown, grid.count)]
    assert all(start <= at <= start + span and at % step == offset % step for at in shown)
    assert len(shown) == (start + span - offset) // step - (start - 1 - offset) // step
    assert grid.shown * step >= warm
