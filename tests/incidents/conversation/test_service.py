"""The whole way: an alert, a message at the provider, a press, and the message as it has become."""

import json
import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from time import time_ns
from typing import Any

import pytest
import requests
from sothat.incidents import kit

from ..conftest import Running, alert, eventually, message  # noqa: TID252 – tests of one tree
from ..notifiers.opening import SECRET, SIGNING  # noqa: TID252
from ..notifiers.test_hearing import slack_body, slack_sign  # noqa: TID252
from ..test_notifiers import MailServer, certificate, mail  # noqa: TID252

__all__ = ["certificate", "mail"]
OUTCOMES = ("done", "refused", "unproven")
CONVERSATION = """\
people: people.yaml
conversation:
  key: {file: secrets/conversation-key}
"""
PEOPLE = """\
apiVersion: sothat/v1
kind: People
users:
  engineer:
    roles: [engineer]
    contacts:
      chat: {type: slack, token: {file: secrets/slack}, channel: U7, api: 'URL'}
      mail: {type: email, server: localhost, port: PORT, from: sothat@example.org,
             to: [engineer@example.org], timeout: 5}
"""


@dataclass
class Place:
    """A service that talks to a Slack of our own."""

    running: Running
    slack: kit.Provider

    def said(self, method: str) -> list[Any]:
        """Return what Slack was asked by a method."""
        return [one.json() for one in self.slack.asked if one.path == f"/{method}"]

    def press(self, command: str, number: int = 1, **more: Any) -> requests.Response:
        """Press a button, as Slack tells of it."""
        body = slack_body((f"sothat:{command}", str(number)), **more)
        heard = slack_sign(body, time_ns())
        url = f"{self.running.url}/callbacks/on-call"
        return requests.post(url, data=body, headers=dict(heard.headers), timeout=10)


@contextmanager
def place(data: Path, port: int = 9, more: str = "") -> Iterator[Place]:
    reply = kit.answering({"ok": True, "channel": "C42", "ts": "1.2"})
    with kit.provider(reply) as slack:
        for name, text in (("slack", SECRET), ("signing", SIGNING), ("conversation-key", SIGNING)):
            (data / "secrets" / name).write_text(text)
        config = data / "incidents.yaml"
        own = (
            "on-call: {type: slack, token: {file: secrets/slack}, channel: C42, "
            f"signing_secret: {{file: secrets/signing}}, api: '{slack.url}'}}"
        )
        mail = (
            f"office: {{type: email, server: localhost, port: {port}, from: sothat@example.org, "
            "to: [office@example.org], timeout: 5}"
        )
        text = config.read_text().replace("on-call: {type: log}", own)
        config.write_text(text.replace("office: {type: log}", mail) + CONVERSATION + more)
        people = PEOPLE.replace("URL", slack.url).replace("PORT", str(port))
        (data / "people.yaml").write_text(people)
        running = Running(data)
        running.start()
        yield Place(running, slack)
        assert running.stop() == 0


