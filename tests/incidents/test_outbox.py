"""The outbox with a clock and a chance of our own."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event, Lock
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.backoff import MAX_ATTEMPTS, pause
from sothat.incidents.bounded import Bounded
from sothat.incidents.commands import carry_out
from sothat.incidents.conversation.links import Links
from sothat.incidents.counts import Counts
from sothat.incidents.delivery import read_delivery
from sothat.incidents.directory import Directory
from sothat.incidents.events import Acknowledge, Command, Resolve
from sothat.incidents.incident import Note, Rules
from sothat.incidents.notification import Notice, Rejected, Result, Retry, Sent, body, subject
from sothat.incidents.outbox import Courier, Outbox, lease_of
from sothat.incidents.people import Limit, People, Quiet, User
from sothat.incidents.store import browsing
from sothat.incidents.store.engines import reader_engine, writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.outbox import claim, release_leases
from sothat.incidents.store.reading import outbox_backlog
from sothat.incidents.store.tables import OUTBOX
from sothat.incidents.store.tallying import tallies
from sothat.incidents.tallies import Delta, notified
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sothat.incidents.writer import Writer
from sothat.model.policy import Calendar, Level, Policy, Priority, Rotation, Seat, Term
from sqlalchemy import Connection, event, update
from sqlalchemy.exc import OperationalError

from .conftest import alert, both, eventually, message

# A Tuesday, 12:00 in UTC.
NOON = 1_767_700_800 * SECOND
MINUTE = 60 * SECOND


class Provider:
    """A channel that answers as it is told, and remembers what it got."""

    deadline = 5.0

    def __init__(self, provider: str = "fake") -> None:
        self.provider = provider
        self.answers: list[Result | Exception] = []
        self.got: list[Notice] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def send(self, notice: Notice) -> Result:
        self.got.append(notice)
        self.meanwhile()
        answer = self.answers.pop(0) if self.answers else Sent()
        if isinstance(answer, Exception):
            raise answer
        return answer


def somebody(name: str, **change: Any) -> User:
    """Return a user with two contacts, of which the first is used."""
    made = User(name, (name,), "UTC", ("phone", "mail"), dict.fromkeys(Priority, ("phone",)))
    return replace(made, **change)


def _entries(connection: Connection) -> list[Note]:
    """Return the first incident's timeline."""
    return list(reversed(browsing.timeline(connection, 1, 1000).items))


class Bench:
    """A store, its writer, a courier for each channel, and a clock that stands still."""

    links: Links | None = None

    def __init__(
        self,
        url: str,
        policy: Policy,
        *users: User,
        fallback: str = "",
        last_resort: tuple[str, ...] = (),
    ) -> None:
        self.now = NOON
        self.engine = writer_engine(url)
        migrate(self.engine, url)
        self.readers = reader_engine(url)
        people = People({user.name: user for user in users})
        names = ["office", *(user.channel(c) for user in users for c in user.contacts)]
        names += [] if users else ["on-call"]
        self.providers = {name: self.make_provider(name) for name in names}
        directory = Directory(
            channels=self.providers,
            people=people,
            duty=("on-call",) if users else (),
            fallbacks={"on-call": (fallback,)} if fallback else {},
            last_resort=last_resort,
            links=self.links,
        )
        self.directory = directory
        self.roster = directory.roster(policy)
        rules = Rules(policy, 0, identity=("alertname", "site"), roster=self.roster)
        self.writer = Writer(self.engine, rules, Counts(), lambda: self.now, lambda: None)
        self.writer.start()
        self.provider = self.providers.get("on-call", Provider())
        self.couriers = {name: self.courier(name, directory) for name in names}
        self.outbox = Outbox(
            directory, self.writer, self.readers, "http://here", lambda: self.now, lambda: 1.0
        )

    def make_provider(self, _name: str) -> Provider:
        """Return the provider of a channel."""
        return Provider()

    def courier(self, name: str, directory: Directory) -> Courier:
        """Return a courier that this test sends off by hand."""
        return Courier(name, directory, self.writer, "http://here", lambda: self.now, lambda: 1.0)

    def counts(self) -> Counter[Delta]:
        """Return the tallies in the store."""
        with self.readers.connect() as connection:
            return Counter(dict(tallies(connection)))

    def send(self, *names: str) -> None:
        """Let couriers send what is due; without names the one on call."""
        for name in names or ("on-call",):
            self.couriers[name].send_due()

    def got(self, name: str) -> list[Notice]:
        """Return what a channel got."""
        return self.providers[name].got

    def command(self, event: Command) -> None:
        """Carry a person's command out."""
        self.writer.run(lambda t: carry_out(t, 1, event)).result(5)

    def backlog(self) -> tuple[int, int | None]:
        """Return what waits, and since when."""
        with self.readers.connect() as connection:
            return outbox_backlog(connection, self.now)

    def notes(self) -> list[str]:
        """Return the texts of the first incident's timeline."""
        with self.readers.connect() as connection:
            return [note.text for note in _entries(connection)]

    def post(self, *alerts: object) -> None:
        body = json.dumps(message(*alerts)).encode()
        self.writer.deliver(read_delivery(body)).result(5)

    def later(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)

    def timeline(self) -> list[tuple[str, str]]:
        with self.readers.connect() as connection:
            entries = _entries(connection)
        return [(str(n.kind), n.text) for n in entries if n.kind.startswith("notif")]

    def close(self) -> None:
        self.writer.stop()
        self.readers.dispose()
        self.engine.dispose()


