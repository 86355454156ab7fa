"""One collector cannot hang, lie or flood."""

import threading

import pytest
from sothat.exporters.clock import SystemClock
from sothat.exporters.fleet import Fleet
from sothat.exporters.flight import COUNTED_OVER
from sothat.exporters.health import health, ready
from sothat.exporters.poller import STALE_INTERVALS, Mode, Plan, Poller
from sothat.exporters.source import PollFailed, Sample

PLAN = Plan("demo", interval=10, deadline=5, max_series=3)


def names(view):
    return [(sample.name, sample.labels.get("name")) for sample in view.snapshot.samples]


def test_a_complete_poll_is_exposed(clock, scripted):
    poller = Poller(PLAN, scripted(lambda _: iter([Sample("demo_up", 1)])), clock)
    assert poller.view().snapshot is None
    poller.poll()
    view = poller.view()
    assert view.snapshot.success
    assert view.fresh
    assert view.last_success == clock.time()
    assert names(view) == [("demo_up", None)]


def test_what_came_before_a_failure_counts_and_the_failure_shows(clock, scripted):
    def collect(_deadline):
        yield Sample("demo_up", 1)
        raise PollFailed("permission", "not allowed")

    poller = Poller(PLAN, scripted(collect), clock)
    poller.poll()
    view = poller.view()
    assert not view.snapshot.success
    assert view.snapshot.reason == "permission"
    assert view.errors == {"permission": 1}
    assert view.last_success is None
    assert names(view) == [("demo_up", None)]


def test_a_failed_poll_leaves_no_older_values(clock, scripted):
    answers = [[Sample("demo_value", 1, {"name": "a"})], []]

    def collect(_deadline):
        yield from answers.pop(0)
        if not answers:
            raise ZeroDivisionError

    poller = Poller(PLAN, scripted(collect), clock)
    poller.poll()
    assert poller.view().fresh
    poller.poll()
    view = poller.view()
    assert view.snapshot.samples == ()
    assert not view.fresh
    assert view.errors == {"error": 1}


def test_values_vanish_when_no_poll_follows(clock, scripted):
    poller = Poller(PLAN, scripted(lambda _: iter([Sample("demo_up", 1)])), clock)
    poller.poll()
    clock.now += STALE_INTERVALS * PLAN.interval
    assert poller.view().fresh
    clock.now += 0.1
    view = poller.view()
    assert view.snapshot.samples == ()
    assert not view.snapshot.success
    assert view.snapshot.reason == "stale"


def test_a_poll_that_hangs_is_given_up_once_and_its_late_result_thrown_away(clock, scripted, until):
    begun, go_on = threading.Event(), threading.Event()

    def collect(_deadline):
        yield Sample("demo_value", 1, {"name": "early"})
        begun.set()
        go_on.wait(20)
        yield Sample("demo_value", 1, {"name": "late"})

    poller = Poller(PLAN, scripted(collect), clock)
    thread = threading.Thread(target=poller.poll, daemon=True)
    thread.start()
    assert begun.wait(5)
    assert poller.view().snapshot is None
    clock.now += PLAN.deadline
    for _ in range(3):
        view = poller.view()
        assert not view.snapshot.success
        assert view.snapshot.reason == "deadline"
        assert view.snapshot.duration == PLAN.deadline
        assert names(view) == [("demo_value", "early")]
        assert view.errors == {"deadline": 1}
    go_on.set()
    thread.join(5)
    assert names(poller.view()) == [("demo_value", "early")]


def test_samples_outside_the_contract_are_kept_back(clock, scripted, caplog):
    samples = [
        Sample("demo_up", 1),
        Sample("demo_other", 1),
        Sample("demo_value", 1, {"name": "a", "extra": "b"}),
        Sample("demo_value", float("nan"), {"name": "a"}),
    ]
    poller = Poller(Plan("demo", 10, 5, 100), scripted(lambda _: iter(samples)), clock)
    poller.poll()
    view = poller.view()
    assert names(view) == [("demo_up", None)]
    assert view.errors == {"contract": 1}
    assert "demo does not declare demo_other" in caplog.records[0].why
    assert "demo_value is not a number" in caplog.records[0].why


