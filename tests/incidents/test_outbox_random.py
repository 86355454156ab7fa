"""The outbox under random alerts, commands, answers and pauses: what holds whatever happens."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest
from sothat.incidents.commands import NoSuchIncident, carry_out
from sothat.incidents.delivery import read_delivery
from sothat.incidents.events import Acknowledge, Command, Release, Resolve
from sothat.incidents.notification import Notice, Rejected, Result, Retry, Sent
from sothat.incidents.people import Limit, Quiet
from sothat.incidents.refusal import Refused
from sothat.incidents.store.tables import OUTBOX
from sothat.incidents.timers import keep_appointments
from sothat.model.policy import Policy, Priority
from sqlalchemy import select

from .conftest import alert, message, resolved
from .test_outbox import MINUTE, Bench, somebody, staffed

__all__ = ["staffed"]
SITES = "abcd"
# These call somebody; what is told besides is told whatever comes of it.
TELLING = {"resolved", "undelivered"}


class World:
    """A bench, and what happens to it by chance."""

    def __init__(self, bench: Bench, chance: Random) -> None:
        self.bench = bench
        self.chance = chance
        self.firing: dict[str, object] = {}
        self.sent: Counter[str] = Counter()
        self.unsure: set[str] = set()
        self.answering = True
        self.broken: list[str] = []
        for name, provider in bench.providers.items():
            provider.send = self.sender(name)  # type: ignore[method-assign]

    def sender(self, name: str):  # type: ignore[no-untyped-def]
        """Return a provider's answers by chance, which looks at what it is given."""

        def send(notice: Notice) -> Result:
            # An exception here would be the notifier's fault, and be tried again.
            # The vendor wants a digest, which tells of everything.
            called = "/" in name and not name.startswith("vendor")
            if called and notice.reason not in TELLING:
                self.hold(notice.state == "open", f"called after the acknowledgement: {notice}")
            told = notice.key in self.unsure
            self.hold(notice.repeated == told, f"repeated, and not marked so: {notice}")
            result = self.answer()
            if isinstance(result, Sent):
                self.sent[notice.key] += 1
                self.hold(self.sent[notice.key] == 1, f"sent twice: {notice}")
            if isinstance(result, Retry) and result.unsure:
                self.unsure.add(notice.key)
            if self.chance.random() < 0.2:
                self.command()
            return result

        return send

    def hold(self, true: bool, words: str) -> None:  # noqa: FBT001 – as an assertion
        """Keep what did not hold."""
        if not true:
            self.broken.append(words)

    def answer(self) -> Result:
        """Return what a provider says."""
        if self.answering and self.chance.random() < 0.5:
            return Sent()
        return self.chance.choice(
            [Retry("busy"), Retry("busy", after=90), Retry("mute", unsure=True), Rejected("no")]
        )

    def step(self) -> None:
        """Let something happen."""
        self.chance.choice([self.post, self.post, self.command, self.wait, self.send, self.send])()

    def post(self) -> None:
        """Let an alert begin or end."""
        site = self.chance.choice(SITES)
        if site in self.firing and self.chance.random() < 0.5:
            one: object = resolved(self.firing.pop(site))  # type: ignore[arg-type]
        else:
            one = self.firing[site] = alert(site=site, priority=self.chance.choice(["P1", "P2"]))
        body = json.dumps(message(one)).encode()
        self.bench.writer.deliver(read_delivery(body)).result(30)

    def command(self) -> None:
        """Let a person do something, which may be refused."""
        events: list[Command] = [Acknowledge("x"), Release("x"), Resolve("x")]
        event, number = self.chance.choice(events), self.chance.randint(1, 6)
        with suppress(Refused, NoSuchIncident):
            self.bench.writer.run(lambda t: carry_out(t, number, event)).result(30)

    def wait(self) -> None:
        """Let time go by."""
        self.bench.now += self.chance.randint(0, 20) * MINUTE
        self.bench.writer.run(keep_appointments).result(30)

    def send(self) -> None:
        """Let a channel send."""
        self.bench.send(self.chance.choice(list(self.bench.couriers)))

    def settle(self) -> None:
        """End every incident, and let everything be sent or given up."""
        for number in range(1, 200):
            with suppress(Refused, NoSuchIncident):
                self.bench.writer.run(lambda t, n=number: carry_out(t, n, Resolve("x"))).result(30)  # type: ignore[misc]
        for _ in range(80):
            self.bench.now += 60 * MINUTE
            self.bench.send(*self.bench.couriers)


@pytest.fixture
def worlds(store_url: str, staffed: Policy) -> Iterator[World]:
    """Return a world whose chance the test sets."""
    users = (
        somebody("engineer", notify=dict.fromkeys(Priority, ("phone", "mail"))),
        somebody("senior", quiet=Quiet("12:00", "15:00"), at_most=Limit(2, 600.0)),
        somebody("vendor", digest={Priority.P2: "18:00"}),
    )
    policy = replace(staffed, grouping=("alertname", "site"))
    bench = Bench(store_url, policy, *users, last_resort=("office",))
    yield World(bench, Random(0))  # noqa: S311 – chance, no secret
    bench.close()


@pytest.mark.parametrize(
    "seed",
    [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 60))],
)
def test_whatever_happens(worlds: World, seed: int) -> None:
    """No call after an acknowledgement, nothing twice or unmarked, nothing left behind."""
    worlds.chance = Random(seed)  # noqa: S311
    for _ in range(60):
        worlds.step()
    worlds.settle()
    assert worlds.broken == []
    with worlds.bench.readers.connect() as connection:
        states = Counter(connection.execute(select(OUTBOX.c.state)).scalars())
    assert states["pending"] == 0, states
    assert sum(states.values()) >= len(worlds.sent) > 0


def test_nobody_answers(worlds: World) -> None:
    """Every provider fails: it ends, each failure is on record, and the last resort was asked."""
    worlds.answering = False
    worlds.chance = Random(99)  # noqa: S311
    worlds.post()
    for _ in range(30):
        worlds.bench.send(*worlds.bench.couriers)
        worlds.bench.now += MINUTE
    worlds.settle()
    assert worlds.broken == []
    with worlds.bench.readers.connect() as connection:
        rows = connection.execute(select(OUTBOX.c.channel, OUTBOX.c.state)).all()
    assert {row.state for row in rows} <= {"dead", "withdrawn"}
    assert ("office", "dead") in [tuple(row) for row in rows]
    assert len(rows) < 40
