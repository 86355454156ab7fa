"""Replies by mail: from whom, about what, and what a mail server is answered."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.conversation.links import Links
from sothat.incidents.conversation.mail_in import Mailbox, MailIn
from sothat.incidents.conversation.replies import NoReply, reply_in, token_in
from sothat.incidents.directory import Directory
from sothat.incidents.events import Close, Resolve
from sothat.incidents.people import People
from sothat.incidents.times import SECOND
from sothat.model.policy import Policy
from sothat.runtime.secrets import Secret

from ..conftest import alert  # noqa: TID252 – tests of one tree
from ..test_outbox import NOON, Provider, somebody, staffed  # noqa: TID252
from .benches import Chat, Talk

__all__ = ["staffed"]
MAILBOX = "incidents@in.example.org"


class Mails(Talk):
    """The bench with mail as everybody's channel."""

    def make_provider(self, name: str) -> Provider:
        chat = Chat(name)
        who = name.partition("/")[0]
        chat.identities = (f"mailto:{who}@example.org",)
        return chat


@pytest.fixture
def talk(store_url: str, staffed: Policy) -> Iterator[Mails]:
    made = Mails(store_url, staffed, somebody("engineer"), somebody("senior"))
    made.post(alert())
    yield made
    made.close()


def address(channel: str = "engineer/phone", number: int = 1, now: int = NOON) -> str:
    return Talk.links.reply_address(number, channel, now) if Talk.links else ""


def mail(text: str, sender: str = "engineer@example.org", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = f"Somebody <{sender}>"
    made["Message-ID"] = "<1@example.org>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


@contextmanager
def delivered(talk: Mails, *, lmtp: bool = True) -> Iterator[smtplib.SMTP]:
    """Give a mail server's connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    box = Mailbox(MAILBOX, talk.directory, talk.writer, lambda: talk.now)
    door = MailIn(listener, box, lmtp=lmtp)
    door.start()
    try:
        with (smtplib.LMTP if lmtp else smtplib.SMTP)("127.0.0.1", port, timeout=30) as client:
            yield client
    finally:
        door.stop(10)


@pytest.mark.parametrize("lmtp", [True, False])
def test_a_reply_acknowledges_once(talk: Mails, *, lmtp: bool) -> None:
    with delivered(talk, lmtp=lmtp) as server:
        for _ in range(2):
            server.send_message(mail("Ack, on my way\n\n> opened\n"), "x@example.org", address())
    assert talk.state() == "acknowledged"
    assert [(one.caller, one.action, one.outcome) for one in talk.records()] == [
        ("engineer", "acknowledge", "done")
    ]
    assert talk.notes()[-1] == "on my way"


def refused(server: smtplib.SMTP, message: EmailMessage, to: str) -> str:
    """Return why a mail is refused."""
    with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused)) as refusal:
        server.send_message(message, "x@example.org", to)
    return str(refusal.value)


def test_whoever_is_refused_learns_it_from_their_own_mail_server(talk: Mails) -> None:
    talk.command(Resolve("somebody"))
    talk.command(Close("somebody"))
    with delivered(talk) as server:
        assert "nothing is left to acknowledge" in refused(server, mail("ack"), address())
        others = mail("ack", "senior@example.org")
        assert "not one of yours" in refused(server, others, address())
        assert "not one of yours" in refused(server, mail("ack", "x@evil.example"), address())
        assert "only replies" in refused(server, mail("ack"), MAILBOX)
        assert "only replies" in refused(server, mail("ack"), "somebody@example.org")
        old = address(now=NOON - 25 * 3600 * SECOND)
        assert "time to reply" in refused(server, mail("ack"), old)
        assert "Not understood" in refused(server, mail("\n> quoted only\n"), address())
        server.send_message(mail("it was the fan", Subject="Re"), "x@example.org", address())
    assert talk.state() == "closed"
    assert talk.notes()[-1] == "it was the fan"


def test_a_reply_that_names_another_incident_is_not_taken_for_this_one(talk: Mails) -> None:
    talk.post(alert(site="b"))
    with delivered(talk) as server:
        why = refused(server, mail("resolve 2 it was the fan"), address())
        assert "about incident 1, and say 2" in why
        server.send_message(mail("ack #1"), "x@example.org", address())
        other = mail("note 2 fans are broken")
        other.replace_header("Message-ID", "<2@example.org>")
        server.send_message(other, "x@example.org", address())
    assert [talk.state(number) for number in (1, 2)] == ["acknowledged", "open"]
    assert talk.notes()[-1] == "2 fans are broken"


def test_what_a_program_sends_is_left_alone(talk: Mails) -> None:
    away = mail("ack: I am away until Monday", Auto_Submitted="auto-replied")
    with delivered(talk) as server:
        server.send_message(away, "x@example.org", address())
    assert talk.state() == "open"
    assert talk.records() == []


def test_one_who_reads_a_common_mailbox_acts_in_their_own_name(talk: Mails) -> None:
    with delivered(talk) as server:
        server.send_message(mail("ack"), "x@example.org", address("office"))
    assert talk.records()[0].caller == "engineer"


def test_a_common_mailbox_answers_as_itself(talk: Mails) -> None:
    with delivered(talk) as server:
        server.send_message(mail("ack", "office@example.org"), "x@example.org", address("office"))
    assert talk.records()[0].caller == "office"


def test_two_recipients_come_one_after_the_other(talk: Mails) -> None:
    talk.post(alert(site="b"))
    both_of_them = [address(), address(number=2)]
    with delivered(talk) as server:
        left = server.send_message(mail("ack"), "x@example.org", both_of_them)
        assert list(left) == both_of_them[1:]
        assert left[both_of_them[1]][0] == 452


@pytest.mark.parametrize(
    ("given_address", "wanted"),
    [
        ("incidents+abc@in.example.org", "abc"),
        ("<Incidents+ABC@IN.example.org>", "abc"),
        ("incidents@in.example.org", ""),
        ("others+abc@in.example.org", ""),
        ("incidents+abc@evil.example", ""),
        ("", ""),
    ],
)
def test_the_token_of_an_address(given_address: str, wanted: str) -> None:
    assert token_in(given_address, MAILBOX) == wanted


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda t: f"From: {t}\n\n{t}".encode()))
def test_any_bytes_are_a_mail_or_none(content: bytes) -> None:
    links = Links(Secret("a key of these tests"), 3600, MAILBOX)
    directory = Directory({}, People(), links=links)
    with pytest.raises(NoReply):
        reply_in(content, "1-2-abc", directory, NOON)
