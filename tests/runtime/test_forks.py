"""Work that is shared out among processes."""

import os
import signal
from contextlib import suppress
from multiprocessing import active_children, get_context

import pytest
from sothat.runtime.forks import begun, processors, shared_out


@pytest.mark.parametrize("jobs", [1, 2, 5, 40])
@pytest.mark.parametrize("count", [0, 1, 2, 17])
def test_results_come_in_the_order_of_the_items(jobs: int, count: int) -> None:
    assert shared_out(lambda n: n * n, range(count), jobs) == [n * n for n in range(count)]


def test_the_work_is_done_by_several_processes() -> None:
    together = get_context("fork").Barrier(4)

    def work(_: int) -> int:
        together.wait(60)
        return os.getpid()

    found = set(shared_out(work, range(4), 4))
    assert len(found) == 4
    assert os.getpid() in found
    assert processors() >= 1


def test_children_begin_before_anybody_asks_and_none_is_left() -> None:
    first = get_context("fork").Event()

    def work(number: int) -> int:
        first.set()
        return number

    with begun(work, range(5_000), 2) as shared:
        assert first.wait(60)
        assert shared.results() == list(range(5_000))
    assert not active_children()


@pytest.mark.parametrize("failing", [False, True])
def test_work_that_nobody_asks_for_is_given_up(*, failing: bool) -> None:
    here, begins = os.getpid(), get_context("fork").Event()

    def work(_: int) -> None:
        begins.set()
        while os.getpid() != here:
            signal.pause()

    with suppress(RuntimeError), begun(work, range(8), 3):
        assert begins.wait(60)
        if failing:
            raise RuntimeError
    assert not active_children()


def test_what_the_work_raises_is_raised_here() -> None:
    def work(number: int) -> float:
        return 1 / (number - 3)

    with pytest.raises(ZeroDivisionError):
        shared_out(work, range(8), 2)


def test_the_share_of_a_child_that_was_killed_is_done_here() -> None:
    parent = os.getpid()

    def work(number: int) -> int:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    assert shared_out(work, range(6), 3) == list(range(6))
