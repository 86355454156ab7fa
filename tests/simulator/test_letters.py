"""The mailbox of the demo: takes letters for everybody, keeps the newest, shows them."""

import asyncio
import smtplib
import stat
import subprocess
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests
from sothat.simulator.letters import Letters, Mailbox

from .conftest import DEMO, command, free_port, start, wait_until


def letter(subject: str, text: str = "so it is\n") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@demo.example", "b@demo.example", subject
    made.set_content(text)
    return made.as_bytes()


def test_letters_are_kept_over_a_restart_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    Letters(folder).take(letter("first"))
    again = Letters(folder)
    again.take(letter("second"))
    assert [(one.number, one.subject) for one in again.newest()] == [(2, "second"), (1, "first")]
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_the_oldest_give_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sothat.simulator.letters.KEPT", 2)
    letters = Letters(tmp_path)
    for number in range(4):
        letters.take(letter(str(number)))
    assert [one.subject for one in letters.newest()] == ["3", "2"]
    assert letters.letter(1) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"Content-Type: text/plain; charset=nothing\r\n\r\nhello",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"Subject: =?utf-8?b?//8=?=\r\nTo: <\r\n\r\n\xff",
    ],
)
def test_no_letter_breaks_the_list(tmp_path: Path, content: bytes) -> None:
    letters = Letters(tmp_path)
    letters.take(content)
    assert len(list(letters.newest())) == 1


async def answer(mailbox: Mailbox, content: bytes) -> str:
    envelope = type("Envelope", (), {"content": content})
    return await mailbox.handle_DATA(None, None, envelope)


def test_a_letter_that_cannot_be_kept_is_to_be_sent_again(tmp_path: Path) -> None:
    letters = Letters(tmp_path / "letters")
    (tmp_path / "letters").rmdir()
    assert asyncio.run(answer(Mailbox(letters), b"x")).startswith("452 ")


@pytest.mark.real
def test_a_building_with_a_mailbox_shows_what_came(tmp_path: Path) -> None:
    mail = free_port()
    with start(tmp_path, more=("--mail", f"127.0.0.1:{mail}")) as running:
        url = running.control
        text = "Look: http://127.0.0.1:1/do/x?a=1&b=2. <script>alert(1)</script>"
        with smtplib.SMTP("127.0.0.1", mail, timeout=30) as client:
            client.sendmail("a@x.example", ["b@x.example"], letter("<b>Hello</b>", text))
        wait_until(lambda: requests.get(f"{url}/api/v1/letters", timeout=10).json()["letters"])
        listed = requests.get(f"{url}/letters", timeout=10).text
        assert "&lt;b&gt;Hello&lt;/b&gt;" in listed
        page = requests.get(f"{url}/letters/1", timeout=10)
        link = "http://127.0.0.1:1/do/x?a=1&amp;b=2"
        assert f'<a href="{link}">{link}</a>.' in page.text
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert requests.get(f"{url}/letters/2", timeout=10).status_code == 404


def test_a_mailbox_is_on_loopback_only(tmp_path: Path) -> None:
    whole = command(
        *("building", "prepare", "--config", str(DEMO), "--data", str(tmp_path)),
        *("--mail", "0.0.0.0:2525"),
    )
    refused = subprocess.run(whole, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2
    assert "not-loopback" in refused.stderr
