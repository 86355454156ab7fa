"""A demo that does not close says which step failed, and where to read on."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest
from sothat.stack.demo import Drive, Interrupted, NotClosed, Step
from sothat.stack.rehearsal import Failure, Result, as_json, event_line, failure_text
from sothat.stack.running import tail
from sothat.stack.scenario import Scenario, Sign, Site
from sothat.stack.supervisor import Supervisor
from sothat.stack.timeline import Event, Timeline
from sothat.stack.web import Refused

MakeDrive = Callable[..., Drive]


class Clock:
    """A clock that goes one second forward with each look at it."""

    now = 1000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def make_drive(tmp_path: Path, stop: Flag, monkeypatch: pytest.MonkeyPatch) -> MakeDrive:
    monkeypatch.setattr("sothat.stack.demo.POLL_SECONDS", 0)

    def make(**more: Any) -> Drive:
        sign = Sign("m", lambda value: value == 0)
        scenario = Scenario("s", "s", lambda _site: nullcontext({}), sign, "A", **more)
        clock = Clock()
        supervisor = Supervisor((), tmp_path, stop)
        timeline = Timeline(clock, lambda _event: None)
        return Drive(scenario, Site({}, tmp_path), supervisor, timeline, stop, clock)

    return make


def test_a_step_that_does_not_happen_is_named_with_its_part(make_drive: MakeDrive) -> None:
    steps = [Step("first", "exporter", lambda: 1002.0), Step("second", "incidents", lambda: None)]
    drive = make_drive()
    with pytest.raises(NotClosed) as caught:
        drive._await_all(iter(steps))
    assert (caught.value.step, caught.value.part) == ("second", "incidents")
    assert caught.value.reason == "it did not happen within its deadline"
    assert [event.name for event in drive.timeline.events] == ["first"]


def test_a_part_that_does_not_answer_is_waited_for_and_then_quoted(make_drive: MakeDrive) -> None:
    def refuse() -> float | None:
        raise Refused("GET http://127.0.0.1:9/metrics: Connection refused")

    with pytest.raises(NotClosed, match="9/metrics: Connection refused within its deadline"):
        make_drive()._await(Step("seen", "exporter", refuse), 1010.0)


def test_a_stop_interrupts_the_waiting(make_drive: MakeDrive, stop: Flag) -> None:
    stop.set()
    with pytest.raises(Interrupted):
        make_drive()._await(Step("seen", "exporter", lambda: None), 2000.0)


def test_a_part_that_refused_its_input_is_the_reason_for_a_stop(
    make_drive: MakeDrive, stop: Flag
) -> None:
    drive = make_drive()
    drive.supervisor.refused = "building"
    stop.set()
    with pytest.raises(NotClosed, match="building refused its input"):
        drive._await(Step("all parts up", "prometheus", lambda: None), 2000.0)


def test_another_incident_fails_a_scenario_that_must_stay_alone(make_drive: MakeDrive) -> None:
    ours, other = {"id": 1, "title": "ours"}, {"id": 2, "title": "a stranger"}
    drive = make_drive(alone=True)
    drive.number, drive.incidents = 1, [ours]
    drive._judge()
    drive.incidents = [ours, other]
    with pytest.raises(NotClosed, match="a stranger"):
        drive._judge()
    tolerant = make_drive()
    tolerant.number, tolerant.incidents = 1, [ours, other]
    tolerant._judge()


def test_the_result_says_closed_only_without_a_failure() -> None:
    event = Event("fault", 0.0)
    good = Result("s", (event,), ({"id": 1},), {"incidents": "http://127.0.0.1:1"})
    assert as_json(good) == {
        "scenario": "s",
        "closed": True,
        "incidents": [{"id": 1}],
        "timeline": [{"event": "fault", "seconds": 0.0}],
        "addresses": {"incidents": "http://127.0.0.1:1"},
    }
    failure = Failure("notified", "it did not happen", "incidents", ("line 1", "line 2"))
    told = as_json(Result("s", (event,), (), {}, failure))
    assert told["closed"] is False
    assert told["failure"]["step"] == "notified"
    assert failure_text(failure).splitlines() == [
        "the loop did not close: notified: it did not happen",
        "the end of the log of incidents:",
        "  line 1",
        "  line 2",
    ]
    assert event_line(Event("healed", 9.26)) == "    9.3 s  healed"


def test_the_end_of_a_log_is_bounded_and_a_missing_one_is_empty(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    assert tail(log) == []
    log.write_text("".join(f"line {n}\n" for n in range(10_000)))
    assert tail(log, 2) == ["line 9998", "line 9999"]
