"""Any order of polls, hangs, failures, scrapes and reloads keeps what the runtime promises."""

import threading
import time

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sothat.exporters.poller import Mode, Plan, Poller
from sothat.exporters.source import PollFailed, Sample

from .conftest import ManualClock, ScriptedSource

PLAN = Plan("demo", interval=10, deadline=5, max_series=100, mode=Mode.SCRAPE)


class Ask:
    """One call of the source, which returns when the test says so."""

    def __init__(self, number):
        self.number = number
        self.go_on = threading.Event()
        self.fails = False
        self.done = threading.Event()


class PollerMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.clock = ManualClock()
        self.asks = []
        self.poller = Poller(PLAN, ScriptedSource(self.collect), self.clock)
        self.before = []
        self.asked_at = None
        self.errors = 0

    def collect(self, _deadline):
        ask = Ask(len(self.asks))
        self.asks.append(ask)
        try:
            yield Sample("demo_value", ask.number, {"name": "early"})
            assert ask.go_on.wait(60)
            yield Sample("demo_value", ask.number, {"name": "late"})
            if ask.fails:
                raise PollFailed("gone", "it is gone")
        finally:
            ask.done.set()

    @property
    def hanging(self):
        return [ask for ask in self.asks if not ask.done.is_set()]

    def wait(self, check):
        until = time.monotonic() + 30
        while not check():
            assert time.monotonic() < until
            time.sleep(0.001)

    @rule(seconds=st.sampled_from([1.0, 3.0, 100.0]))
    def scrape(self, seconds):
        number, busy = len(self.asks), bool(self.hanging)
        flight = self.poller.ask(seconds)
        if busy:
            assert len(self.asks) == number  # it has joined, or been refused
        else:
            self.wait(lambda: len(self.asks) == number + 1)
            # What the source yields first is there before anything else happens.
            self.wait(lambda: flight.so_far("", "").samples)
        assert (flight is None) == (busy and self.poller.view().stuck)

    @precondition(lambda self: self.hanging)
    @rule(fails=st.booleans())
    def come_back(self, fails):
        (ask,) = self.hanging
        flight = self.poller._flight or self.poller._hanging
        ask.fails = fails
        ask.go_on.set()
        assert ask.done.wait(30)
        if flight:
            self.wait(lambda: flight.back)
        before = [poller for poller in self.before if not poller.join(0)]
        self.wait(lambda: all(poller.join(0) for poller in before))

    @rule(seconds=st.sampled_from([0.5, 2.0, 6.0, 40.0]))
    def time_passes(self, seconds):
        self.clock.now += seconds

    @rule()
    def reload(self):
        self.before.append(self.poller)
        source = ScriptedSource(self.collect)
        self.poller = Poller(PLAN, source, self.clock, predecessor=self.before[-1])
        self.before[-1].stop()

    @invariant()
    def at_most_one_thread_asks(self):
        assert len(self.hanging) <= 1

    @invariant()
    def what_is_shown_is_true(self):
        view = self.poller.view()
        errors = sum(view.errors.values())
        assert errors >= self.errors
        self.errors = errors
        if view.stuck:
            assert self.hanging
        snapshot = view.snapshot
        if snapshot is None:
            return
        if view.age > 30:  # three intervals
            assert not snapshot.blocks
        if snapshot.success:
            names = {sample.labels["name"] for sample in snapshot.samples}
            assert names == {"early", "late"}
        values = {sample.value for sample in snapshot.samples}
        assert len(values) <= 1  # never parts of two polls

    def teardown(self):
        for ask in self.asks:
            ask.go_on.set()
        self.poller.stop()
        pollers = [*self.before, self.poller]
        self.wait(lambda: all(poller.join(0) for poller in pollers))
        assert all(poller.source.closed for poller in pollers)


PollerMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestPollers = PollerMachine.TestCase