def test_the_series_budget_holds_however_many_come(clock, scripted):
    def collect(_deadline):
        for number in range(10_000):
            yield Sample("demo_value", number, {"name": str(number)})

    poller = Poller(PLAN, scripted(collect), clock)
    poller.poll()
    view = poller.view()
    assert len(view.snapshot.samples) == PLAN.max_series
    assert view.snapshot.dropped == 10_000 - PLAN.max_series


def test_an_endless_source_ends_at_its_deadline(clock, scripted):
    def collect(_deadline):
        while True:
            clock.now += 1
            yield Sample("demo_value", 1, {"name": str(clock.now)})

    poller = Poller(PLAN, scripted(collect), clock)
    poller.poll()
    assert poller.view().snapshot.reason == "deadline"


def test_doubled_series_are_exposed_once(clock, scripted):
    twice = [Sample("demo_value", 1, {"name": "a"}), Sample("demo_value", 2, {"name": "a"})]
    poller = Poller(PLAN, scripted(lambda _: iter(twice)), clock)
    poller.poll()
    view = poller.view()
    assert [sample.value for sample in view.snapshot.samples] == [1]
    assert view.snapshot.dropped == 1


def test_a_failure_is_logged_when_it_begins_and_when_it_ends(clock, scripted, caplog):
    caplog.set_level("INFO")
    broken = True

    def collect(_deadline):
        if broken:
            raise PollFailed("gone", "no such thing")
        yield Sample("demo_up", 1)

    poller = Poller(PLAN, scripted(collect), clock)
    poller.poll()
    poller.poll()
    broken = False
    poller.poll()
    poller.poll()
    assert [record.message for record in caplog.records] == ["a poll failed", "polls succeed again"]


class PanicError(BaseException):
    """What a compiled library may raise."""


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, PanicError, MemoryError])
def test_whatever_is_raised_is_a_failed_poll(clock, scripted, error):
    def collect(_deadline):
        yield Sample("demo_up", 1)
        raise error

    poller = Poller(PLAN, scripted(collect), clock)
    poller.poll()
    assert poller.view().errors == {"error": 1}
    assert names(poller.view()) == [("demo_up", None)]
    assert not poller.view().stuck


class Entry:
    """Stands for a collector's settings."""

    def __init__(self, plan):
        self.plan = plan


@pytest.mark.usefixtures("same_threads")
def test_a_hanging_collector_costs_the_others_nothing_and_no_thread(scripted, until):
    go_on = threading.Event()
    polls = []

    def hang(_deadline):
        polls.append("hang")
        go_on.wait(20)
        yield Sample("demo_up", 0)

    def work(_deadline):
        polls.append("work")
        yield Sample("demo_value", 1, {"name": "works"})

    sources = [
        (Entry(Plan("hanging", 0.05, 0.1, 10)), scripted(hang)),
        (Entry(Plan("working", 0.05, 0.1, 10)), scripted(work)),
    ]
    fleet = Fleet(sources, SystemClock())
    before = threading.active_count()
    fleet.start()
    until(lambda: polls.count("work") > 10)
    until(lambda: not ready(fleet.views()))
    hanging, working = fleet.views()
    assert polls.count("hang") == 1
    assert threading.active_count() == before + 3  # one for each collector, and the watch
    assert not hanging.snapshot.success
    assert working.snapshot.success
    told = {(s.name, s.labels.get("collector")): s.value for s in health([hanging, working], "1")}
    assert told["sothat_exporter_collector_success", "hanging"] == 0
    assert told["sothat_exporter_collector_success", "working"] == 1
    assert not fleet.stop(0.1)
    go_on.set()
    assert fleet.stop(5)
    assert all(source.closed for _, source in sources)


def test_an_overdue_poll_is_logged_without_anybody_looking(scripted, until, caplog):
    go_on = threading.Event()

    def hang(_deadline):
        go_on.wait(20)
        yield Sample("demo_up", 0)

    fleet = Fleet([(Entry(Plan("hanging", 1, 0.1, 10)), scripted(hang))], SystemClock())
    fleet.start()
    until(lambda: [record for record in caplog.records if record.message == "a poll failed"])
    go_on.set()
    assert fleet.stop(5)


def test_ready_only_with_every_collector_polled_and_some_data(clock, scripted):
    empty = Poller(Plan("empty", 10, 5, 10), scripted(lambda _: iter(())), clock)
    full = Poller(Plan("full", 10, 5, 10), scripted(lambda _: iter([Sample("demo_up", 1)])), clock)
    assert ready([empty.view(), full.view()]) == "not polled yet: empty, full"
    empty.poll()
    assert ready([empty.view(), full.view()]) == "not polled yet: full"
    assert ready([empty.view()]) == "no collector has fresh data"
    full.poll()
    assert ready([empty.view(), full.view()]) == ""


