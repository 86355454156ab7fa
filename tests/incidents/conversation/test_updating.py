"""Messages that change in place: never a page, one for many changes, whatever fails."""

from collections.abc import Iterator

import pytest
from sothat.incidents.events import Acknowledge, Assign, Prioritise, Reopen, Resolve
from sothat.incidents.notification import Rejected, Retry
from sothat.incidents.store.conversation import CONVERSATION, stale_channels
from sothat.incidents.store.retention import Retention, let_go
from sothat.incidents.tallies import notified
from sothat.incidents.times import SECOND
from sothat.model.policy import Policy, Priority
from sqlalchemy import func, select

from ..conftest import alert, both  # noqa: TID252 – tests of one tree
from ..test_outbox import staffed  # noqa: TID252
from .benches import Talk

__all__ = ["staffed"]
HOUR = 3600


@pytest.fixture
def talk(store_url: str, policy: Policy) -> Iterator[Talk]:
    made = Talk(store_url, policy)
    yield made
    made.close()


def opened(talk: Talk) -> None:
    """Open an incident, and let it be told."""
    talk.post(alert())
    talk.send()


@both
def test_an_acknowledgement_changes_the_message_in_place(talk: Talk) -> None:
    opened(talk)
    talk.send()
    chat = talk.chat("on-call")
    # Nobody is known whom an escalation could ask.
    assert [offer.command for offer in chat.got[0].offers] == ["acknowledge", "resolve"]
    assert chat.changes == []
    before = (talk.counts(), talk.timeline())
    talk.command(Acknowledge("first"))
    talk.send()
    talk.send()
    (change,) = chat.changes
    assert (change.reference, change.state, change.taken_by) == (
        "message-1", "acknowledged", "first",
    )  # fmt: skip
    assert [offer.command for offer in change.offers] == ["resolve"]
    # It is no page: nothing counts it, and the timeline knows of none.
    assert talk.counts()[notified("on-call", "sent")] == before[0][notified("on-call", "sent")]
    assert talk.timeline() == before[1]


def test_changes_that_follow_each_other_are_one(talk: Talk) -> None:
    opened(talk)
    talk.command(Acknowledge("first"))
    talk.command(Prioritise("first", priority=Priority.P3))
    talk.command(Assign("first", "second"))
    talk.send()
    (change,) = talk.chat("on-call").changes
    assert (change.priority, change.taken_by) == ("P3", "second")


def test_a_further_page_belongs_to_the_first_message_which_changes_after_it(talk: Talk) -> None:
    opened(talk)
    talk.command(Resolve("first"))
    talk.send()
    chat = talk.chat("on-call")
    assert [(n.reason, n.reference, n.update) for n in chat.got] == [
        ("opened", "", False),
        ("resolved", "message-1", False),
        ("", "message-1", True),
    ]
    assert chat.changes[0].offers == ()


def test_a_page_goes_before_every_change(talk: Talk) -> None:
    opened(talk)
    talk.post(alert(site="b"))
    talk.send()
    talk.command(Acknowledge("first"))
    chat = talk.chat("on-call")
    chat.got.clear()
    # While the first is changed, somebody has to be paged.
    chat.meanwhile = lambda: talk.post(alert(site="c")) if len(chat.got) == 1 else None
    talk.post(alert(site="d"))
    talk.send()
    assert [n.update for n in chat.got] == [False, False, True]


@both
def test_a_provider_that_is_down_for_an_hour_shows_in_the_end_what_is_so(talk: Talk) -> None:
    opened(talk)
    chat = talk.chat("on-call")
    talk.command(Acknowledge("first"))
    for second in range(0, HOUR, 30):
        chat.answers = [Retry("no answer", unsure=True)]
        talk.send()
        talk.later(30)
        if second == HOUR // 2:
            talk.command(Assign("first", "second"))
    tries = len(chat.changes)
    assert 5 <= tries <= 15
    chat.answers = []
    for _ in range(60):
        talk.send()
        talk.later(30)
    assert len(chat.changes) == tries + 1
    assert chat.changes[-1].taken_by == "second"
    assert len(chat.pages) == 1
    assert talk.timeline() == [("notified", "on-call: opened")]


def test_what_the_provider_wants_holds_for_the_whole_channel(talk: Talk) -> None:
    opened(talk)
    talk.post(alert(site="b"))
    talk.send()
    chat = talk.chat("on-call")
    talk.command(Acknowledge("first"))
    chat.answers = [Retry("busy", after=120)]
    talk.send()
    talk.later(119)
    talk.send()
    assert len(chat.changes) == 1
    talk.later(2)
    talk.send()
    assert len(chat.changes) == 2


def test_a_message_that_is_gone_is_forgotten_and_the_next_stands_alone(talk: Talk) -> None:
    opened(talk)
    chat = talk.chat("on-call")
    talk.command(Acknowledge("first"))
    chat.answers = [Rejected("message_not_found")] * 9
    for _ in range(8):
        talk.send()
        talk.later(HOUR / 4)
    assert len(chat.changes) == 5
    chat.answers = []
    talk.command(Resolve("first"))
    talk.send()
    assert (chat.got[-1].reason, chat.got[-1].reference) == ("resolved", "")


def test_a_token_that_is_mended_within_the_hour_loses_no_message(talk: Talk) -> None:
    opened(talk)
    chat = talk.chat("on-call")
    talk.command(Acknowledge("first"))
    chat.answers = [Rejected("invalid_auth")] * 4
    for _ in range(5):
        talk.send()
        talk.later(HOUR / 4)
    assert len(chat.changes) == 5
    talk.command(Resolve("first"))
    talk.send()
    assert chat.changes[-1].state == "resolved"


def test_a_dead_process_leaves_a_change_to_the_next(talk: Talk) -> None:
    opened(talk)
    chat = talk.chat("on-call")
    talk.command(Acknowledge("first"))
    updater = talk.couriers["on-call"]._updater
    assert updater is not None
    assert talk.writer.run(updater._claimed).result(5) is not None
    talk.send()
    assert chat.changes == []
    talk.later(60)
    talk.send()
    assert len(chat.changes) == 1


def test_what_is_long_over_is_looked_at_no_more_until_it_opens_again(talk: Talk) -> None:
    opened(talk)
    talk.command(Resolve("first"))
    talk.send()
    talk.later(8 * 24 * HOUR)
    talk.command(Reopen("first"))
    with talk.readers.connect() as connection:
        assert stale_channels(connection, talk.now) == []
    talk.send()
    chat = talk.chat("on-call")
    assert [n.reason for n in chat.pages] == ["opened", "resolved", "reopened"]
    assert chat.changes[-1].state == "open"


@both
def test_a_conversation_goes_with_its_incident(talk: Talk) -> None:
    opened(talk)
    talk.command(Resolve("first"))
    talk.later(10)
    talk.writer.run(lambda t: let_go(t, Retention(incidents=5 * SECOND))).result(5)
    with talk.readers.connect() as connection:
        assert connection.execute(select(func.count()).select_from(CONVERSATION)).scalar() == 0


def test_a_message_about_several_is_nobodys_to_change(talk: Talk) -> None:
    for site in "abc":
        talk.post(alert(site=site))
    talk.writer.run(
        lambda t: t.connection.exec_driver_sql('UPDATE outbox SET details = \'{"held":"digest"}\'')
    ).result(5)
    talk.send()
    chat = talk.chat("on-call")
    assert len(chat.got[0].others) == 2
    talk.command(Acknowledge("first"))
    talk.send()
    assert chat.changes == []
