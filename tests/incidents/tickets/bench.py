"""A store, replicas that synchronise its tickets by hand, and a clock that stands still."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from sothat.incidents.commands import carry_out
from sothat.incidents.counts import Counts
from sothat.incidents.delivery import read_delivery
from sothat.incidents.events import Command
from sothat.incidents.incident import Incident, Note, Rules
from sothat.incidents.store import browsing
from sothat.incidents.store.engines import reader_engine, writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.tallying import tallies
from sothat.incidents.store.ticketing import Queue, queues, tickets_of
from sothat.incidents.tallies import exchanged
from sothat.incidents.tickets.linked import Linked
from sothat.incidents.tickets.mapping import Filter, Terms
from sothat.incidents.tickets.marks import Sealer
from sothat.incidents.tickets.synchroniser import Bound, Synchroniser
from sothat.incidents.times import SECOND
from sothat.incidents.writer import Writer
from sothat.model.policy import Policy, Priority
from sothat.runtime.secrets import Secret

from ..conftest import message  # noqa: TID252 – tests of one tree
from .board import STATUSES, Board, Crash

# A Tuesday, 12:00 in UTC.
NOON = 1_767_700_800 * SECOND
MINUTE = 60 * SECOND
TERMS = Terms(
    name="board",
    sealer=Sealer(Secret("a key of these tests")),
    owner="platform",
    queue="ops",
    statuses=STATUSES,
    priorities={Priority.P1: "urgent", Priority.P2: "normal"},
    external_url="http://here",
)


class Bench:
    """A store, its writer, some replicas, and the board."""

    def __init__(self, url: str, policy: Policy, replicas: int, wanted: Filter | None) -> None:
        self.now = NOON
        self.clock: Callable[[], int] = lambda: self.now
        self.engine = writer_engine(url)
        migrate(self.engine, url)
        self.readers = reader_engine(url)
        rules = Rules(policy, 0, identity=("alertname", "site"))
        self.writer = Writer(self.engine, rules, Counts(), self.moment, lambda: None)
        self.writer.start()
        self.board = Board(lambda: self.now)
        self.terms = replace(TERMS, wanted=wanted or Filter())
        self.replicas = [self.replica() for _ in range(replicas)]

    def replica(self) -> Synchroniser:
        """Return another process that synchronises the same tickets."""
        bound = Bound(self.terms, self.board)
        trackers = ("board",)
        return Synchroniser(bound, trackers, self.readers, self.writer, self.moment, lambda: 1.0)

    def moment(self) -> int:
        """Return what the clock says, whichever it is by now."""
        return self.clock()

    def post(self, *alerts: object) -> None:
        """Take a message in."""
        self.writer.deliver(read_delivery(json.dumps(message(*alerts)).encode())).result(30)

    def command(self, event: Command, number: int = 1) -> None:
        """Carry a person's command out."""
        self.writer.run(lambda t: carry_out(t, number, event)).result(30)

    def run(self, replica: int = 0) -> None:
        """Let a replica do all that is due; it may break down at any moment."""
        with suppress(Crash):
            for _ in range(500):
                if not self.replicas[replica].once():
                    return
            raise AssertionError("it never comes to an end")

    def later(self, seconds: float) -> None:
        """Let time go by."""
        self.now += round(seconds * SECOND)

    def go_on(self, seconds: float) -> None:
        """Let time go by, and the replicas do what is due meanwhile."""
        every = max(30.0, seconds / 20)
        until = self.now + round(seconds * SECOND)
        while self.now < until:
            for number in range(len(self.replicas)):
                self.run(number)
            self.later(every)

    def hurry(self) -> None:
        """Let a replica try as often as it likes, while something may still be done late."""
        for _ in range(15):
            self.run()
            self.later(6)

    def incident(self, number: int = 1) -> Incident:
        """Return an incident."""
        with self.readers.connect() as connection:
            found = browsing.incident(connection, number)
        assert found is not None
        return found

    def tickets(self, number: int = 1) -> tuple[Linked, ...]:
        """Return the tickets of an incident."""
        with self.readers.connect() as connection:
            return tickets_of(connection, number)

    def notes(self, number: int = 1) -> list[Note]:
        """Return an incident's timeline, the oldest entry first."""
        with self.readers.connect() as connection:
            return list(reversed(browsing.timeline(connection, number, 5000).items))

    def said(self, reference: str = "T-1") -> list[str]:
        """Return what we have written on a ticket."""
        return [one.text for one in self.board.cards[reference].remarks if one.by == "robot"]

    def queue(self) -> Queue:
        """Return what waits in front of the board."""
        with self.readers.connect() as connection:
            return queues(connection, self.now).get("board", Queue())

    def count(self, outcome: str) -> float:
        """Return how often an attempt has ended in some way."""
        with self.readers.connect() as connection:
            return dict(tallies(connection)).get(exchanged("board", outcome), 0)

    def close(self) -> None:
        """End it."""
        self.writer.stop()
        self.readers.dispose()
        self.engine.dispose()


@contextmanager
def bench(
    url: str, policy: Policy, *, replicas: int = 1, wanted: Filter | None = None
) -> Iterator[Bench]:
    """Give a bench while the block lasts, whose tracker has been there before."""
    made = Bench(url, policy, replicas, wanted)
    try:
        made.run()
        yield made
    finally:
        made.close()
