"""What becomes of a gesture: one action and one record, however often it comes."""

from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from sothat.incidents.access.scope import Scope
from sothat.incidents.conversation.gestures import Gesture, Outcome
from sothat.incidents.conversation.performing import Way, perform
from sothat.incidents.counts import Counts
from sothat.incidents.events import Close, Release, Resolve
from sothat.incidents.incident import Rules
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.writer import Writer
from sothat.model.policy import Policy

from ..conftest import alert, both  # noqa: TID252 – tests of one tree
from ..test_outbox import somebody, staffed  # noqa: TID252
from .benches import Talk

__all__ = ["staffed"]


@pytest.fixture
def talk(store_url: str, staffed: Policy) -> Iterator[Talk]:
    made = Talk(store_url, staffed, somebody("engineer"), somebody("senior"), somebody("vendor"))
    made.post(alert())
    yield made
    made.close()


def told(talk: Talk) -> list[tuple[str, str, str]]:
    """Return who did what, and what came of it, as the audit log has it."""
    return [(one.caller, one.action, one.outcome) for one in talk.records()]


@both
def test_a_press_is_an_action_and_a_record(talk: Talk) -> None:
    talk.send("engineer/phone")
    (notice,) = talk.got("engineer/phone")
    assert [offer.command for offer in notice.offers] == ["acknowledge", "escalate", "resolve"]
    outcome = talk.make("acknowledge")
    assert outcome.done
    assert outcome.text.startswith("#1 A device does not answer: acknowledged by engineer at ")
    assert told(talk) == [("engineer", "acknowledge", "done")]
    assert talk.records()[0].detail["via"] == "office"


@pytest.mark.parametrize("key", ["k1", "k2"])
@pytest.mark.parametrize("command", ["acknowledge", "resolve", "escalate"])
def test_a_button_that_is_pressed_twice_is_one_action_and_one_record(
    talk: Talk, command: str, key: str
) -> None:
    first, again = talk.make(command, key="k1"), talk.make(command, key=key)
    assert first.done
    assert again.done
    assert again.text == first.text
    assert told(talk) == [("engineer", command, "done")]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_replicas_and_a_button_pressed_on_both_at_once(talk: Talk, store_url: str) -> None:
    """Each with a writer of its own on the same store, as two processes have."""
    engine = writer_engine(store_url)
    assert talk.roster is not None
    rules = Rules(talk.roster.policy, 0, roster=talk.roster)
    other = Writer(engine, rules, Counts(), lambda: talk.now, lambda: None)
    other.start()
    try:
        for number in range(2, 12):
            talk.post(alert(site=f"s{number}"))
        for number in range(1, 12):
            outcomes = pressed_at_once(talk, other, number)
            assert [one.done for one in outcomes] == [True, True]
    finally:
        other.stop()
        engine.dispose()
    assert told(talk) == [("engineer", "acknowledge", "done")] * 11


def pressed_at_once(talk: Talk, other: Writer, number: int) -> list[Outcome]:
    """Press the button of an incident twice, on each replica once."""

    def press(writer: Writer, key: str) -> Future[Outcome]:
        gesture = Gesture(number, "acknowledge", "chat:engineer", key)
        return writer.run(lambda t: perform(t, gesture, Way("office"), talk.directory))

    return [f.result(20) for f in (press(talk.writer, "first"), press(other, "second"))]


def test_two_people_who_press_at_once_are_told_which_of_them_has_it(talk: Talk) -> None:
    assert talk.make("acknowledge", "engineer").done
    second = talk.make("acknowledge", "senior")
    assert not second.done
    assert "already acknowledged by engineer" in second.text
    assert told(talk) == [("engineer", "acknowledge", "done"), ("senior", "acknowledge", "refused")]


def test_a_stale_button_is_refused_in_the_words_of_the_table(talk: Talk) -> None:
    talk.command(Resolve("somebody"))
    outcome = talk.make("acknowledge")
    assert not outcome.done
    assert "resolved by somebody" in outcome.text
    assert "nothing is left to acknowledge" in outcome.text
    assert talk.state() == "resolved"
    assert told(talk) == [("engineer", "acknowledge", "refused")]


