"""Providers as they fail: what apprise and our own webhook make of it, and what they keep quiet."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sothat.incidents.bounded import Bounded
from sothat.incidents.channels import notifiers, open_at
from sothat.incidents.notification import Channel, Rejected, Result, Retry, Sent
from sothat.incidents.notifiers import email
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document
from sothat.runtime.secrets import Secret

from .peers import Behaviour, answer, half, hang, peer, reset, trickle
from .test_notifiers import NOTICE, MailServer, certificate, mail

__all__ = ["certificate", "mail"]
KEY = "hush-4711"
FAULTS = [
    (answer(200), Sent()),
    (answer(429), Retry),
    (answer(500), Retry),
    (answer(503), Retry),
    (answer(404), Rejected),
    (answer(401), Rejected),
    (reset, Retry),
]


def opened(settings: str, secret: str) -> Channel:
    """Return a channel as a configuration opens it."""
    document = parse_document(f"channels: {{c: {{{settings}}}}}", "incidents.yaml")
    paths = {"c": ("channels", "c")}
    return open_at(document, paths, notifiers(), {"KEY": secret}, Path("none"))["c"]


def by_apprise(port: int, timeout: float = 5.0, text: str = "long") -> Channel:
    url = f"json://sothat:{KEY}@127.0.0.1:{port}/{KEY}?rto=0.3&cto=1"
    return opened(f"type: apprise, url: {{env: KEY}}, timeout: {timeout}, text: {text}", url)


def by_webhook(port: int, timeout: float = 0.5) -> Channel:
    url = f"http://127.0.0.1:{port}/{KEY}"
    return opened(f"type: webhook, url: '{url}', token: {{env: KEY}}, timeout: {timeout}", KEY)


def kept(result: Result, caplog: pytest.LogCaptureFixture) -> Result:
    """Return a result; neither it nor any log line has the key."""
    assert KEY not in repr(result)
    assert KEY not in caplog.text
    return result


@pytest.mark.parametrize(("behaviour", "wanted"), FAULTS)
def test_what_apprise_makes_of_an_answer(
    behaviour: Behaviour, wanted: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with peer(behaviour) as server:
        result = kept(by_apprise(server.port).send(NOTICE), caplog)
    assert isinstance(result, wanted if isinstance(wanted, type) else type(wanted)), result
    assert json.loads(server.bodies[0])["message"].startswith("[P1]")
    if behaviour is reset:
        assert isinstance(result, Retry)
        assert result.unsure


def test_apprise_follows_no_redirect(caplog: pytest.LogCaptureFixture) -> None:
    with peer(answer(200)) as elsewhere:
        there = f"Location: http://127.0.0.1:{elsewhere.port}/"
        with peer(answer(301, there)) as server:
            result = kept(by_apprise(server.port).send(NOTICE), caplog)
        assert elsewhere.bodies == []
    assert not isinstance(result, Sent)


@pytest.mark.parametrize("make", [by_apprise, by_webhook])
@pytest.mark.parametrize("behaviour", [hang, trickle, half, reset])
def test_no_provider_holds_an_attempt_beyond_its_deadline(
    make: object, behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither by silence, nor by an answer that never ends; and it may have arrived."""
    caplog.set_level(logging.DEBUG)
    with peer(behaviour, answer(200)) as server:
        channel = by_apprise(server.port, 1.0) if make is by_apprise else by_webhook(server.port)
        bounded = Bounded("c", channel)
        result = kept(bounded.send(NOTICE), caplog)
        if make is by_apprise and behaviour is half:
            assert isinstance(result, (Sent, Retry))
        else:
            assert isinstance(result, Retry), result
            assert result.unsure
        assert bounded.send(NOTICE) == Sent()


def test_nobody_there_is_known_not_to_have_got_it(free_url: str) -> None:
    port = int(free_url.rsplit(":", 1)[1])
    result = by_webhook(port).send(NOTICE)
    assert isinstance(result, Retry)
    assert not result.unsure


def test_a_short_text_is_one_line_and_the_address() -> None:
    with peer(answer(200)) as server:
        assert by_apprise(server.port, text="short").send(NOTICE) == Sent()
    message = json.loads(server.bodies[0])["message"]
    assert message.splitlines()[-1] == "http://incidents/incidents/7"
    assert "SO THAT" not in message


def test_threads_share_nothing() -> None:
    """Many attempts at once by one channel's URL each say their own."""
    with peer(answer(200)) as good, peer(answer(404)) as bad:
        channels = [by_apprise(good.port), by_apprise(bad.port)] * 20
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda channel: channel.send(NOTICE), channels))
    assert [isinstance(result, Sent) for result in results] == [True, False] * 20
    assert {result.reason for result in results if isinstance(result, Rejected)} == {
        "the provider answered 404"
    }


def test_mail_through_apprise(mail: MailServer) -> None:
    url = (
        f"mailtos://sothat:{KEY}@localhost:{mail.port}?smtp=localhost&mode=starttls"
        "&from=sothat@example.org&to=on-call@example.org"
    )
    channel = opened("type: apprise, url: {env: KEY}", url)
    assert channel.send(NOTICE) == Sent()
    assert mail.encrypted
    assert "on-call@example.org" in mail.mails[0]
    mail.refusals["RCPT"] = "550 no such user"
    assert not isinstance(channel.send(NOTICE), Sent)


@pytest.mark.parametrize("url", [f"nonsense://{KEY}", f"{KEY}", f"slack://{KEY}", "json://"])
def test_what_is_no_url_is_refused_with_its_place_and_unseen(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "key").write_text(url)
    text = "channels:\n  chat: {type: apprise, url: {file: key}}\n"
    document = parse_document(text, "incidents.yaml")
    with pytest.raises(Unusable) as caught:
        open_at(document, {"chat": ("channels", "chat")}, notifiers(), {}, tmp_path)
    (problem,) = caught.value.problems
    assert problem.position
    assert (problem.code, problem.position.line) == ("bad-url", 2)
    assert KEY not in repr(problem)
    assert KEY not in caplog.text


def test_names_of_providers_tell_no_secret() -> None:
    assert by_apprise(1).provider == "apprise JSON"
    assert by_webhook(1).provider == "webhook 127.0.0.1"


class Sullen(MailServer):
    """A mail server that takes the mail and falls silent before it says so, or after."""

    before = False

    def _mail(self, reader: object) -> str:  # type: ignore[override]
        text = MailServer._mail(reader)
        if self.before:
            self.mails.append(text)
            raise OSError
        return text


@pytest.mark.parametrize("before", [True, False])
def test_a_mail_server_that_falls_silent(mail: MailServer, *, before: bool) -> None:
    sullen = Sullen(mail.certificate, {} if before else {"QUIT": "500 never"})
    sullen.before = before
    settings = {"server": "localhost", "port": sullen.port, "timeout": 1}
    settings |= {"from": "sothat@example.org", "to": ["on-call@example.org"]}
    channel = email.NOTIFIER.open(settings, lambda _: Secret(KEY))
    result = channel.send(NOTICE)
    sullen.close()
    assert len(sullen.mails) == 1
    if before:
        assert isinstance(result, Retry)
        assert result.unsure
    else:
        assert result == Sent()