@pytest.fixture
def bench(store_url: str, policy: Policy) -> Iterator[Bench]:
    made = Bench(store_url, policy)
    yield made
    made.close()


def test_a_page_is_sent_once_and_noted(bench: Bench) -> None:
    bench.post(alert())
    bench.send()
    bench.send()
    (notice,) = bench.provider.got
    assert notice.url == "http://here/incidents/1"
    assert not notice.repeated
    assert bench.timeline() == [("notified", "on-call: opened")]
    assert bench.counts()[notified("on-call", "sent")] == 1


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
        found = browsing.incidents(connection, browsing.Wanted(), 100).items
    assert {incident.labels["site"] for incident in found} == {"b", "c"}


@both
def test_a_failure_is_tried_again_after_its_pause(bench: Bench) -> None:
    bench.post(alert())
    bench.provider.answers = [Retry("busy"), Retry("busy", after=100)]
    bench.send()
    bench.later(4.9)
    bench.send()
    assert len(bench.provider.got) == 1
    bench.later(0.1)
    bench.send()
    bench.later(99)
    bench.send()
    assert len(bench.provider.got) == 2
    bench.later(1)
    bench.send()
    assert len({notice.key for notice in bench.provider.got}) == 1
    assert [kind for kind, _ in bench.timeline()] == ["notify-failed", "notify-failed", "notified"]
    assert "again in 100 s" in bench.timeline()[1][1]
    assert not any(notice.repeated for notice in bench.provider.got)


@pytest.mark.parametrize("raising", [False, True])
def test_it_is_given_up_after_the_last_attempt_and_seen(bench: Bench, *, raising: bool) -> None:
    bench.post(alert())
    answer = RuntimeError("bug") if raising else Retry("busy")
    bench.provider.answers = [answer] * MAX_ATTEMPTS
    for _ in range(55):
        # In less than the hour after which it would be overdue.
        bench.send()
        bench.later(60)
    assert len(bench.provider.got) == MAX_ATTEMPTS
    assert "given up after 10" in bench.timeline()[-1][1]
    with bench.readers.connect() as connection:
        assert len(browsing.undelivered(connection, 1)) == 1
    snapshot = bench.counts()
    assert snapshot[notified("on-call", "retry")] == MAX_ATTEMPTS - 1
    assert snapshot[notified("on-call", "failed")] == 1


def test_a_rejection_is_final(bench: Bench) -> None:
    bench.post(alert())
    bench.provider.answers = [Rejected("no such address")]
    bench.send()
    bench.later(86400)
    bench.send()
    assert len(bench.provider.got) == 1
    assert "no such address" in bench.timeline()[0][1]


def test_the_most_urgent_goes_first(bench: Bench) -> None:
    bench.post(alert("Low", priority="P2"), alert("High", priority="P1"))
    bench.send()
    assert [n.priority for n in bench.provider.got] == ["P1", "P2"]


