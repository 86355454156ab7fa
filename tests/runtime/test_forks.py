"""Work that is shared out among processes."""

import os
import signal

import pytest
from sothat.runtime.forks import processors, shared_out


@pytest.mark.parametrize("jobs", [1, 2, 5, 40])
@pytest.mark.parametrize("count", [0, 1, 2, 17])
def test_results_come_in_the_order_of_the_items(jobs: int, count: int) -> None:
    assert shared_out(lambda n: n * n, range(count), jobs) == [n * n for n in range(count)]


def test_the_work_is_done_by_several_processes() -> None:
    found = set(shared_out(lambda _: os.getpid(), range(8), 4))
    assert len(found) == 4
    assert os.getpid() in found
    assert processors() >= 1


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
