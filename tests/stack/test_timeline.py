"""The timeline: seconds since the fault, never backwards."""

from sothat.stack.timeline import Event, Timeline


def test_times_count_from_the_fault_and_never_run_backwards() -> None:
    clock = iter([100.0, 102.5]).__next__
    told: list[Event] = []
    timeline = Timeline(clock, told.append)
    timeline.begin("fault")
    timeline.note("seen")
    timeline.note("pending", at=101.0)
    timeline.note("firing", at=104.25)
    assert [(e.name, e.seconds) for e in timeline.events] == [
        ("fault", 0.0),
        ("seen", 2.5),
        ("pending", 2.5),
        ("firing", 4.25),
    ]
    assert told == timeline.events
