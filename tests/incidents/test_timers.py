"""Time in the store: what one incident stumbles over holds up none of the others."""

import json
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest
from sothat.incidents.counts import Counts
from sothat.incidents.delivery import read_delivery
from sothat.incidents.incident import Incident, Rules, State
from sothat.incidents.store import browsing
from sothat.incidents.store.engines import reader_engine, writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.reading import count_stuck
from sothat.incidents.timers import keep_appointments
from sothat.incidents.times import SECOND
from sothat.incidents.writer import Writer
from sothat.model.policy import Policy
from sqlalchemy import text
from sqlalchemy.event import listen

from .bench import HOUR, MINUTE, T0
from .conftest import alert, eventually, message, resolved
from .databases import database  # noqa: F401 – all tests of this module run on both

SITES = ("a", "b", "c")
BAD = 2


class Stored:
    """A store with three incidents that are quiet, their writer, and a clock set by hand."""

    def __init__(self, url: str, policy: Policy) -> None:
        self.now = T0
        self.engine, self.readers = writer_engine(url), reader_engine(url)
        migrate(self.engine, url)
        rules = Rules(policy, 5 * MINUTE, identity=("alertname", "site"))
        made = (rules, Counts(), lambda: self.now, lambda: None, self.readers)
        self.writer = Writer(self.engine, *made)
        self.writer.start()
        for site in SITES:
            self.post(alert(site=site))

    def post(self, *alerts: object) -> None:
        body = json.dumps(message(*alerts)).encode()
        self.writer.deliver(read_delivery(body)).result(20)

    def sql(self, statement: str, **values: object) -> None:
        self.writer.run(lambda t: t.connection.execute(text(statement), values)).result(20)

    def incident(self, number: int) -> Incident:
        return self.read(lambda connection: browsing.incident(connection, number))  # type: ignore[no-any-return]

    def read(self, work: Callable[[Any], Any]) -> Any:
        with self.readers.connect() as connection:
            return work(connection)

    def stumbles(self) -> int:
        query = text("SELECT stumbles FROM incident WHERE id = :id")
        return int(self.read(lambda c: c.execute(query, {"id": BAD}).scalar()))

    def said(self) -> list[str]:
        notes = self.read(lambda c: browsing.timeline(c, BAD, 100)).items
        return [note.text for note in reversed(notes) if " time" in note.text]

    def tick(self) -> None:
        """Give every incident its moment now."""
        self.writer.run(keep_appointments).result(20)

    def close(self) -> None:
        self.writer.stop()
        self.readers.dispose()
        self.engine.dispose()


@pytest.fixture
def stored(store_url: str, policy: Policy) -> Iterator[Stored]:
    made = Stored(store_url, policy)
    yield made
    made.close()


def unreadable(stored: Stored) -> Callable[[], None]:
    """Make the second incident's document one that no incident can be made of."""
    kept = stored.read(
        lambda c: c.execute(text("SELECT document FROM incident WHERE id = 2")).scalar()
    )
    stored.sql("UPDATE incident SET document = '[]' WHERE id = 2")
    mended = "UPDATE incident SET document = :kept WHERE id = 2"
    return lambda: stored.sql(mended, kept=kept)


def unwritable(stored: Stored) -> Callable[[], None]:
    """Let the database refuse the second incident's resolution."""
    if stored.engine.dialect.name == "sqlite":
        stored.sql(
            "CREATE TRIGGER never BEFORE UPDATE ON incident "
            "WHEN NEW.id = 2 AND NEW.state = 'resolved' "
            "BEGIN SELECT RAISE(ABORT, 'never'); END"
        )
        return lambda: stored.sql("DROP TRIGGER never")
    check = "CHECK (NOT (id = 2 AND state = 'resolved'))"
    stored.sql(f"ALTER TABLE incident ADD CONSTRAINT never {check}")
    return lambda: stored.sql("ALTER TABLE incident DROP CONSTRAINT never")


@pytest.mark.parametrize("breaking", [unreadable, unwritable])
def test_the_others_go_on_while_one_stumbles_and_so_does_it_once_mended(
    stored: Stored, breaking: Callable[[Stored], Callable[[], None]]
) -> None:
    for site in SITES:
        stored.post(resolved(alert(site=site)))
    mend = breaking(stored)
    stored.now += 6 * MINUTE
    eventually(lambda: stored.stumbles() == 1)
    assert [stored.incident(number).state for number in (1, 3)] == [State.RESOLVED] * 2
    assert stored.read(count_stuck) == 1
    assert "again in 60 s" in stored.said()[-1]
    stored.now += 59 * SECOND
    stored.tick()
    assert stored.stumbles() == 1
    stored.now += SECOND
    eventually(lambda: stored.stumbles() == 2)
    assert "again in 120 s" in stored.said()[-1]
    mend()
    stored.now += 120 * SECOND
    eventually(lambda: stored.incident(BAD).state is State.RESOLVED)
    assert stored.said()[-1] == "its time is kept again, after 2 attempts that failed"
    assert (stored.stumbles(), stored.read(count_stuck)) == (0, 0)


def test_the_pause_grows_to_an_hour_and_no_further(stored: Stored) -> None:
    stored.post(resolved(alert(site=SITES[1])))
    unreadable(stored)
    stored.now += 6 * MINUTE
    for attempt in range(1, 12):
        eventually(lambda attempt=attempt: stored.stumbles() == attempt)  # type: ignore[misc]
        stored.now += HOUR
    assert [int(said.split()[-2]) for said in stored.said()][5:8] == [1920, 3600, 3600]


def test_more_than_fit_into_one_transaction_are_all_given_their_moment(stored: Stored) -> None:
    many = [alert(site=f"m{number}") for number in range(120)]
    stored.post(*many)
    stored.post(*map(resolved, many))
    stored.now += 5 * MINUTE
    query = text("SELECT count(*) FROM incident WHERE state = 'resolved'")
    eventually(lambda: stored.read(lambda c: c.execute(query).scalar()) == len(many))
    assert stored.stumbles() == 0


def test_the_lock_is_not_taken_where_nothing_is_due(stored: Stored) -> None:
    begun = Event()
    listen(stored.engine, "begin", lambda _connection: begun.set())
    assert not begun.wait(1.0)
    stored.post(resolved(alert(site=SITES[0])))
    stored.now += 5 * MINUTE
    eventually(lambda: stored.incident(1).state is State.RESOLVED)
    assert begun.is_set()
