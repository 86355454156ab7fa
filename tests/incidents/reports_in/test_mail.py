"""Mails as reports: whatever a mail server brings."""

import email
import email.policy
import re
import subprocess
import sys
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.letters.seals import Seals
from sothat.incidents.refusal import Refused
from sothat.incidents.reports_in.mail import LONGEST, Mailed, NoReport, mailed, mark
from sothat.incidents.reports_in.report import (
    Report,
    Sort,
    Standing,
    Way,
    accepted,
    answered,
    asked,
    fixed,
    refused,
)
from sothat.runtime.secrets import Secret

PLAIN = """\
From: A Guest <guest@example.org>
To: help@example.com
Subject: =?utf-8?q?Die_T=C3=BCr_klemmt?=
Message-ID: <1@example.org>
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Seit heute fr=FCh.
> so what
"""
HTML = """\
From: guest@example.org
Subject: x
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8

<html><head><style>p {}</style></head><body><p>It is <b>shut</b>.</p><script>x()</script><p>Help!
--b
Content-Type: image/png; name="door.png"
Content-Disposition: attachment; filename="door.png"

aGk=
--b--
"""


def parsed(text: str) -> Message:
    return email.message_from_string(text, policy=email.policy.default)


def test_a_plain_mail() -> None:
    found = mailed(parsed(PLAIN))
    assert found == Mailed(
        "guest@example.org",
        "A Guest",
        "Die Tür klemmt",
        "Seit heute früh.\n> so what",
        "<1@example.org>",
    )


def test_a_page_becomes_its_words_and_attachments_are_named_only() -> None:
    text = mailed(parsed(HTML)).text
    assert re.sub(r"\s+", " ", text) == "It is shut. Help! Attached, not kept: door.png"


def test_an_answer_finds_its_report_and_loses_what_it_quotes() -> None:
    subject = f"Subject: Re: AW: About it {mark(12, '0123456789abcdef')}"
    body = "The left one.\n\nOn Monday, us@example.com wrote:\n> Which door?\n"
    found = mailed(parsed(f"From: guest@example.org\n{subject}\n\n{body}"))
    assert (found.report, found.seal, found.title) == (12, "0123456789", "About it")
    assert found.text == "The left one."


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ("Auto-Submitted: auto-replied", "a program"),
        ("Precedence: bulk", "a program"),
        ("List-Id: <x>", "a program"),
        ("Return-Path: <>", "delivery"),
        ("Content-Type: multipart/report; boundary=x", "delivery"),
    ],
)
def test_programs_get_no_answer(headers: str, why: str) -> None:
    with pytest.raises(NoReport, match=why):
        mailed(parsed(f"From: guest@example.org\nSubject: x\n{headers}\n\ntext\n"))


def test_who_cannot_be_told_or_says_nothing_is_left() -> None:
    for text in (
        "Subject: x\n\nhi\n",
        "From: x\nSubject: x\n\nhi\n",
        "From: a@example.org\n\n\n",
        "",
    ):
        with pytest.raises(NoReport):
            mailed(parsed(text))


@given(
    st.binary(max_size=600),
    st.binary(max_size=200),
    st.sampled_from(["text/plain", "text/html", "x"]),
)
def test_no_mail_breaks_it(body: bytes, subject: bytes, kind: str) -> None:
    raw = b"From: guest@example.org\nSubject: " + subject + b"\nContent-Type: " + kind.encode()
    for policy in (email.policy.default, email.policy.compat32):
        message: Message = email.message_from_bytes(raw + b"\n\n" + body, policy=policy)
        try:
            found = mailed(message)
        except NoReport:
            continue
        assert len(found.text) <= LONGEST
        assert len(found.title) <= 200
        assert found.title.isprintable()


def test_a_seal_is_of_one_report_and_one_address() -> None:
    seals = Seals(Secret("k"))
    seal = seals.seal("report", 1, "a@example.org")
    assert seals.genuine(seal, "report", 1, "a@example.org")
    for purpose, number, address in (
        ("confirm", 1, "a@example.org"),
        ("report", 2, "a@example.org"),
        ("report", 1, "b@example.org"),
    ):
        assert not seals.genuine(seal, purpose, number, address)
    assert not Seals(Secret("l")).genuine(seal, "report", 1, "a@example.org")


def report(**more: object) -> Report:
    return Report(1, 0, Way.FORM, Sort.BUG, "t", "", reporter="a@example.org", **more)  # type: ignore[arg-type]


def test_a_report_is_decided_once() -> None:
    assert answered(asked(report())).state is Standing.NEW
    done = accepted(report(), 7)
    for change in (lambda r: accepted(r, 8), lambda r: refused(r, "x"), asked):
        with pytest.raises(Refused, match="accepted into #7 already"):
            change(done)
    assert answered(done) == done
    assert fixed(fixed(done, "1.2"), "1.3").fixed_in == "1.3"
    with pytest.raises(Refused, match="accept it first"):
        fixed(report(), "1.2")
    with pytest.raises(Refused, match="is out already"):
        fixed(
            Report(1, 0, Way.FORM, Sort.BUG, "t", "", state=Standing.ACCEPTED, released_at=1), "2"
        )
    with pytest.raises(Refused, match="left no address"):
        asked(Report(1, 0, Way.FORM, Sort.PROBLEM, "t", ""))


def pipe(text: str, url: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "sothat.commands", "incidents", "mail-in", "--url", url]
    return subprocess.run(
        command, check=False, input=text, capture_output=True, text=True, timeout=120
    )


def test_a_mail_server_tries_again_while_the_service_is_down(free_url: str) -> None:
    down = pipe(PLAIN, free_url)
    assert down.returncode == 75
    assert "no answer from the incident service" in down.stderr
    left = pipe(f"Precedence: bulk\n{PLAIN}", free_url)
    assert (left.returncode, left.stdout) == (0, "left: a program has sent it\n")
