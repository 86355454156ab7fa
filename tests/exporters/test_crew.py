"""Calls side by side: late ones are left, and not made again meanwhile."""

import sys
import threading

import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.crew import Crew


def soon(seconds):
    clock = SystemClock()
    return Deadline(clock.monotonic() + seconds, clock)


@pytest.mark.usefixtures("same_threads")
def test_each_call_brings_its_result_or_its_error():
    crew = Crew(4, "crew")
    calls = {n: (lambda n=n: 10 // n) for n in range(50)} | {"left": sys.exit}
    for _ in range(2):  # who leaves is called again
        found = dict(crew.results(calls, soon(20)))
        assert found.keys() == calls.keys()
        assert isinstance(found[0], ZeroDivisionError)
        assert found[5] == 2
        assert str(found["left"]) == "SystemExit: "


@pytest.mark.usefixtures("same_threads")
def test_no_more_threads_than_it_has():
    seen = []
    crew = Crew(3, "crew-of-three")

    def call():
        names = [t for t in threading.enumerate() if t.name == "crew-of-three"]
        seen.append(len(names))

    list(crew.results(dict.fromkeys(range(100), call), soon(20)))
    assert len(seen) == 100
    assert max(seen) <= 3


@pytest.mark.usefixtures("same_threads")
def test_a_call_that_hangs_is_left_and_not_made_again_until_it_is_back(until):
    crew, made, free = Crew(2, "crew"), [], threading.Event()

    def hang():
        made.append(1)
        free.wait(30)

    calls = {"hung": hang, "fine": lambda: 1}
    assert dict(crew.results(calls, soon(0.3))) == {"fine": 1}
    assert dict(crew.results(calls, soon(0.3))) == {"fine": 1}
    assert len(made) == 1
    free.set()
    until(lambda: "hung" in dict(crew.results(calls, soon(5))))
    assert len(made) == 2
