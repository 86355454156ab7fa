"""Each type of channel against what a provider can answer."""

import json
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sothat.incidents.notification import Notice, Rejected, Retry, Sent, body, subject
from sothat.incidents.notifiers import email, log, webhook
from sothat.runtime.secrets import Secret

NOTICE = Notice(
    key="sothat-1-7-9",
    incident=7,
    reason="opened",
    priority="P1",
    title="A device\r\nBcc: x@example.org does not answer \ud800",
    team="building-operations",
    condition="silence",
    action="bring it back",
    so_that="rooms stay warm",
    url="http://incidents/incidents/7",
    opened_at="2026-01-05T10:00:00.000Z",
    labels={"site": "a"},
)
URL = "http://chat.example/hook"


def no_secret(name: str) -> Secret:
    raise AssertionError(name)


def test_the_log_gets_one_line(caplog: pytest.LogCaptureFixture) -> None:
    channel = log.NOTIFIER.open({}, no_secret)
    with caplog.at_level(logging.INFO):
        assert channel.send(NOTICE) == Sent()
    (record,) = caplog.records
    assert record.getMessage().startswith("[P1] #7 A device")


def test_the_text_says_if_do_so_that() -> None:
    text = body(replace(NOTICE, title="t", repeated=True))
    for line in (
        "IF: silence",
        "DO: bring it back",
        "SO THAT: rooms stay warm",
        "Where: site=a",
        "twice",
    ):
        assert line in text
    assert "twice" not in body(NOTICE)
    assert subject(replace(NOTICE, title="t", reason="resolved")) == "[P1] RESOLVED #7 t"


@responses.activate
def test_a_webhook_gets_the_notice_with_its_token_and_key() -> None:
    responses.post(URL, status=204)
    settings = {"url": URL, "token": {"env": "X"}}
    channel = webhook.NOTIFIER.open(settings, lambda _: Secret("hush – é"))
    assert channel.send(NOTICE) == Sent()
    request = responses.calls[0].request
    assert request.headers["Authorization"] == "Bearer hush – é".encode()
    assert request.headers["Idempotency-Key"] == NOTICE.key
    assert json.loads(request.body or b"")["so_that"] == "rooms stay warm"


@pytest.mark.parametrize(
    ("status", "header", "kind", "after"),
    [
        (200, "", Sent, None),
        (302, "", Rejected, None),
        (400, "", Rejected, None),
        (404, "", Rejected, None),
        (408, "", Retry, None),
        (429, "120", Retry, 120),
        (503, "in 90 s", Retry, 90),
        (500, "nonsense", Retry, None),
    ],
)
def test_a_webhooks_answers(status: int, header: str, kind: type, after: float | None) -> None:
    if header == "in 90 s":
        header = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    with responses.RequestsMock() as mock:
        mock.post(URL, status=status, headers={"Retry-After": header, "Location": "http://x/"})
        result = webhook.NOTIFIER.open({"url": URL}, no_secret).send(NOTICE)
    assert isinstance(result, kind)
    if isinstance(result, Retry):
        assert result.after == (None if after is None else pytest.approx(after, abs=60))


@responses.activate
def test_a_silent_webhook_is_tried_again_and_its_url_not_told() -> None:
    responses.post(URL, body=requests.ConnectionError(f"cannot reach {URL}?key=secret"))
    result = webhook.NOTIFIER.open({"url": URL}, no_secret).send(NOTICE)
    assert isinstance(result, Retry)
    assert "secret" not in result.reason


