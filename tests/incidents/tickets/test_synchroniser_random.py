"""Tickets and incidents under losses, doubles, reorderings and crashes by chance.

Whatever happens: one ticket for each incident, everything said on one side stands on the other
once and in order, and in the end both sides are over or neither is.
"""

from contextlib import suppress
from random import Random

import pytest
from sothat.incidents.events import Acknowledge, Command, Comment, Prioritise, Reopen, Resolve
from sothat.incidents.incident import Entry, Note
from sothat.incidents.refusal import Refused
from sothat.model.policy import Policy, Priority

from ..conftest import alert, both, resolved  # noqa: TID252 – tests of one tree
from .bench import Bench, bench
from .board import by_chance

SITES = "abc"


class World:
    """A bench with two replicas, and what happens to it by chance."""

    def __init__(self, made: Bench, chance: Random) -> None:
        self.bench = made
        self.chance = chance
        self.firing: dict[str, object] = {}
        self.here: list[tuple[int, str]] = []
        self.there: list[tuple[str, str]] = []
        made.board.faulty = by_chance(chance, 0.3)

    def step(self) -> None:
        """Let something happen."""
        deeds = (self.post, self.command, self.act, self.wait, self.work, self.work, self.work)
        self.chance.choice(deeds)()

    def post(self) -> None:
        """Let an alert begin or end."""
        site = self.chance.choice(SITES)
        if site in self.firing:
            self.bench.post(resolved(self.firing.pop(site)))  # type: ignore[arg-type]
        else:
            self.firing[site] = alert(site=site, priority=self.chance.choice(["P1", "P2"]))
            self.bench.post(self.firing[site])

    def command(self) -> None:
        """Let somebody do something here."""
        number, word = self.chance.randint(1, 6), f"<here {len(self.here)}>"
        events: tuple[Command, ...] = (
            *(Acknowledge("x"), Resolve("x"), Reopen("x"), Comment("x", word), Comment("x", word)),
            Prioritise("x", priority=self.chance.choice([Priority.P1, Priority.P2])),
        )
        event = self.chance.choice(events)
        with suppress(Refused, LookupError):
            self.bench.command(event, number)
            if isinstance(event, Comment):
                self.here.append((number, word))

    def act(self) -> None:
        """Let somebody do something there."""
        cards = list(self.bench.board.cards)
        if not cards:
            return
        reference = self.chance.choice(cards)
        if self.chance.random() < 0.5:
            word = f"<there {len(self.there)}>"
            self.there.append((reference, word))
            self.bench.board.remark(reference, "agent", word)
        else:
            self.bench.board.give(reference, self.chance.choice(["To Do", "Doing", "Done", "Odd"]))

    def wait(self) -> None:
        """Let time go by."""
        self.bench.later(self.chance.choice([1, 10, 60, 400]))

    def work(self) -> None:
        """Let a replica do something, or break down."""
        self.bench.run(self.chance.randrange(2))

    def settle(self) -> None:
        """Let nothing go wrong any more, and everything be done."""
        self.bench.board.faulty = lambda _name, _changes: ""
        self.bench.board.catch_up(whole=True)
        self.bench.go_on(1800)
        self.bench.go_on(3 * 3600)

    def incidents(self) -> int:
        """Return how many incidents there are."""
        with self.bench.readers.connect() as connection:
            return int(connection.exec_driver_sql("SELECT count(*) FROM incident").scalar() or 0)


def _check(world: World) -> None:
    made = world.bench
    keys = [card.key for card in made.board.cards.values()]
    assert len(keys) == len(set(keys)), "two tickets of one incident"
    names = {}
    for number in range(1, world.incidents() + 1):
        for ticket in made.tickets(number):
            assert ticket.reference, (number, ticket)
            names[number] = ticket.reference
            card = made.board.cards[ticket.reference]
            assert card.over == made.incident(number).over, (number, ticket, card)
            _check_texts(world, number, ticket.reference)
    assert len(names) == len(keys) > 0
    assert made.queue().waiting == 0


def _check_texts(world: World, number: int, reference: str) -> None:
    everything = world.bench.notes(number)
    assert not [n for n in everything if n.actor == "robot (board)"], "our own words came back"
    notes = [n for n in everything if n.kind is Entry.NOTE]
    theirs = [note.text for note in notes if _by_agent(note)]
    assert theirs == [word for name, word in world.there if name == reference]
    told = "\n".join(world.bench.said(reference))
    ours = [word for one, word in world.here if one == number]
    assert [told.count(word) for word in ours] == [1] * len(ours), (number, ours, told)
    assert sorted(ours, key=told.index) == ours


def _by_agent(note: Note) -> bool:
    return note.actor == "agent (board)"


@both
@pytest.mark.parametrize(
    "seed",
    [*range(2), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 150))],
)
def test_whatever_happens(store_url: str, policy: Policy, seed: int) -> None:
    with bench(store_url, policy, replicas=2) as made:
        world = World(made, Random(seed))  # noqa: S311 – chance, no secret
        for _ in range(120):
            world.step()
        world.settle()
        _check(world)
