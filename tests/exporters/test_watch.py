"""Watching servers, with scripted links and a clock to set."""

from itertools import pairwise

import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.declare import gauge
from sothat.exporters.sharding import WHOLE
from sothat.exporters.share import Share
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import PollFailed, Sample
from sothat.exporters.targets import Target
from sothat.exporters.watch import (
    SERVER,
    AbsentError,
    Aged,
    DownError,
    LostError,
    Part,
    Plan,
    Watch,
    own_families,
)
from sothat.exporters.watched import WatchedProbe, WatchedServers
from sothat.model.metric import Contract


class Link:
    """Gives sessions that are their own number."""

    def __init__(self):
        self.down = ""
        self.opened = 0
        self.closed = 0

    def session(self, _):
        if self.down:
            raise DownError(self.down)
        self.opened += 1
        return self.opened

    def close(self):
        self.closed += 1


class Script:
    """A part that does what it is told, poll after poll."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.asked = 0

    def read(self, _):
        self.asked += 1
        outcome = self.outcomes.pop(0) if self.outcomes else 1.0
        if isinstance(outcome, Exception):
            raise outcome
        yield Sample("demo_figure", outcome)


def part(name, script, *, slow=False):
    return Part(name, (gauge("demo_figure", "F.", [SERVER]),), lambda _: script.read, slow)


@pytest.fixture
def watched(clock):
    def begin(*parts):
        link = Link()
        return Watch("a", link, Plan("demo", parts, clock)), link

    return begin


def poll(watch, clock, seconds=5.0):
    found = watch.samples(Deadline(clock.monotonic() + seconds, clock))
    contract = Contract("demo", (gauge("demo_figure", "F.", [SERVER]), *own_families("demo", "x")))
    assert not Screen(contract).screen(found).complaints
    labels = (
        (s.name.removeprefix("demo_"), s.labels.get("part"), s.labels.get("reason"), s.value)
        for s in found
    )
    return {tuple(x for x in key if x is not None)[:-1]: key[-1] for key in labels}


def test_a_refused_part_is_absent_and_counted_and_the_others_stay(watched, clock):
    script, other = Script(AbsentError("denied"), AbsentError("denied"), 7.0), Script()
    watch, link = watched(part("one", script), part("two", other))
    poll(watch, clock)
    found = poll(watch, clock)
    assert found["up",] == 1
    assert found["part_success", "one"] == 0
    assert found["part_success", "two"] == 1
    assert found["part_failures_total", "one", "denied"] == 2
    assert poll(watch, clock)["part_success", "one"] == 1
    assert link.closed == 0


def test_a_lost_session_is_followed_by_another_in_the_same_poll(watched, clock):
    script, other = Script(LostError("lost", "gone")), Script()
    watch, link = watched(part("one", script), part("two", other))
    found = poll(watch, clock)
    assert found["up",] == 1
    assert found["part_failures_total", "one", "lost"] == 1
    assert found["figure",] == 1
    assert (link.opened, link.closed) == (2, 1)


def test_a_server_that_breaks_every_session_is_asked_a_few_times_only(watched, clock):
    scripts = [Script(*[LostError("lost", "gone")] * 9) for _ in range(9)]
    watch, link = watched(*(part(f"p{i}", script) for i, script in enumerate(scripts)))
    assert poll(watch, clock)["up",] == 1
    assert link.opened <= 4


def test_who_is_lost_and_cannot_be_reached_again_is_down_with_no_figures(watched, clock):
    link = None

    class Breaking(Script):
        def read(self, _):
            link.down = "refused"
            raise LostError("lost", "gone")

    watch, link = watched(part("one", Script()), part("two", Breaking()))
    assert poll(watch, clock) == {("up",): 0}
    assert watch.why == "refused"


def test_attempts_become_rarer_and_the_first_success_ends_that(watched, clock):
    watch, link = watched(part("one", Script()))
    link.down = "refused"
    attempts = []
    session = link.session

    def counted(deadline):
        attempts.append(clock.monotonic())
        return session(deadline)

    link.session = counted
    for _ in range(120):
        assert poll(watch, clock) == {("up",): 0}
        clock.now += 1
    pauses = [after - before for before, after in pairwise(attempts)]
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    link.down = ""
    clock.now += 30
    assert poll(watch, clock)["up",] == 1
    link.down = "refused"
    attempts.clear()
    poll(watch, clock)
    clock.now += 1
    poll(watch, clock)
    assert len(attempts) == 2


def test_a_part_that_takes_too_long_rests_longer_each_time(watched, clock):
    script = Script(*[AbsentError("timeout")] * 4)
    watch, _ = watched(part("one", script))
    asked = []
    for _ in range(18):
        before = script.asked
        poll(watch, clock)
        asked.append(script.asked - before)
    assert asked == [1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]


def test_slow_parts_are_kept_until_they_are_due_and_not_beyond_a_failure(watched, clock):
    script = Script(1.0, 2.0, AbsentError("denied"), 4.0)
    watch, link = watched(part("one", script, slow=True))
    assert poll(watch, clock)["figure",] == 1
    clock.now += 299
    assert poll(watch, clock)["figure",] == 1
    clock.now += 1
    assert poll(watch, clock)["figure",] == 2
    clock.now += 300
    assert ("figure",) not in poll(watch, clock)
    clock.now += 299
    assert ("figure",) not in poll(watch, clock)
    assert script.asked == 3
    clock.now += 1
    assert poll(watch, clock)["figure",] == 4
    link.down = "refused"
    assert poll(watch, clock) == {("up",): 0}
    link.down = ""
    clock.now += 30
    assert poll(watch, clock)["figure",] == 1


def test_no_part_is_begun_when_the_time_is_up(watched, clock):
    class Long(Script):
        def read(self, session):
            clock.now += 10
            return super().read(session)

    late = Script()
    watch, _ = watched(part("one", Long()), part("two", late))
    found = poll(watch, clock)
    assert found["part_success", "one"] == 1
    assert found["part_failures_total", "two", "timeout"] == 1
    assert late.asked == 0


def test_a_connection_is_opened_anew_now_and_then(clock):
    aged = Aged(clock)
    assert aged.over()
    aged.renew()
    assert not aged.over()
    clock.now += 600
    assert aged.over()


class Listed:
    """Targets to set."""

    def __init__(self, *names):
        self.names = names
        self.problem = ""
        self.share = Share(WHOLE, SystemClock())

    def current(self):
        return [Target(name, name) for name in self.names]


def servers(watch, targets):
    return WatchedServers(Contract("demo", ()), targets, watch, 4, "demo_up")


def ups(source, clock):
    found = source.collect(Deadline(clock.monotonic() + 1, clock))
    return {s.labels["server"]: s.value for s in found if s.name == "demo_up"}


def test_a_vanished_server_is_hung_up_on_and_its_series_are_gone(clock):
    links = {}

    def watch(target):
        links[target.name] = Link()
        return Watch(target.name, links[target.name], Plan("demo", (), clock))

    targets = Listed("a", "b")
    source = servers(watch, targets)
    assert ups(source, clock) == {"a": 1, "b": 1}
    targets.names = ("b",)
    assert ups(source, clock) == {"b": 1}
    assert (links["a"].closed, links["b"].closed) == (1, 0)
    source.close()
    assert links["b"].closed == 1


def test_a_defect_in_one_server_costs_the_others_nothing_and_is_not_hidden(clock):
    def watch(target):
        script = Script(ZeroDivisionError("oh") if target.name == "a" else 1.0)
        return Watch(target.name, Link(), Plan("demo", (part("one", script),), clock))

    source = servers(watch, Listed("a", "b"))
    found = []
    with pytest.raises(ZeroDivisionError):
        found.extend(source.collect(Deadline(clock.monotonic() + 1, clock)))
    assert {s.labels["server"] for s in found} == {"b"}


def test_a_discovery_file_that_cannot_be_used_fails_the_poll_but_costs_no_server(clock):
    targets = Listed("a")
    targets.problem = "not YAML"
    source = servers(lambda t: Watch(t.name, Link(), Plan("demo", (), clock)), targets)
    found = []
    with pytest.raises(PollFailed, match="not YAML"):
        found.extend(source.collect(Deadline(clock.monotonic() + 1, clock)))
    assert found[0][:2] == ("demo_up", 1)


def test_a_module_keeps_a_bounded_number_of_connections(clock):
    links = []

    def watch(target):
        links.append(Link())
        return Watch(target.name, links[-1], Plan("demo", (), clock))

    probe = WatchedProbe(Contract("demo", ()), watch)

    def ask(target):
        list(probe.probe(target, Deadline(clock.monotonic() + 1, clock), lambda *_, **__: None))

    for number in range(300):
        ask(str(number))
    assert sum(link.closed for link in links) == 100
    probe.close()
    assert all(link.closed == 1 for link in links)
    ask("late")
    assert links[-1].closed == 1