@both
def test_what_a_dead_process_had_claimed_is_sent_and_marked(bench: Bench) -> None:
    bench.post(alert())
    bench.writer.run(lambda t: claim(t, "on-call", lease_of(bench.provider), "")).result(5)
    bench.send()
    assert not bench.provider.got
    bench.later(lease_of(bench.provider) / SECOND)
    bench.send()
    assert [notice.repeated for notice in bench.provider.got] == [True]


def test_the_next_process_does_not_wait_for_the_lease(bench: Bench) -> None:
    bench.post(alert())
    bench.writer.run(lambda t: claim(t, "on-call", lease_of(bench.provider), "")).result(5)
    release_leases(bench.engine, bench.now)
    bench.send()
    assert [notice.repeated for notice in bench.provider.got] == [True]


@given(st.integers(1, 50), st.floats(0, 1), st.none() | st.floats(0, 1e6))
def test_pauses_are_bounded_and_heed_the_provider(
    attempt: int, chance: float, wanted: float | None
) -> None:
    found = pause(attempt, chance, wanted)
    assert 2.5 <= found <= 3600
    assert found >= min(wanted or 0, 3600)


@pytest.fixture
def staffed(policy: Policy) -> Policy:
    """Return a policy with a rotation of one engineer and two levels above."""
    building = policy.teams["building-operations"]
    seats = (Seat("second-level", role="senior"), Seat("vendor", role="vendor"))
    after = {name: {Priority.P2: Term("", m * 60.0)} for name, m in LEVELS.items()}
    return replace(
        policy,
        teams={**policy.teams, "building-operations": replace(building, seats=seats)},
        calendars={"here": Calendar("here", "DE", "", "UTC", MappingProxyType({}))},
        rotations={
            "week": Rotation(
                *("week", "building-operations", "here", "2026-01-05T09:00", 604_800.0),
                ("engineer",),
            )
        },
        calendar="here",
        escalation={"technical": tuple(Level(name, terms) for name, terms in after.items())},
    )


LEVELS = {"first-level": 5, "second-level": 15, "vendor": 60}
MakeBench = Callable[..., Bench]


@pytest.fixture
def crew(store_url: str, staffed: Policy) -> Iterator[MakeBench]:
    """Return a maker of a bench with people."""
    made: list[Bench] = []

    def make(*users: User, ladders: bool = True, **how: Any) -> Bench:
        policy = staffed if ladders else replace(staffed, escalation={})
        made.append(Bench(store_url, policy, *users, **how))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


def test_whoever_is_on_call_gets_it_by_the_contact_they_want(crew: MakeBench) -> None:
    bench = crew(somebody("engineer"))
    bench.post(alert())
    bench.send(*bench.couriers)
    assert [n.reason for n in bench.got("engineer/phone")] == ["opened"]
    assert bench.got("engineer/mail") == []
    assert bench.counts()[notified("contacts", "sent")] == 1


@both
def test_nothing_is_sent_after_the_acknowledgement(crew: MakeBench) -> None:
    bench = crew(somebody("engineer"))
    bench.post(alert())
    bench.command(Acknowledge("somebody"))
    bench.send("engineer/phone")
    assert bench.got("engineer/phone") == []
    assert "engineer/phone: opened withdrawn, acknowledged by somebody before it was sent" in (
        bench.notes()
    )


def test_an_acknowledgement_during_a_failing_attempt_ends_the_attempts(crew: MakeBench) -> None:
    bench = crew(somebody("engineer", contacts=("phone",)))
    bench.post(alert())
    phone = bench.providers["engineer/phone"]
    phone.answers = [Retry("busy")] * 9
    phone.meanwhile = lambda: bench.command(Acknowledge("somebody")) if len(phone.got) == 1 else 0
    for _ in range(9):
        bench.send("engineer/phone")
        bench.later(1000)
    assert len(phone.got) == 1