SCRAPED = Plan("demo", interval=10, deadline=5, max_series=3, mode=Mode.SCRAPE)


def test_a_scrape_asks_and_those_who_come_meanwhile_share_the_answer(clock, scripted):
    go_on, asked = threading.Event(), []

    def collect(deadline):
        asked.append(deadline.remaining())
        go_on.wait(20)
        yield Sample("demo_up", 1)

    poller = Poller(SCRAPED, scripted(collect), clock)
    poller.start()
    flight = poller.ask(2.0)
    assert poller.ask(9.0) is flight
    assert poller.view(partial=True).snapshot.reason == "deadline"
    assert poller.view().snapshot is None
    go_on.set()
    flight.landed.result(20)
    assert poller.view().fresh
    assert asked == [2.0]
    poller.stop()
    assert poller.join(20)
    assert poller.source.closed
    assert poller.ask(1.0) is None


def test_a_stuck_poll_shows_and_no_second_one_begins(clock, scripted, until):
    go_on, asked = threading.Event(), []

    def collect(_deadline):
        asked.append(1)
        yield Sample("demo_up", 1)
        if len(asked) == 1:
            go_on.wait(20)

    poller = Poller(SCRAPED, scripted(collect), clock)
    flight = poller.ask(5.0)
    until(lambda: poller.view(partial=True).snapshot.blocks)
    clock.now += 5
    assert names(poller.view()) == [("demo_up", None)]
    assert poller.view().stuck
    for times in (1, 2):
        assert poller.ask(5.0) is None
        view = poller.view()
        assert (view.snapshot.reason, view.snapshot.blocks) == ("stuck", ())
        assert view.errors == {"deadline": 1, "stuck": times}
    poller.stop()
    assert not poller.join(0)
    go_on.set()
    until(lambda: flight.back)
    assert poller.join(20)
    assert asked == [1]


def test_a_successor_goes_on_from_the_counters_and_waits_for_the_thread(clock, scripted, until):
    go_on, begun = threading.Event(), threading.Event()

    def hang(_deadline):
        yield Sample("demo_up", 1)
        begun.set()
        go_on.wait(20)

    first = Poller(PLAN, scripted(hang), clock)
    first.start()
    assert begun.wait(20)
    clock.now += 5
    assert first.view().errors == {"deadline": 1}
    asked = []
    successors = [first]
    for _ in range(5):
        source = scripted(lambda _: asked.append(1) or iter([Sample("demo_up", 0)]))
        successors.append(Poller(PLAN, source, clock, predecessor=successors[-1]))
        successors[-1].start()
        successors[-2].stop()
    last = successors[-1]
    assert last.view().errors == {"deadline": 1}
    assert names(last.view()) == [("demo_up", None)]
    assert last.view().stuck
    until(lambda: all(poller._over.is_set() for poller in successors[1:-1]))
    assert not any(poller.join(0) for poller in successors)
    assert not asked
    go_on.set()
    until(lambda: asked)
    until(lambda: last.view().last_success)
    assert not last.view().stuck
    last.stop()
    assert all(poller.join(20) for poller in successors)


def test_a_flood_is_ended_in_memory_and_time(clock, scripted):
    ended = []

    def flood(_deadline):
        try:
            for number in range(10**9):
                yield Sample("demo_value", 1, {"name": str(number)})
        finally:
            ended.append(1)

    poller = Poller(PLAN, scripted(flood), clock)
    poller.poll()
    view = poller.view()
    assert view.snapshot.reason == "budget"
    assert len(view.snapshot.samples) == PLAN.max_series
    assert view.snapshot.dropped == COUNTED_OVER
    assert ended == [1]


def test_only_polls_that_bring_nothing_are_put_off(clock, scripted):
    partly = True

    def collect(_deadline):
        if partly:
            yield Sample("demo_up", 1)
        raise PollFailed("gone", "no such thing")

    poller = Poller(PLAN, scripted(collect), clock)
    poller.poll()
    poller.poll()
    assert poller._fruitless == 0
    partly = False
    poller.poll()
    poller.poll()
    assert poller._fruitless == 2
