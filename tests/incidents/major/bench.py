"""A store with people in it, and a clock of its own."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from sothat.incidents.delivery import read_delivery, take_in
from sothat.incidents.incident import Incident, Rules
from sothat.incidents.people import People, User
from sothat.incidents.roster import Roster
from sothat.incidents.store import browsing
from sothat.incidents.store.tables import OUTBOX
from sothat.incidents.timers import keep_appointments
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sothat.model.policy import Calendar, Level, Policy, Priority, Rotation, Term
from sqlalchemy import Connection, Engine, select

from ..bench import HOUR, T0  # noqa: TID252 – tests of one tree
from ..conftest import message  # noqa: TID252

TEAM = "building-operations"
USERS = ("first", "second", "third")
T = TypeVar("T")


def rules_of(policy: Policy) -> Rules:
    """Return rules with three people, two of whom lead major incidents in turn, a day each."""
    rotation = Rotation("leads", TEAM, "here", "2026-01-05T00:00", 86_400.0, ("first", "second"))
    climbing = {"technical": (Level("next", {p: Term("", 60.0) for p in Priority}, ("third",)),)}
    policy = replace(
        policy,
        calendars={"here": Calendar("here", "DE", "", "UTC", {})},
        calendar="here",
        rotations={"leads": rotation},
        escalation=climbing,
    )
    users = {name: User(name, (), "UTC", ("push",)) for name in USERS}
    return Rules(
        policy,
        0,
        identity=("alertname", "site", "drill"),
        reopen=HOUR,
        roster=Roster(policy, People(users), last_resort=("office",)),
    )


class Bench:
    """The service's core over a store."""

    def __init__(self, engine: Engine, rules: Rules) -> None:
        self.engine = engine
        self.rules = rules
        self.now = T0

    def take(self, *alerts: Any) -> None:
        """Take alerts in."""
        body = json.dumps(message(*alerts)).encode()
        self.do(lambda transaction: take_in(transaction, [read_delivery(body)]))

    def do(self, work: Callable[[Transaction], T]) -> T:
        """Do something in a transaction, a second later."""
        self.now += SECOND
        with self.engine.begin() as connection:
            return work(Transaction(connection, self.now, self.rules))

    def people(self, number: int, work: Callable[..., object], **how: Any) -> None:
        """Let somebody do something about an incident."""
        incident = self.incident(number)
        self.do(lambda t: work(t, incident, "somebody", **how))

    def wait(self, duration: int) -> None:
        """Let time go by."""
        self.now += duration
        self.do(keep_appointments)

    def read(self, query: Callable[[Connection], T]) -> T:
        """Return what a query finds."""
        with self.engine.connect() as connection:
            return query(connection)

    def incident(self, number: int) -> Incident:
        """Return an incident."""
        found = self.read(lambda connection: browsing.incident(connection, number))
        assert found is not None
        return found

    def said(self, number: int, word: str) -> list[str]:
        """Return the texts of an incident's timeline that have a word, in order."""
        found = self.read(lambda connection: browsing.timeline(connection, number, 1000))
        return [note.text for note in reversed(found.items) if word in note.text]

    def paged(self, reason: str) -> list[str]:
        """Return the channels that were paged for a reason, in order."""
        query = select(OUTBOX.c.channel).where(OUTBOX.c.reason == reason).order_by(OUTBOX.c.id)
        return self.read(lambda connection: list(connection.execute(query).scalars()))
