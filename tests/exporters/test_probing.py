"""Probes: one a target, bounded, measured from outside."""

import re
import threading

import pytest
from sothat.exporters.declare import gauge
from sothat.exporters.exposition import encode
from sothat.exporters.negotiation import TEXT
from sothat.exporters.pages import probe_report
from sothat.exporters.probing import BusyError, Limits, Module, Probes
from sothat.exporters.source import PollFailed, Sample
from sothat.exporters.trace import Trace
from sothat.model.metric import Contract
from sothat.runtime.secrets import Secret

LIMITS = Limits(running=2, stuck=2)


class ScriptedProbe:
    def __init__(self, probe):
        self.contract = Contract("demo", (gauge("demo_value", "V."),))
        self.probe = probe

    def close(self):
        pass


def module(probe, targets=()):
    patterns = tuple(map(re.compile, targets))
    return Module("web", "demo", 5.0, 10, patterns, ScriptedProbe(probe), [Secret("hunter2")])


@pytest.fixture
def probes(clock):
    return Probes(clock)


@pytest.fixture
def run(probes):
    def running(of, target="a"):
        probing = probes.begin(of, target, 5.0, LIMITS)
        probing.flight.landed.result(20)
        return probes.end(of, probing)

    return running


def told(result):
    return encode(result.groups, TEXT, unique=False).decode().splitlines()


def counts(probes):
    return {
        s.labels["outcome"]: s.value for s in probes.samples() if s.name.endswith("probes_total")
    }


def test_to_return_is_success(run):
    result = run(module(lambda _target, _deadline, _log: [Sample("demo_value", 3)]))
    assert result.outcome == "success"
    assert {"probe_success 1.0", "demo_value 3.0"} < set(told(result))


def test_a_failure_keeps_what_was_found(run, probes):
    def probe(_target, _deadline, log):
        log("asking", password="hunter2", user="me")
        yield Sample("demo_value", 3)
        raise PollFailed("status", "403 for hunter2")

    web = module(probe)
    result = run(web)
    assert (result.outcome, result.reason) == ("failure", "status")
    assert {"probe_success 0.0", "demo_value 3.0"} < set(told(result))
    report = probe_report(web, "a", result)
    assert "asking password=… user=me" in report
    assert "failure after 0.000 s: status: 403 for …" in report
    assert "hunter2" not in report
    assert counts(probes) == {"failure": 1}


def test_what_the_contract_does_not_have_is_a_failure(run):
    result = run(module(lambda *_: [Sample("other", 3)]))
    assert (result.outcome, result.reason) == ("failure", "contract")


def test_one_probe_a_target_and_no_more_at_once_than_allowed(probes, clock, until):
    go_on = threading.Event()

    def probe(_target, _deadline, _log):
        yield Sample("demo_value", 1)
        go_on.wait(20)

    web = module(probe)
    first = probes.begin(web, "a", 5.0, LIMITS)
    assert probes.begin(web, "a", 5.0, LIMITS) is first
    second = probes.begin(web, "b", 5.0, LIMITS)
    with pytest.raises(BusyError):
        probes.begin(web, "c", 5.0, LIMITS)
    clock.now += 5
    until(lambda: first.flight.so_far("", "").samples or first.flight.landed.done())
    for probing in (first, second):
        assert probes.end(web, probing).outcome == "deadline"
    # Both hang on: their targets have an answer at once, others a place only below the limit.
    assert probes.begin(web, "a", 5.0, LIMITS) is None
    assert "probe_success 0.0" in told(probes.end(web, None))
    with pytest.raises(BusyError):
        probes.begin(web, "c", 5.0, LIMITS)
    third = probes.begin(web, "c", 5.0, Limits(running=1, stuck=3))
    assert counts(probes) == {"busy": 2, "deadline": 2, "stuck": 1}
    go_on.set()
    third.flight.landed.result(20)
    until(lambda: not probes._flying or probes.begin(web, "a", 5.0, LIMITS))


def test_a_target_must_match_as_a_whole():
    web = module(lambda *_: [], [r"https://[a-z.]+\.example\.org/", r"db-[0-9]+:5432"])
    assert web.allows("https://a.example.org/")
    assert web.allows("db-7:5432")
    for target in ("https://a.example.org/x", "http://a.example.org/", "db-7:5432\n", "x"):
        assert not web.allows(target)
    assert module(lambda *_: []).allows("anything")


def test_a_trace_is_bounded(clock):
    trace = Trace(clock)
    for _ in range(5000):
        trace("x" * 10_000)
    notes = [*trace.notes()]
    assert len(notes) == 1000
    assert max(map(len, notes)) <= 2000
