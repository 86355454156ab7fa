"""What concerns several incidents at once, through the store and back."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sothat.incidents import events
from sothat.incidents.commands import carry_out
from sothat.incidents.delivery import read_delivery, take_in
from sothat.incidents.incident import Incident, Rules, State
from sothat.incidents.refusal import Refused
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.working import add_incidents, blank
from sothat.incidents.timers import keep_appointments
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sothat.model.policy import Part, Policy
from sqlalchemy import Engine

from .bench import HOUR, MINUTE, T0
from .conftest import alert, message, resolved
from .databases import database  # noqa: F401 – all tests of this module run on both

PARTS = {
    "gateway": Part("gateway", ("site",), ("GatewayDown",)),
    "device": Part("device", (), ("DeviceOffline",), needs={"gateway": ("site",)}),
}


class Stored:
    """The machine over a store."""

    def __init__(self, engine: Engine, rules: Rules) -> None:
        self._engine = engine
        self._rules = rules
        self.now = T0

    def take(self, *alerts: object) -> None:
        self.now += SECOND
        with self._engine.begin() as connection:
            transaction = Transaction(connection, self.now, self._rules)
            take_in(transaction, [read_delivery(json.dumps(message(*alerts)).encode())])

    def command(self, number: int, event: events.Command | events.Joining) -> None:
        self.now += SECOND
        with self._engine.begin() as connection:
            carry_out(Transaction(connection, self.now, self._rules), number, event)

    def wait(self, duration: int) -> None:
        self.now += duration
        with self._engine.begin() as connection:
            keep_appointments(Transaction(connection, self.now, self._rules))

    def incident(self, number: int) -> Incident:
        with self._engine.connect() as connection:
            work = blank(connection)
            add_incidents(connection, work, [number])
        return work.incidents[number]


@pytest.fixture
def stored(store_url: str, policy: Policy) -> Iterator[Stored]:
    engine = writer_engine(store_url)
    migrate(engine, store_url)
    rules = Rules(
        replace(policy, components=PARTS),
        5 * MINUTE,
        identity=("alertname", "site"),
        reopen=HOUR,
    )
    yield Stored(engine, rules)
    engine.dispose()


def test_merged_alerts_belong_to_the_other_from_then_on(stored: Stored) -> None:
    one, two = alert(device="1"), alert(device="2", site="b")
    stored.take(one, two)
    stored.command(1, events.Merge("desk", 2))
    assert (stored.incident(1).merged_into, stored.incident(2).firing) == (2, 2)
    stored.take(resolved(one), resolved(two))
    assert stored.incident(2).firing == 0
    stored.take(alert(device="3"))
    assert stored.incident(2).firing == 1


def test_split_alerts_belong_to_the_new_one_from_then_on(stored: Stored) -> None:
    one, two = alert(device="1"), alert(device="2")
    stored.take(one, two)
    stored.command(1, events.Split("desk", (str(two["fingerprint"]),)))
    assert (stored.incident(1).firing, stored.incident(2).firing) == (1, 1)
    stored.take(resolved(two))
    stored.wait(6 * MINUTE)
    assert stored.incident(2).state is State.RESOLVED
    assert stored.incident(1).state is State.OPEN


def test_what_follows_from_an_outage_learns_of_its_end(stored: Stored) -> None:
    stored.take(alert("GatewayDown"))
    stored.take(alert(device="1"))
    assert stored.incident(2).cause == 1
    stored.command(1, events.Resolve("desk"))
    assert stored.incident(2).cause is None
    assert stored.incident(2).held == ("opened",)
    stored.wait(6 * MINUTE)
    assert stored.incident(2).paged == ("opened",)
    stored.take(alert(device="2", site="b"))
    assert stored.incident(3).cause is None


def test_what_fires_again_opens_the_incident_again(stored: Stored) -> None:
    one = alert(device="1")
    stored.take(one)
    stored.command(1, events.Resolve("desk"))
    stored.take(resolved(one))
    stored.take({**one, "startsAt": "2026-01-05T12:00:00Z"})
    again = stored.incident(1)
    assert (again.state, again.reopened, again.firing) == (State.OPEN, 1, 1)


def test_at_most_one_of_a_group_is_open(stored: Stored) -> None:
    stored.take(alert(device="1"))
    stored.command(1, events.Resolve("desk"))
    stored.command(1, events.Close("desk"))
    stored.take(alert(device="2"))
    with pytest.raises(Refused, match="#2 of the same group is open"):
        stored.command(1, events.Reopen("desk"))