@both
def test_each_escalation_is_sent_until_somebody_has_it(crew: MakeBench) -> None:
    bench = crew(somebody("engineer"), somebody("senior"), somebody("vendor"))
    bench.post(alert())
    for minute in (0, 5, 15):
        bench.now = NOON + minute * MINUTE
        eventually(lambda: any("first-level" in n for n in bench.notes()) or bench.now == NOON)
        if minute == 15:
            eventually(lambda: any("second-level" in n for n in bench.notes()))
        bench.send(*bench.couriers)
    assert [n.reason for n in bench.got("engineer/phone")] == ["opened", "escalated"]
    assert [n.reason for n in bench.got("senior/phone")] == ["escalated"]
    bench.command(Acknowledge("somebody"))
    bench.now = NOON + 600 * MINUTE
    bench.send(*bench.couriers)
    assert bench.got("vendor/phone") == []
    bench.command(Resolve("somebody"))
    bench.send(*bench.couriers)
    assert [n.reason for n in bench.got("senior/phone")] == ["escalated", "resolved"]
    assert bench.got("vendor/phone") == []


def test_the_end_is_not_told_to_who_never_heard_of_it(crew: MakeBench) -> None:
    bench = crew(somebody("engineer"))
    bench.post(alert())
    bench.command(Acknowledge("somebody"))
    bench.command(Resolve("somebody"))
    bench.send("engineer/phone")
    assert bench.got("engineer/phone") == []
    assert any("it never told of the incident" in text for text in bench.notes())


@both
def test_another_contact_takes_over_at_the_third_failure_or_the_first_refusal(
    crew: MakeBench,
) -> None:
    bench = crew(somebody("engineer"))
    bench.post(alert())
    bench.providers["engineer/phone"].answers = [Retry("busy")] * 9
    for _ in range(4):
        bench.send("engineer/phone")
        bench.later(60)
    bench.send("engineer/mail")
    assert len(bench.got("engineer/phone")) == 3
    assert len(bench.got("engineer/mail")) == 1
    assert any("now by engineer/mail" in text for text in bench.notes())
    bench.post(alert(site="b"))
    bench.providers["engineer/phone"].answers = [Rejected("number unknown")]
    bench.send("engineer/phone", "engineer/mail")
    assert len(bench.got("engineer/mail")) == 2
    snapshot = bench.counts()
    assert snapshot[notified("contacts", "handed-on")] == 2
    assert snapshot[notified("contacts", "failed")] == 0


def test_a_channel_of_the_configuration_has_its_fallback(store_url: str, policy: Policy) -> None:
    bench = Bench(store_url, policy, fallback="office")
    try:
        bench.post(alert())
        bench.provider.answers = [Rejected("gone")]
        bench.send("on-call", "office")
        assert [notice.reason for notice in bench.got("office")] == ["opened"]
    finally:
        bench.close()


@both
def test_a_message_that_nobody_gets_asks_the_next_level_and_the_last_resort(
    crew: MakeBench,
) -> None:
    bench = crew(somebody("engineer"), somebody("senior"), last_resort=("office",))
    bench.post(alert())
    for name in ("engineer/phone", "engineer/mail"):
        bench.providers[name].answers = [Rejected("gone")] * 9
    bench.send("engineer/phone", "engineer/mail", "office", "senior/phone")
    assert [n.reason for n in bench.got("office")] == ["undelivered"]
    # The first level is the engineer again, who cannot be reached: the next is asked in turn.
    bench.send("engineer/phone", "engineer/mail", "senior/phone")
    assert [n.reason for n in bench.got("senior/phone")] == ["escalated"]
    assert "nobody got the message to engineer/mail" in bench.notes()
    assert bench.counts()[notified("contacts", "failed")] == 2
    bench.later(3600)
    bench.send(*bench.couriers)
    assert len(bench.got("office")) <= 3


def test_two_contacts_at_once_stand_in_for_each_other(crew: MakeBench) -> None:
    """While one of them is on its way, the failure of the other is no reason to ask others."""
    both = dict.fromkeys(Priority, ("phone", "mail"))
    bench = crew(somebody("engineer", notify=both), last_resort=("office",))
    bench.post(alert())
    bench.providers["engineer/phone"].answers = [Rejected("gone")]
    bench.send("engineer/phone", "engineer/mail", "office")
    assert len(bench.got("engineer/mail")) == 1
    assert bench.got("office") == []


