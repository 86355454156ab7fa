"""The life of a part, as a state machine."""

from hypothesis import given
from hypothesis import strategies as st
from sothat.stack.lifecycle import (
    Action,
    Health,
    Life,
    State,
    Timing,
    answered,
    born,
    exited,
    launched,
    next_action,
    stopped,
)

TIMING = Timing(first_backoff=1, last_backoff=8, silence=10, settled=60)


def due(life: Life, now: float, *, may_start: bool = True) -> Action:
    return next_action(life, now, TIMING, may_start=may_start, start_seconds=30)[0]


def up(now: float = 1.0) -> Life:
    return answered(launched(born(0.0), now), Health.READY, now, TIMING)


def test_it_waits_for_what_it_needs_and_then_starts() -> None:
    life = born(0.0)
    assert due(life, 100.0, may_start=False) is Action.NOTHING
    assert due(life, 100.0) is Action.START


def test_alive_is_not_yet_up() -> None:
    life = answered(launched(born(0.0), 1.0), Health.ALIVE, 2.0, TIMING)
    assert life.state is State.STARTING
    assert not life.was_ready
    assert answered(life, Health.READY, 3.0, TIMING).state is State.UP


def test_a_part_that_stays_silent_from_the_start_is_killed() -> None:
    life = launched(born(0.0), 1.0)
    assert due(life, 31.0) is Action.NOTHING
    assert due(life, 31.1) is Action.KILL


def test_a_part_that_falls_silent_is_killed() -> None:
    assert due(up(1.0), 11.0) is Action.NOTHING
    assert due(up(1.0), 11.1) is Action.KILL


def test_lost_readiness_is_shown_but_nothing_is_killed() -> None:
    life = answered(up(), Health.ALIVE, 50.0, TIMING)
    assert life.state is State.NOT_READY
    assert life.since == 50.0
    assert due(life, 55.0) is Action.NOTHING


def test_down_lasts_from_the_exit_to_the_first_healthy_answer() -> None:
    life = exited(up(), -9, "killed by SIGKILL", 20.0, TIMING)
    life = launched(life, 21.0)
    assert (life.state, life.since, life.detail) == (State.DOWN, 20.0, "killed by SIGKILL")
    life = answered(life, Health.READY, 23.0, TIMING)
    assert (life.state, life.since, life.detail, life.restarts) == (State.UP, 23.0, "", 1)


def test_pauses_double_up_to_the_longest_and_start_anew_after_a_calm_time() -> None:
    life, pauses = up(), []
    for n in range(6):
        life = exited(life, 1, "", float(n), TIMING)
        pauses.append(life.retry_at - n)
        life = launched(life, life.retry_at)
    assert pauses == [1, 2, 4, 8, 8, 8]
    life = answered(life, Health.READY, 100.0, TIMING)
    life = answered(life, Health.READY, 161.0, TIMING)
    assert exited(life, 1, "", 200.0, TIMING).retry_at == 201.0


def test_only_exit_code_2_before_any_readiness_is_a_refusal() -> None:
    fresh = launched(born(0.0), 1.0)
    assert exited(fresh, 2, "", 2.0, TIMING).refused
    assert not exited(fresh, 1, "", 2.0, TIMING).refused
    assert not exited(up(), 2, "", 2.0, TIMING).refused


def test_a_stopped_part_stays_stopped() -> None:
    assert due(stopped(up(), 5.0), 1000.0) is Action.NOTHING


STEPS = st.lists(
    st.tuples(st.sampled_from(["exit", "ready", "alive", "silent"]), st.floats(0.01, 40)),
    max_size=40,
)


@given(STEPS)
def test_whatever_happens_a_part_that_should_run_is_started_again(
    steps: list[tuple[str, float]],
) -> None:
    """Invariants: never two processes, `since` never in the future, down is always temporary."""
    now, life, launches, exits = 0.0, born(0.0), 0, 0
    for what, pause in steps:
        now += pause
        if due(life, now) is Action.START:
            assert not life.running
            life = launched(life, now)
            launches += 1
        elif what == "exit" and life.running:
            life = exited(life, 1, "gone", now, TIMING)
            exits += 1
        elif what != "exit":
            life = answered(life, Health(what.replace("exit", "silent")), now, TIMING)
        assert 0 <= life.since <= now
        assert life.restarts == max(0, launches - 1)
        assert life.running == (launches > exits)
    if not life.running:
        assert due(life, now + TIMING.last_backoff) is Action.START