def test_from_an_alert_to_a_message_that_has_changed(data: Path) -> None:
    with place(data) as there:
        there.running.post(message(alert()))
        (posted,) = eventually(lambda: there.said("chat.postMessage"))
        assert "sothat:acknowledge" in json.dumps(posted["blocks"])
        assert there.press("acknowledge").status_code == 200
        (changed,) = eventually(lambda: there.said("chat.update"))
        assert "acknowledged by engineer" in json.dumps(changed["blocks"])
        incident = there.running.incident(1)
        assert (incident["state"], incident["acknowledged_by"]) == ("acknowledged", "engineer")
        # Pressed again by somebody else, and by nobody whom Slack vouches for.
        assert there.press("resolve", user={"id": "U999"}).status_code == 200
        forged = requests.post(
            f"{there.running.url}/callbacks/on-call",
            data=slack_body(("sothat:resolve", "1")),
            headers={"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "1"},
            timeout=10,
        )
        assert forged.status_code == 401
        assert there.running.incident(1)["state"] == "acknowledged"
        audit = there.running.get("/api/v1/audit").json()["entries"]
        assert [(e["caller"], e["action"], e["outcome"]) for e in audit] == [
            ("slack:U999", "resolve", "refused"),
            ("engineer", "acknowledge", "done"),
        ]
        for name in ("elsewhere", "office", "on-call/x", ""):
            answer = requests.post(f"{there.running.url}/callbacks/{name}", data=b"", timeout=10)
            assert answer.status_code == 404
        # What is not proven is stored with the next commit of anything.
        eventually(lambda: answers(there.running) == {"done": 1, "refused": 1, "unproven": 1})
        log = (data / "log").read_text()
        assert SECRET not in log
        assert SIGNING not in log


def answers(running: Running) -> dict[str, float]:
    """Return how many answers there were, by what became of them."""
    metrics = running.metrics()
    return {o: metrics[f'incidents_answers_total{{outcome="{o}"}}'] for o in OUTCOMES}


def links_in(text: str) -> dict[str, str]:
    """Return the signed links of a mail, by what stands before them."""
    found = re.findall(r"^(\w+): (https?://\S+/do/\S+)$", text, re.MULTILINE)
    return {name: url[url.index("/do/") :] for name, url in found}


def test_a_link_in_a_mail_shows_first_and_acts_once_it_is_pressed(
    data: Path, mail: MailServer
) -> None:
    with place(data, mail.port) as there:
        running = there.running
        running.post(message(alert(priority="P1")))
        (text,) = eventually(lambda: list(mail.mails))
        parsed = message_from_string(text.replace("\r\n", "\n"), policy=policy.default)
        links = links_in(parsed.get_content())
        assert set(links) == {"Acknowledge", "Escalate", "Resolve"}
        # A mail scanner opens everything.
        for path in links.values():
            assert running.get(path).status_code == 200
        assert running.incident(1)["state"] == "open"
        shown = running.get(links["Acknowledge"]).text
        assert "Acknowledge as office" in shown
        first, again = (
            requests.post(running.url + links["Acknowledge"], timeout=10) for _ in range(2)
        )
        assert (first.status_code, again.status_code) == (200, 200)
        assert "acknowledged by office" in again.text
        assert running.incident(1)["acknowledged_by"] == "office"
        assert requests.post(running.url + links["Resolve"], timeout=10).status_code == 200
        stale = requests.post(running.url + links["Escalate"], timeout=10)
        assert stale.status_code == 409
        assert "nobody has to be asked" in stale.text
        forged = running.get(links["Resolve"][:-2] + "xx")
        assert forged.status_code == 410
        assert "not one of ours" in forged.text
        audit = running.get("/api/v1/audit").json()["entries"]
        done = [e["action"] for e in audit if e["outcome"] == "done"]
        assert sorted(done) == ["acknowledge", "resolve"]


def test_a_reply_to_a_mail_is_taken_in(data: Path, mail: MailServer, free_url: str) -> None:
    listen = free_url.removeprefix("http://")
    own = f"  mail: {{listen: '{listen}', address: in@in.example.org, protocol: smtp}}\n"
    with place(data, mail.port, own) as there:
        there.running.post(message(alert(priority="P1")))
        (text,) = eventually(lambda: list(mail.mails))
        parsed = message_from_string(text.replace("\r\n", "\n"), policy=policy.default)
        assert parsed["Reply-To"].startswith("in+1-")
        reply = EmailMessage()
        reply["From"] = "engineer@example.org"
        reply["Message-ID"] = "<reply@example.org>"
        reply.set_content("resolve it was the fan\n\nOn Monday somebody wrote:\n> opened\n")
        host, port = listen.split(":")
        with smtplib.SMTP(host, int(port), timeout=30) as server:
            server.send_message(reply, "engineer@example.org", parsed["Reply-To"])
        incident = there.running.incident(1)
        assert (incident["state"], incident["resolved_by"]) == ("resolved", "engineer")
        # What is not wanted any more belongs to the first mail.
        texts = eventually(lambda: len(mail.mails) > 1 and list(mail.mails))
        assert parsed["Message-ID"] in texts[-1]
        assert parsed["Reply-To"].partition("@")[0] not in (data / "log").read_text()


@pytest.mark.parametrize("key", ["short", ""])
def test_a_key_that_can_be_guessed_is_refused(data: Path, key: str) -> None:
    from sothat.incidents.configuration import load_settings  # noqa: PLC0415
    from sothat.model.problem import Unusable  # noqa: PLC0415

    config = data / "incidents.yaml"
    config.write_text(config.read_text() + CONVERSATION.replace("people: people.yaml\n", ""))
    (data / "secrets/conversation-key").write_text(key)
    with pytest.raises(Unusable) as refused:
        load_settings(config, {})
    assert refused.value.problems[0].code == ("weak-key" if key else "missing-secret")