@both
def test_quiet_hours_hold_a_message_and_an_acknowledgement_withdraws_it(crew: MakeBench) -> None:
    bench = crew(somebody("engineer", quiet=Quiet("11:00", "12:50")), ladders=False)
    bench.post(alert())
    bench.post(alert(site="b"))
    bench.send("engineer/phone")
    assert bench.got("engineer/phone") == []
    bench.command(Acknowledge("somebody"))
    assert bench.backlog() == (0, None)
    # In less than the hour after which it would be overdue.
    bench.now = NOON + 50 * MINUTE
    # What was held waits only from now on.
    assert bench.backlog() == (2, bench.now)
    bench.send("engineer/phone")
    assert [n.incident for n in bench.got("engineer/phone")] == [2]


@both
def test_a_digest_comes_as_one_message(crew: MakeBench) -> None:
    bench = crew(somebody("engineer", digest={Priority.P2: "13:00"}), ladders=False)
    for site in "abc":
        bench.post(alert(site=site))
    bench.command(Acknowledge("somebody"))
    bench.send("engineer/phone")
    assert bench.got("engineer/phone") == []
    bench.now = NOON + 60 * MINUTE
    bench.send("engineer/phone")
    (notice,) = bench.got("engineer/phone")
    assert [notice.incident, *(other.incident for other in notice.others)] == [1, 2, 3]
    assert notice.state == "acknowledged"
    assert "And 2 more:" in body(notice)
    assert "(and 2 more)" in subject(notice)
    bench.send("engineer/phone")
    assert len(bench.got("engineer/phone")) == 1
    assert any(text == "engineer/phone: opened and 2 more" for text in bench.notes())


@both
def test_what_is_too_much_comes_together_later(crew: MakeBench) -> None:
    bench = crew(somebody("engineer", at_most=Limit(2, 600.0)), ladders=False)
    for site in "abcde":
        bench.post(alert(site=site))
        bench.send("engineer/phone")
    assert [n.incident for n in bench.got("engineer/phone")] == [1, 2]
    bench.later(600)
    bench.send("engineer/phone")
    third = bench.got("engineer/phone")[2]
    assert [third.incident, *(other.incident for other in third.others)] == [3, 4, 5]
    assert len(bench.got("engineer/phone")) == 3


def test_p1_waits_a_minute_at_most(crew: MakeBench) -> None:
    bench = crew(somebody("engineer", at_most=Limit(1, 6000.0)), ladders=False)
    for site in "abc":
        bench.post(alert(site=site, priority="P1"))
        bench.send("engineer/phone")
    bench.later(60)
    bench.send("engineer/phone")
    assert [len(n.others) for n in bench.got("engineer/phone")] == [0, 1]


@both
def test_a_provider_that_asks_for_time_gets_it_for_all_its_messages(bench: Bench) -> None:
    bench.post(alert())
    bench.post(alert(site="b"))
    bench.provider.answers = [Retry("429", after=50)]
    bench.send()
    assert len(bench.provider.got) == 1
    bench.later(49)
    bench.send()
    assert len(bench.provider.got) == 1
    bench.later(1)
    bench.send()
    assert len(bench.provider.got) == 3


def test_an_attempt_without_an_answer_is_marked_when_it_is_repeated(bench: Bench) -> None:
    bench.post(alert())
    bench.provider.answers = [Retry("no answer", unsure=True), Retry("busy")]
    for _ in range(3):
        bench.send()
        bench.later(60)
    assert [notice.repeated for notice in bench.provider.got] == [False, True, True]


def test_a_verdict_outlives_a_store_that_is_busy(bench: Bench) -> None:
    """What was sent is kept as sent, however long it takes to write that down."""
    bench.post(alert())
    failing = 3

    def broken(_connection: object) -> None:
        nonlocal failing
        if bench.provider.got and failing:
            failing -= 1
            raise OperationalError("BEGIN", None, sqlite3.OperationalError("locked"))

    event.listen(bench.engine, "begin", broken)
    bench.send()
    event.remove(bench.engine, "begin", broken)
    assert failing == 0
    assert len(bench.provider.got) == 1
    assert bench.timeline() == [("notified", "on-call: opened")]


