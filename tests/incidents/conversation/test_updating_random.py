"""Whatever happens in whatever order: in the end each message shows what is so."""

import tempfile
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.incidents.events import Acknowledge, Command, Prioritise, Release, Reopen, Resolve
from sothat.incidents.notification import Rejected, Retry
from sothat.incidents.refusal import Refused
from sothat.incidents.store import browsing
from sothat.incidents.store.conversation import reference_of
from sothat.incidents.store.tables import OUTBOX
from sothat.incidents.timers import keep_appointments
from sothat.model.policy import Policy, Priority
from sqlalchemy import func, select

from ..conftest import alert, policy_of_tests  # noqa: TID252 – tests of one tree
from .benches import Talk

HOUR = 3600


def command(talk: Talk, event: Command) -> None:
    """Carry a command out, or be told why not."""
    try:
        talk.command(event)
    except Refused:
        return


def dead(talk: Talk) -> None:
    """Let a process die between the claim of a change and its verdict."""
    updater = talk.couriers["on-call"]._updater
    assert updater is not None
    talk.writer.run(updater._claimed).result(5)


STEPS: Mapping[str, Callable[[Talk], object]] = {
    "acknowledge": lambda talk: command(talk, Acknowledge("first")),
    "release": lambda talk: command(talk, Release("first")),
    "resolve": lambda talk: command(talk, Resolve("first")),
    "reopen": lambda talk: command(talk, Reopen("first")),
    "raise": lambda talk: command(talk, Prioritise("first", priority=Priority.P1)),
    "lower": lambda talk: command(talk, Prioritise("first", priority=Priority.P3)),
    "send": lambda talk: talk.send(),
    "later": lambda talk: talk.later(20),
    "much later": lambda talk: talk.later(HOUR),
    "fail": lambda talk: talk.chat("on-call").answers.append(Retry("busy")),
    "throttle": lambda talk: talk.chat("on-call").answers.append(Retry("busy", after=90)),
    "silence": lambda talk: talk.chat("on-call").answers.append(Retry("no answer", unsure=True)),
    "refuse": lambda talk: talk.chat("on-call").answers.append(Rejected("no")),
    "die": dead,
}


def life(policy: Policy, steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        talk = Talk(f"sqlite:///{folder}/i.db", policy)
        try:
            talk.post(alert())
            for step in steps:
                STEPS[step](talk)
            settle(talk)
        finally:
            talk.close()


def settle(talk: Talk) -> None:
    """Let every wait end with a provider that is well; then look at what it shows."""
    chat = talk.chat("on-call")
    chat.answers = []
    # What a dead process had claimed, what was put off, what becomes due in a long time; then rest.
    for hours in (2, 2, 24 * 60):
        go_on(talk, hours)
    before = len(chat.got)
    go_on(talk, 2)
    assert len(chat.got) == before, "it never comes to rest"
    assert not any(notice.reason for notice in chat.changes)
    with talk.readers.connect() as connection:
        reference = reference_of(connection, 1, "on-call")
        rows = select(func.count()).where(OUTBOX.c.channel == "on-call", OUTBOX.c.state == "sent")
        # Each row of the outbox that was sent woke somebody, and no change of a message has one.
        assert connection.execute(rows).scalar_one() <= len(chat.pages)
        incident = browsing.incident(connection, 1)
    assert incident is not None
    if reference:
        shown = chat.shows[reference]
        assert (shown.state, shown.priority) == (str(incident.state), str(incident.priority))


def go_on(talk: Talk, hours: int) -> None:
    """Let time pass, and everything that it brings about."""
    talk.later(hours * HOUR)
    talk.writer.run(keep_appointments).result(5)
    talk.send()


@settings(max_examples=12, deadline=None)
@given(steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=25))
def test_in_the_end_a_message_shows_what_is_so(steps: list[str]) -> None:
    life(policy_of_tests(), steps)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=300, deadline=None)
@given(steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=60))
def test_in_the_end_a_message_shows_what_is_so_for_long(steps: list[str]) -> None:
    life(policy_of_tests(), steps)
