"""A clock that jumps by an hour: what was confirmed stays, what is due comes, none twice."""

import json
from collections.abc import Iterator

import pytest
from sothat.incidents.counts import Counts
from sothat.incidents.delivery import Receipt, read_delivery
from sothat.incidents.incident import Incident, Rules, State
from sothat.incidents.store.browsing import incident
from sothat.incidents.store.engines import reader_engine, writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.times import SECOND
from sothat.incidents.writer import Writer
from sothat.model.policy import Policy

from .conftest import alert, both, eventually, message, resolved

HOUR = 3600 * SECOND
HOLD = 300 * SECOND


class Clocked:
    """A store and its writer, on a clock that is set by hand."""

    def __init__(self, url: str, policy: Policy) -> None:
        self.now = 1_800_000_000 * SECOND
        self.engine, self.readers = writer_engine(url), reader_engine(url)
        migrate(self.engine, url)
        rules = Rules(policy, HOLD, identity=("alertname", "site"))
        self.writer = Writer(self.engine, rules, Counts(), lambda: self.now, lambda: None)
        self.writer.start()

    def post(self, *alerts: object) -> Receipt:
        body = json.dumps(message(*alerts)).encode()
        return self.writer.deliver(read_delivery(body)).result(20)

    def incident(self) -> Incident:
        with self.readers.connect() as connection:
            found = incident(connection, 1)
        assert found
        return found

    def close(self) -> None:
        self.writer.stop()
        self.readers.dispose()
        self.engine.dispose()


@pytest.fixture
def clocked(store_url: str, policy: Policy) -> Iterator[Clocked]:
    made = Clocked(store_url, policy)
    yield made
    made.close()


@both
def test_an_hour_forward_ends_the_hold_down_at_once(clocked: Clocked) -> None:
    one = alert()
    clocked.post(one)
    clocked.post(resolved(one))
    assert clocked.incident().state is State.OPEN
    clocked.now += HOUR
    eventually(lambda: clocked.incident().state is State.RESOLVED)
    assert clocked.incident().opened_at < clocked.now


@both
def test_an_hour_back_loses_nothing_and_doubles_nothing(clocked: Clocked) -> None:
    one = alert()
    clocked.post(one)
    clocked.now -= HOUR
    assert clocked.post(one).outcome == "duplicate"
    assert clocked.post(alert(device="2")).outcome == "accepted"
    assert clocked.post(resolved(one), resolved(alert(device="2"))).outcome == "accepted"
    assert clocked.incident().firing == 0
    clocked.now += HOLD
    eventually(lambda: clocked.incident().state is State.RESOLVED)