def test_a_reply_to_a_closed_incident_is_a_note_that_opens_nothing(talk: Talk) -> None:
    talk.command(Resolve("somebody"))
    talk.command(Close("somebody"))
    assert not talk.make("resolve").done
    outcome = talk.make("note", key="mail-1", text="it was the fan")
    again = talk.make("note", key="mail-1", text="it was the fan")
    assert outcome.done
    assert again.done
    assert talk.state() == "closed"
    assert talk.notes().count("it was the fan") == 1
    assert [one[1:] for one in told(talk)] == [("resolve", "refused"), ("note", "done")]


def test_a_stranger_is_refused_and_recorded(talk: Talk) -> None:
    outcome = talk.make("resolve", "stranger")
    assert outcome.text == "Nothing changed: you are not among the contacts here."
    assert talk.state() == "open"
    assert told(talk) == [("chat:stranger", "resolve", "refused")]


@both
def test_who_sees_one_site_reads_and_changes_nothing_of_another(
    store_url: str, staffed: Policy
) -> None:
    """A client's own technician may be among the contacts, and texts any number."""
    technician = somebody("engineer", sees=Scope(sites=("a",)))
    talk = Talk(store_url, staffed, technician, somebody("senior"))
    try:
        talk.post(alert())
        talk.post(alert(site="b", annotations={"summary": "zebra"}))
        assert talk.make("acknowledge").done
        for command in ("acknowledge", "resolve", "escalate", "note"):
            for person in ("", "engineer"):
                refused, missing = (
                    talk.make(command, key=command, incident=number, person=person)
                    for number in (2, 99)
                )
                assert not refused.done
                assert refused.text == missing.text.replace("99", "2")
        assert talk.state(2) == "open"
        assert talk.make("acknowledge", "senior", incident=2).done
        # That it is done says no more of it either.
        assert "zebra" not in talk.make("acknowledge", key="k9", incident=2).text
    finally:
        talk.close()


@pytest.mark.parametrize("number", [99, 2**53, 10**14])
def test_there_is_no_such_incident(talk: Talk, number: int) -> None:
    outcome = talk.make("acknowledge", incident=number)
    assert outcome.text == f"Nothing changed: there is no incident {number}."


@pytest.mark.parametrize(("command", "number"), [("", 1), ("acknowledge", None), ("reboot", 1)])
def test_what_is_not_understood_is_explained(talk: Talk, command: str, number: int | None) -> None:
    outcome = talk.make(command, incident=number)
    assert not outcome.done
    assert "ack 12" in outcome.text
    assert told(talk) == []


def test_a_new_press_after_it_was_given_back_acknowledges_anew(talk: Talk) -> None:
    talk.make("acknowledge", key="k1")
    talk.command(Release("somebody"))
    assert talk.make("acknowledge", key="k2").done
    assert talk.state() == "acknowledged"


def test_escalating_asks_the_next_level_at_once_and_each_minute_one_more(talk: Talk) -> None:
    talk.later(60)
    for key in ("k1", "k2"):
        assert talk.make("escalate", key=key).text == (
            "#1 A device does not answer: the next level is asked."
        )
        talk.later(61)
    asked = [text for text in talk.notes() if text.startswith("technical escalation")]
    assert asked == [
        "technical escalation, first-level: engineer",
        "technical escalation, second-level: senior",
    ]
    assert talk.make("escalate", key="k3").done
    talk.later(61)
    last = talk.make("escalate", key="k4")
    assert last.text == "Nothing changed: nobody is left who could be asked."


def test_whoever_has_it_is_asked_before_others_are(talk: Talk) -> None:
    talk.make("acknowledge", "senior")
    outcome = talk.make("escalate", "engineer")
    assert "acknowledged by senior" in outcome.text
    assert "give it back" in outcome.text
