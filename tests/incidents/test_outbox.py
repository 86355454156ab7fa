"""The outbox with a clock and a chance of our own."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.backoff import MAX_ATTEMPTS, pause
from sothat.incidents.counts import Counts
from sothat.incidents.delivery import read_delivery
from sothat.incidents.incident import Rules
from sothat.incidents.notification import Notice, Rejected, Result, Retry, Sent
from sothat.incidents.outbox import LEASE_SECONDS, Worker
from sothat.incidents.store.engines import reader_engine, writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.outbox import claim, release_leases
from sothat.incidents.store.reading import Filter, find_incident, list_incidents
from sothat.incidents.tallies import notified
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sothat.incidents.writer import Writer
from sothat.model.policy import Policy

from .conftest import alert, message


class Provider:
    """A channel that answers as it is told, and remembers what it got."""

    def __init__(self) -> None:
        self.answers: list[Result | Exception] = []
        self.got: list[Notice] = []

    def send(self, notice: Notice) -> Result:
        self.got.append(notice)
        answer = self.answers.pop(0) if self.answers else Sent()
        if isinstance(answer, Exception):
            raise answer
        return answer


class Bench:
    """A store, its writer, one worker, and a clock that stands still."""

    def __init__(self, folder: Path, policy: Policy) -> None:
        self.now = 1_800_000_000 * SECOND
        url = f"sqlite:///{folder}/incidents.db"
        self.engine = writer_engine(url)
        migrate(self.engine, url)
        self.readers = reader_engine(url)
        self.counts = Counts()
        rules = Rules(policy, 0, identity=("alertname", "site"))
        self.writer = Writer(self.engine, rules, self.counts, lambda: self.now, lambda: None)
        self.writer.start()
        self.provider = Provider()
        self.worker = Worker(
            name="on-call",
            channel=self.provider,
            writer=self.writer,
            readers=self.readers,
            external_url="http://here",
            clock=lambda: self.now,
            chance=lambda: 1.0,
        )

    def post(self, *alerts: object) -> None:
        body = json.dumps(message(*alerts)).encode()
        self.writer.deliver(read_delivery(body)).result(5)

    def later(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)

    def timeline(self) -> list[tuple[str, str]]:
        with self.readers.connect() as connection:
            view = find_incident(connection, 1)
        assert view
        return [(str(n.kind), n.text) for n in view.timeline if n.kind.startswith("notif")]

    def close(self) -> None:
        self.writer.stop()
        self.readers.dispose()
        self.engine.dispose()


@pytest.fixture
def bench(tmp_path: Path, policy: Policy) -> Iterator[Bench]:
    made = Bench(tmp_path, policy)
    yield made
    made.close()


def test_a_page_is_sent_once_and_noted(bench: Bench) -> None:
    bench.post(alert())
    bench.worker.send_due()
    bench.worker.send_due()
    (notice,) = bench.provider.got
    assert notice.url == "http://here/incidents/1"
    assert not notice.repeated
    assert bench.timeline() == [("notified", "on-call: opened")]
    assert bench.counts.snapshot()[notified("on-call", "sent")] == 1


def test_whoever_gives_up_waiting_stops_no_other_and_gets_nothing_written(bench: Bench) -> None:
    under_way, go_on = Event(), Event()

    def hold(_transaction: Transaction) -> None:
        under_way.set()
        assert go_on.wait(5)

    holding = bench.writer.run(hold)
    assert under_way.wait(5)
    given_up = bench.writer.deliver(read_delivery(json.dumps(message(alert())).encode()))
    assert given_up.cancel()
    other = bench.writer.deliver(read_delivery(json.dumps(message(alert(site="b"))).encode()))
    go_on.set()
    holding.result(5)
    assert other.result(5).outcome == "accepted"
    bench.post(alert(site="c"))
    with bench.readers.connect() as connection:
        found = list_incidents(connection, Filter())
    assert {view.incident.labels["site"] for view in found} == {"b", "c"}


def test_a_failure_is_tried_again_after_its_pause(bench: Bench) -> None:
    bench.post(alert())
    bench.provider.answers = [Retry("busy"), Retry("busy", after=100)]
    bench.worker.send_due()
    bench.later(4.9)
    bench.worker.send_due()
    assert len(bench.provider.got) == 1
    bench.later(0.1)
    bench.worker.send_due()
    bench.later(99)
    bench.worker.send_due()
    assert len(bench.provider.got) == 2
    bench.later(1)
    bench.worker.send_due()
    assert len({notice.key for notice in bench.provider.got}) == 1
    assert [kind for kind, _ in bench.timeline()] == ["notify-failed", "notify-failed", "notified"]
    assert "again in 100 s" in bench.timeline()[1][1]
    assert not any(notice.repeated for notice in bench.provider.got)


@pytest.mark.parametrize("raising", [False, True])
def test_it_is_given_up_after_the_last_attempt_and_seen(bench: Bench, *, raising: bool) -> None:
    bench.post(alert())
    answer = RuntimeError("bug") if raising else Retry("busy")
    bench.provider.answers = [answer] * MAX_ATTEMPTS
    for _ in range(MAX_ATTEMPTS + 3):
        bench.worker.send_due()
        bench.later(3600)
    assert len(bench.provider.got) == MAX_ATTEMPTS
    assert "given up after 10" in bench.timeline()[-1][1]
    with bench.readers.connect() as connection:
        view = find_incident(connection, 1)
    assert view
    assert len(view.undelivered) == 1
    snapshot = bench.counts.snapshot()
    assert snapshot[notified("on-call", "retry")] == MAX_ATTEMPTS - 1
    assert snapshot[notified("on-call", "failed")] == 1


def test_a_rejection_is_final(bench: Bench) -> None:
    bench.post(alert())
    bench.provider.answers = [Rejected("no such address")]
    bench.worker.send_due()
    bench.later(86400)
    bench.worker.send_due()
    assert len(bench.provider.got) == 1
    assert "no such address" in bench.timeline()[0][1]


def test_the_most_urgent_goes_first(bench: Bench) -> None:
    bench.post(alert("Low", priority="P2"), alert("High", priority="P1"))
    bench.worker.send_due()
    assert [n.priority for n in bench.provider.got] == ["P1", "P2"]


def test_what_a_dead_process_had_claimed_is_sent_and_marked(bench: Bench) -> None:
    bench.post(alert())
    bench.writer.run(lambda t: claim(t, "on-call", 9, LEASE_SECONDS * SECOND, "")).result(5)
    bench.worker.send_due()
    assert not bench.provider.got
    bench.later(LEASE_SECONDS)
    bench.worker.send_due()
    assert [notice.repeated for notice in bench.provider.got] == [True]


def test_the_next_process_does_not_wait_for_the_lease(bench: Bench) -> None:
    bench.post(alert())
    bench.writer.run(lambda t: claim(t, "on-call", 9, LEASE_SECONDS * SECOND, "")).result(5)
    release_leases(bench.engine, bench.now)
    bench.worker.send_due()
    assert [notice.repeated for notice in bench.provider.got] == [True]


@given(st.integers(1, 50), st.floats(0, 1), st.none() | st.floats(0, 1e6))
def test_pauses_are_bounded_and_heed_the_provider(
    attempt: int, chance: float, wanted: float | None
) -> None:
    found = pause(attempt, chance, wanted)
    assert 2.5 <= found <= 3600
    assert found >= min(wanted or 0, 3600)