@dataclass
class MailServer:
    """A small SMTP server with STARTTLS; ``refusals`` maps a command to its answer."""

    certificate: Path
    refusals: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    encrypted: bool = False
    stopping: bool = False

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.listener.settimeout(0.05)
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def close(self) -> None:
        self.stopping = True
        self.thread.join(10)
        self.listener.close()

    def _serve(self) -> None:
        while not self.stopping:
            with suppress(OSError):  # nobody calls, or the client hangs up at any point
                connection, _ = self.listener.accept()
                with connection:
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(2)
        reader = connection.makefile("rb")
        connection.sendall(b"220 here\r\n")
        while line := reader.readline().decode().strip():
            command = line.split(" ", 1)[0].split(":", 1)[0].upper()
            self.commands.append(command)
            connection.sendall(f"{self._answer(command)}\r\n".encode())
            if command == "DATA" and "DATA" not in self.refusals:
                self.mails.append(self._mail(reader))
                connection.sendall(b"250 kept\r\n")
            if command == "STARTTLS" and command not in self.refusals:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.certificate)
                connection = context.wrap_socket(connection, server_side=True)
                reader = connection.makefile("rb")
                self.encrypted = True
            if command == "QUIT":
                break
        reader.close()
        connection.close()

    def _answer(self, command: str) -> str:
        usual = {
            "EHLO": "250-here\r\n250-AUTH PLAIN\r\n250 STARTTLS",
            "STARTTLS": "220 go",
            "AUTH": "235 fine",
            "DATA": "354 go",
            "QUIT": "221 bye",
        }
        return self.refusals.get(command, usual.get(command, "250 fine"))

    @staticmethod
    def _mail(reader: Any) -> str:
        lines = []
        while (line := reader.readline().decode()) not in (".\r\n", ""):
            lines.append(line)
        return "".join(lines)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    kind = serialization.PrivateFormat.PKCS8
    pem = made.public_bytes(serialization.Encoding.PEM)
    pem += key.private_bytes(serialization.Encoding.PEM, kind, plain)
    path = tmp_path / "mail.pem"
    path.write_bytes(pem)
    return path


@pytest.fixture
def mail(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = MailServer(certificate)
    yield server
    server.close()


def mail_channel(port: int, **more: Any) -> Any:
    settings = {
        "server": "localhost",
        "port": port,
        "from": "sothat@example.org",
        "to": ["on-call@example.org"],
        "timeout": 5,
        **more,
    }
    return email.NOTIFIER.open(settings, lambda _: Secret("hush"))


def test_an_email_goes_out_encrypted_and_with_a_login(mail: MailServer) -> None:
    channel = mail_channel(mail.port, username="sothat", password={"env": "X"})
    assert replace(channel, clock=lambda: 86_400.0).send(NOTICE) == Sent()
    assert mail.encrypted
    assert mail.commands.index("STARTTLS") < mail.commands.index("AUTH")
    (text,) = mail.mails
    headers = text.partition("\r\n\r\n")[0]
    assert "\r\nBcc:" not in headers
    assert "Message-ID: <sothat-1-7-9@example.org>" in headers
    assert "Date: Fri, 02 Jan 1970 00:00:00 -0000" in headers
    assert "rooms stay warm" in text


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        ("RCPT", "550 no such user", Rejected),
        ("RCPT", "451 later", Retry),
        ("MAIL", "452 full", Retry),
        ("AUTH", "535 wrong password", Rejected),
        ("DATA", "554 no", Rejected),
        ("STARTTLS", "454 not now", Retry),
    ],
)
def test_a_mail_servers_refusals(mail: MailServer, command: str, answer: str, kind: type) -> None:
    mail.refusals[command] = answer
    channel = mail_channel(mail.port, username="sothat", password={"env": "X"})
    result = channel.send(NOTICE)
    assert isinstance(result, kind), result
    assert not mail.mails
    assert "hush" not in str(result)


def test_an_untrusted_certificate_gets_nothing(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    server = MailServer(certificate)
    try:
        assert isinstance(mail_channel(server.port).send(NOTICE), Retry)
    finally:
        server.close()
    assert "MAIL" not in server.commands


def test_no_mail_server_is_tried_again(free_url: str) -> None:
    port = int(free_url.rsplit(":", 1)[1])
    assert isinstance(mail_channel(port).send(NOTICE), Retry)