def test_a_channel_that_hangs_holds_up_no_other(crew: MakeBench) -> None:
    bench = crew(somebody("engineer"), somebody("senior"))
    hanging, go_on = bench.providers["engineer/phone"], Event()
    hanging.meanwhile = lambda: go_on.wait(60)
    hanging.deadline = 60.0
    bench.post(alert())
    bench.outbox.start()
    eventually(lambda: hanging.got)
    bench.post(alert(site="b", priority="P3"))
    eventually(lambda: bench.got("office"))
    assert len(hanging.got) == 1
    go_on.set()
    eventually(lambda: any("engineer/phone: opened" in text for text in bench.notes()))
    bench.outbox.stop(5)


def test_an_attempt_is_given_up_at_its_deadline_and_few_hang_at_once() -> None:
    provider, go_on = Provider(), Event()
    provider.meanwhile = lambda: go_on.wait(60)
    provider.deadline = 0.05
    channel = Bounded("c", provider)
    notice = Notice(*("k", 1, "opened", "P1", "t", "team", "", "", "", "", ""), {})
    answers = [channel.send(notice) for _ in range(4)]
    go_on.set()
    assert [answer.unsure for answer in answers if isinstance(answer, Retry)] == [
        *(True, True, False, False)
    ]
    assert len(provider.got) == 2
    eventually(lambda: isinstance(channel.send(notice), Sent))


@pytest.mark.parametrize("answered", [None, True, "sent"])
def test_a_notifier_that_gives_no_result_has_failed(answered: object) -> None:
    """Its message was neither sent nor given up: it would go out with each lease, for ever."""

    class Forgetful(Provider):
        def send(self, notice: Notice) -> Any:
            super().send(notice)
            return answered

    notice = Notice(*("k", 1, "opened", "P1", "t", "team", "", "", "", "", ""), {})
    result = Bounded("c", Forgetful()).send(notice)
    assert result == Retry("the notifier failed: TypeError", unsure=True)


def test_a_provider_has_few_couriers_at_a_time(crew: MakeBench) -> None:
    users = [somebody(f"engineer-{n}", roles=("engineer",)) for n in range(20)]
    bench = crew(*users)
    go_on, lock, at_once, most = Event(), Lock(), 0, 0

    def meanwhile() -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        go_on.wait(20)
        with lock:
            at_once -= 1

    for provider in bench.providers.values():
        provider.meanwhile = meanwhile
        provider.deadline = 30.0
    bench.post(alert())
    bench.outbox.start()
    eventually(lambda: most == 16)
    go_on.set()
    eventually(lambda: sum(len(p.got) for p in bench.providers.values()) == 20)
    bench.outbox.stop(5)
    assert most == 16


def test_what_waits_for_a_channel_that_is_gone_is_given_up(crew: MakeBench) -> None:
    bench = crew(somebody("engineer"), last_resort=("office",))
    bench.post(alert())
    with bench.engine.begin() as connection:
        connection.execute(update(OUTBOX).values(channel="somebody/gone", recipient="somebody"))
    bench.outbox.start()
    eventually(lambda: bench.got("office"))
    bench.outbox.stop(5)
    assert "somebody/gone: opened: given up, there is no such channel any more" in bench.notes()


def test_a_clock_that_is_set_back_holds_no_new_page(bench: Bench) -> None:
    bench.post(alert())
    bench.now -= 3600 * SECOND
    bench.send()
    assert len(bench.provider.got) == 1


def test_what_is_tried_again_is_never_too_much(crew: MakeBench) -> None:
    bench = crew(somebody("engineer", at_most=Limit(1, 3000.0)), ladders=False)
    bench.post(alert())
    bench.post(alert(site="b"))
    bench.providers["engineer/phone"].answers = [Retry("busy"), Sent()]
    bench.send("engineer/phone")
    bench.later(60)
    bench.send("engineer/phone")
    assert [(n.incident, n.repeated) for n in bench.got("engineer/phone")] == [
        *((1, False), (2, False), (1, False))
    ]
