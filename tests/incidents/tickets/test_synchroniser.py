"""Tickets and incidents kept together: what goes over, what comes back, and what goes wrong."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sothat.incidents.events import (
    Acknowledge,
    Comment,
    Prioritise,
    Reopen,
    Resolve,
)
from sothat.incidents.incident import Entry, State
from sothat.incidents.tickets.mapping import Filter
from sothat.incidents.tickets.marks import Mark, mark_of, marked
from sothat.model.policy import Policy, Priority

from ..conftest import alert, both, eventually, resolved  # noqa: TID252 – tests of one tree
from .bench import MINUTE, Bench, bench


@pytest.fixture
def made(store_url: str, policy: Policy) -> Iterator[Bench]:
    """Return a bench with one replica."""
    with bench(store_url, policy) as found:
        yield found


def test_an_incident_gets_one_ticket_with_its_promise(made: Bench) -> None:
    made.post(alert())
    made.go_on(300)
    (card,) = made.board.cards.values()
    assert "SO THAT: rooms stay warm" in card.text
    assert "http://here/incidents/1" in card.text
    assert card.priority == "normal"
    (ticket,) = made.tickets()
    assert (ticket.name, ticket.url) == ("T-1", "https://board.example/T-1")
    assert made.notes()[-1].text == "board: ticket T-1"
    assert made.queue().waiting == 0


@both
def test_what_happens_here_is_told_there(made: Bench) -> None:
    made.post(alert())
    made.run()
    made.command(Acknowledge("first", "on my way"))
    made.command(Comment("first", "the fuse is gone"))
    made.run()
    card = made.board.cards["T-1"]
    assert card.status == "Doing"
    (text,) = made.said()
    assert text.index("first: acknowledged: on my way") < text.index("first: the fuse is gone")
    made.command(Prioritise("first", priority=Priority.P1))
    made.command(Resolve("first", "a new fuse"))
    made.run()
    assert (card.status, card.priority) == ("Done", "urgent")
    assert "first: resolved: a new fuse" in made.said()[-1]
    made.go_on(3600)
    assert len(made.said()) == 2
    assert made.board.calls.count("move") == 2


@both
def test_what_people_do_there_happens_here(made: Bench) -> None:
    made.post(alert())
    made.run()
    made.board.remark("T-1", "agent", "I look at it")
    made.board.give("T-1", "Doing", "agent")
    made.go_on(60)
    assert made.incident().acknowledged_by == "agent (board)"
    made.board.remark("T-1", "agent", "done")
    made.board.give("T-1", "Done", "agent")
    made.go_on(60)
    assert made.incident().resolved_by == "agent (board)"
    texts = [(n.actor, n.text) for n in made.notes() if n.kind is Entry.NOTE]
    assert texts.count(("agent (board)", "I look at it")) == 1
    made.go_on(3600)
    assert made.said() == []
    assert "move" not in made.board.calls
    made.board.give("T-1", "To Do", "agent")
    made.go_on(60)
    assert made.incident().state is State.OPEN
    assert made.incident().reopened == 1


def test_another_word_for_done_is_left_alone(made: Bench) -> None:
    made.post(alert())
    made.run()
    made.board.cards["T-1"].status = "Done"
    made.board.give("T-1", "Done", "agent")
    made.command(Resolve("first"))
    made.go_on(600)
    assert "move" not in made.board.calls
    assert len([n for n in made.notes() if n.kind is Entry.RESOLVED]) == 1


def test_what_cannot_be_is_answered_there_and_undone(made: Bench) -> None:
    made.post(alert())
    made.run()
    made.command(Resolve("first"))
    made.run()
    made.post(alert(startsAt="2026-01-05T12:00:00Z"))
    made.board.give("T-1", "To Do", "agent")
    made.go_on(600)
    assert made.incident(1).over
    assert made.board.cards["T-1"].status == "Done"
    assert "reopen was refused, #2 of the same group is open" in made.said()[-1]
    assert len(made.board.cards) == 2


@both
def test_two_replicas_make_one_ticket(store_url: str, policy: Policy) -> None:
    with bench(store_url, policy, replicas=2) as made:
        for site in "abcdef":
            made.post(alert(site=site))
        made.go_on(300)
        assert len(made.board.cards) == 6
        assert made.board.calls.count("create") == 6


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_processes_at_once_make_one_ticket_each(store_url: str, policy: Policy) -> None:
    """Each has a writer and threads of its own; only the store is one."""
    one, other = (Bench(store_url, policy, 1, None) for _ in range(2))
    board = one.board
    for made in (one, other):
        made.board = board
        made.clock = time.time_ns
        made.replicas = [made.replica()]
    board.clock = time.time_ns
    one.run()
    for made in (one, other):
        made.replicas[0].start()
    for number in range(12):
        one.post(alert(site=f"s{number}"))
    eventually(lambda: all(one.tickets(n) and one.tickets(n)[0].name for n in range(1, 13)))
    for made in (one, other):
        made.replicas[0].stop(30)
        made.close()
    assert board.calls.count("create") == len(board.cards) == 12
    assert len({card.key for card in board.cards.values()}) == 12


@pytest.mark.parametrize("fault", ["lost", "late", "crash before", "crash after"])
def test_a_creation_without_an_answer_makes_no_second_ticket(made: Bench, fault: str) -> None:
    waiting = [fault]
    made.board.faulty = lambda name, _: waiting.pop() if name == "create" and waiting else ""
    made.post(alert())
    made.hurry()
    made.go_on(1200)
    assert len(made.board.cards) == 1
    assert made.tickets()[0].name == "T-1"
    assert len([n for n in made.notes() if n.text == "board: ticket T-1"]) == 1


@pytest.mark.parametrize("fault", ["lost", "late", "crash before", "crash after"])
def test_a_comment_without_an_answer_is_not_written_twice(made: Bench, fault: str) -> None:
    made.post(alert())
    made.run()
    waiting = [fault]
    made.board.faulty = lambda name, _: waiting.pop() if name == "comment" and waiting else ""
    made.command(Comment("first", "look here"))
    made.hurry()
    made.go_on(1200)
    assert "".join(made.said()).count("look here") == 1


@pytest.mark.parametrize("fault", ["lost", "late", "crash after"])
def test_what_we_closed_is_not_taken_for_a_persons_word(made: Bench, fault: str) -> None:
    made.post(alert())
    made.run()
    waiting = [fault]
    made.board.faulty = lambda name, _: waiting.pop() if name == "move" and waiting else ""
    made.command(Resolve("first"))
    made.run()
    made.command(Reopen("first"))
    made.hurry()
    made.go_on(1800)
    assert not made.incident().over
    assert not made.board.cards["T-1"].over


def test_a_forged_mark_says_nothing_in_our_name(made: Bench) -> None:
    """Whoever may comment can copy a mark; that must not make us believe that all is told."""
    made.post(alert())
    made.run()
    made.command(Comment("first", "a first word"))
    made.go_on(60)
    (ours,) = made.said()
    mark = mark_of(ours)
    assert mark is not None
    far = Mark(mark.key, mark.told + 10**6, 10**6, mark.seal)
    for forged in (far, replace(far, seal="")):
        made.board.remark("T-1", "agent", marked("hush", forged, hidden=False))
    made.command(Comment("first", "a second word"))
    made.command(Resolve("first"))
    made.run()
    made.board.give("T-1", "To Do", "agent")
    made.post(alert(startsAt="2026-01-05T12:00:00Z"))
    made.go_on(600)
    assert "a second word" in made.said()[1]
    assert "reopen was refused" in made.said()[-1], "nor that somebody has been answered"


def test_refused_credentials_stop_it_and_call_the_owner_once(made: Bench) -> None:
    made.post(alert())
    made.board.faulty = lambda _name, _: "denied"
    made.go_on(1800)
    assert len(made.board.calls) < 5
    told = made.incident(2)
    assert (told.team, told.labels["tracker"], told.source) == ("platform", "board", "trackers")
    assert made.queue().denied
    assert made.count("denied") == 1
    made.board.faulty = lambda _name, _: ""
    made.go_on(3600)
    assert made.incident(2).over
    assert not made.queue().denied
    # The incident that the board refuses us gets no ticket there.
    assert len(made.board.cards) == 1


def test_throttling_is_heeded(made: Bench) -> None:
    made.post(alert())
    made.board.faulty = lambda _name, _: "throttled"
    made.run()
    asked = len(made.board.calls)
    made.later(89)
    made.run()
    assert len(made.board.calls) == asked
    made.board.faulty = lambda _name, _: ""
    made.later(2)
    made.run()
    assert made.tickets()[0].name == "T-1"


def test_an_hour_without_the_system_loses_nothing_and_ends_without_a_storm(made: Bench) -> None:
    for site in "abcdefghij":
        made.post(alert(site=site))
    made.run()
    made.board.faulty = lambda _name, _: "busy"
    before = len(made.board.calls)
    for turn in range(20):
        for number in range(1, 11):
            made.command(Comment("first", f"word {turn} of {number}"), number)
        made.go_on(180)
    assert len(made.board.calls) - before < 60
    assert made.queue().waiting <= 10
    made.board.faulty = lambda _name, _: ""
    before = len(made.board.calls)
    made.go_on(600)
    # A look and two comments each, and one poll each half minute.
    assert len(made.board.calls) - before < 10 * 8 + 25
    for number, name in enumerate(made.board.cards, 1):
        texts = "\n".join(made.said(name))
        places = [texts.index(f"word {turn} of {number}\n") for turn in range(20)]
        assert places == sorted(places)
    assert made.queue().waiting == 0


@both
def test_a_storm_gets_its_tickets_by_and_by_the_worst_first(store_url: str, policy: Policy) -> None:
    with bench(store_url, policy, replicas=2) as made:
        storm = [alert(site=f"s{number}", priority="P3") for number in range(95)]
        made.post(*storm)
        made.run()
        made.run(1)
        assert made.board.calls.count("create") == 30, "whichever replica makes them"
        assert (made.queue().held, made.queue().waiting) == (65, 0)
        assert made.tickets(95)[0].error == "held back: more than 30 new tickets a minute"
        made.post(alert(site="late", priority="P1"))
        # What is there goes on meanwhile.
        made.command(Acknowledge("first"))
        made.run()
        assert made.board.cards["T-1"].status == "Doing"
        # What is over by then needs none any more, and its timeline says so.
        made.post(*(resolved(one) for one in storm[80:]))
        made.later(61)
        made.run()
        made.run(1)
        assert made.board.calls.count("create") == 60
        assert list(made.board.cards.values())[30].key.endswith("-96")
        made.go_on(300)
        assert made.queue().held == made.queue().waiting == 0
        assert made.board.calls.count("create") == len(made.board.cards) == 96 - 15
        assert made.notes(95)[-1].text == "board: no ticket: it was over before its turn"
        assert made.tickets(95) == ()


def test_a_fault_of_a_plug_in_tells_no_secret_and_ends_nothing(
    made: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = ["raises", "raises"]
    made.board.faulty = lambda _name, _: waiting.pop() if waiting else ""
    made.post(alert())
    made.go_on(600)
    assert made.tickets()[0].name == "T-1"
    assert "secret" not in caplog.text


def test_what_the_system_refuses_is_said_once_and_shown(made: Bench) -> None:
    made.board.faulty = lambda name, _: "rejected" if name == "create" else ""
    made.post(alert())
    made.go_on(1200)
    assert made.board.calls.count("create") < 4
    assert [n.text for n in made.notes()].count("board: its ticket: it answered 400") == 1
    assert made.tickets()[0].error == "its ticket: it answered 400"
    made.board.faulty = lambda _name, _: ""
    made.command(Acknowledge("first"))
    made.go_on(60)
    assert made.tickets()[0].error == ""
    assert made.board.cards["T-1"].status == "Doing"


def test_a_move_that_is_refused_is_not_tried_for_ever(made: Bench) -> None:
    made.post(alert())
    made.run()
    made.board.faulty = lambda name, _: "rejected" if name == "move" else ""
    made.command(Resolve("first"))
    made.go_on(3600)
    assert made.board.calls.count("move") == 1
    assert "cannot be made Done" in made.tickets()[0].error


def test_two_robots_do_not_quarrel_for_ever(made: Bench) -> None:
    made.post(alert())
    made.run()
    for _ in range(12):
        card = made.board.cards["T-1"]
        made.board.give("T-1", "To Do" if card.over else "Done", "robot of theirs")
        made.go_on(30)
    changes = [n for n in made.notes() if n.kind in (Entry.RESOLVED, Entry.REOPENED)]
    assert len(changes) <= 6
    made.go_on(8000)
    assert made.incident().over == made.board.cards["T-1"].over


def test_only_what_is_wanted_gets_a_ticket(store_url: str, policy: Policy) -> None:
    wanted = Filter(priorities=(Priority.P1,), labels={"site": "a"}, after=5 * MINUTE)
    with bench(store_url, policy, wanted=wanted) as made:
        made.post(alert(site="a", priority="P2"), alert(site="b", priority="P1"))
        blip = alert("Blip", site="a", priority="P1")
        made.post(blip)
        made.go_on(60)
        made.post(resolved(blip))
        made.go_on(600)
        assert made.board.cards == {}
        made.command(Prioritise("first", priority=Priority.P1), 1)
        made.go_on(60)
        assert [card.key[-2:] for card in made.board.cards.values()] == ["-1"]


def test_what_was_before_the_tracker_gets_no_ticket(store_url: str, policy: Policy) -> None:
    made = Bench(store_url, policy, 1, None)
    made.post(alert())
    made.go_on(300)
    assert made.board.cards == {}
    made.command(Acknowledge("first"))
    made.go_on(60)
    made.close()
    # From then on it is like any other.
    assert len(made.board.cards) == 1
