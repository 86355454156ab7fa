"""Notices by e-mail over SMTP, with STARTTLS unless it is switched off."""

import smtplib
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any

from sothat.incidents.notification import (
    Channel,
    Notice,
    Notifier,
    Rejected,
    Result,
    Retry,
    Sent,
    body,
    subject,
)
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_DEFAULT_PORT = 587
_DEFAULT_TIMEOUT = 10.0
_PERMANENT = 500
_REPLY = """
Reply with "ack", "escalate" or "resolve" as the first word; any other reply is a note.
"""
_ADDRESS = {"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+$", "description": "an e-mail address"}


@dataclass(frozen=True, slots=True)
class EmailChannel:
    """Sends each notice as one plain-text message."""

    server: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    username: str
    password: Secret | None
    starttls: ssl.SSLContext | None
    timeout: float
    # What a message carries besides, such as how to unsubscribe.
    headers: Mapping[str, str] = field(default_factory=dict)
    # Seconds since 1970: many servers think ill of a message without a date.
    clock: Callable[[], float] = time.time

    converses = True
    updates = False

    @property
    def identities(self) -> tuple[str, ...]:
        """Return whose addresses it writes to."""
        return tuple(f"mailto:{address.lower()}" for address in self.recipients)

    @property
    def provider(self) -> str:
        """Return the mail server."""
        return f"email {self.server}"

    @property
    def deadline(self) -> float:
        """Return for how long the whole conversation may take."""
        return 3 * self.timeout

    def send(self, notice: Notice) -> Result:
        """Send one message to all recipients; temporary refusals are worth another try."""
        try:
            smtp = smtplib.SMTP(self.server, self.port, timeout=self.timeout)
            try:
                return self._send(smtp, notice)
            finally:
                _hang_up(smtp)
        except smtplib.SMTPResponseException as error:
            return _judge(error.smtp_code, _words(error.smtp_error))
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            return _judge(code, _words(text))
        except (OSError, smtplib.SMTPException) as error:
            return Retry(f"cannot reach the mail server: {error}")

    def _send(self, smtp: smtplib.SMTP, notice: Notice) -> Result:
        if self.starttls:
            smtp.starttls(context=self.starttls)
        if self.username and self.password:
            smtp.login(self.username, self.password.reveal())
        try:
            refused = smtp.send_message(self._message(notice))
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
            raise
        except OSError as error:
            return Retry(f"the mail server fell silent: {error}", unsure=True)
        if refused:
            # Some have it: sending again would reach those twice.
            return Rejected(f"refused for {len(refused)} of {len(self.recipients)} recipients")
        return Sent(notice.reference or self._name(notice))

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = ", ".join(self.recipients)
        message["Subject"] = _header(subject(notice))
        message["Date"] = formatdate(self.clock())
        message["Message-ID"] = self._name(notice)
        if notice.reference:
            # Mail programs show it below the incident's first.
            message["In-Reply-To"] = message["References"] = notice.reference
        if notice.answer_to:
            message["Reply-To"] = notice.answer_to
        message["Auto-Submitted"] = "auto-generated"
        for name, value in self.headers.items():
            message[name] = _header(value)
        text = body(notice)
        if notice.answer_to:
            text += _REPLY
        message.set_content(text.encode("utf-8", "replace").decode())
        return message

    def _name(self, notice: Notice) -> str:
        return f"<{notice.key}@{self.sender.partition('@')[2]}>"


def _hang_up(smtp: smtplib.SMTP) -> None:
    """End the conversation; what was taken stays taken, however that goes."""
    with suppress(OSError, smtplib.SMTPException):
        smtp.quit()
    smtp.close()


def _header(text: str) -> str:
    """Return a text that may stand in a header: one line, valid UTF-8."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain.encode("utf-8", "replace").decode()


def _words(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _judge(code: int, text: str) -> Result:
    reason = f"the mail server answered {code} {text}"
    return Rejected(reason) if code >= _PERMANENT else Retry(reason)


class EmailNotifier:
    """Type ``email``.

    ``server``, ``from``, ``to``; optionally ``port``, ``username`` with ``password`` (a secret),
    ``tls: starttls|none``, ``timeout``.
    """

    schema: Mapping[str, Any] = {
        "server": {"type": "string", "minLength": 1},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "from": _ADDRESS,
        "to": {"type": "array", "minItems": 1, "items": _ADDRESS},
        "username": {"type": "string", "minLength": 1},
        "password": SECRET_SCHEMA,
        "tls": {"enum": ["starttls", "none"]},
        "timeout": {"type": "number", "exclusiveMinimum": 0, "maximum": 60},
    }
    required: tuple[str, ...] = ("server", "from", "to")

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Channel:
        """Return the channel."""
        tls = settings.get("tls", "starttls") == "starttls"
        return EmailChannel(
            server=settings["server"],
            port=settings.get("port", _DEFAULT_PORT),
            sender=settings["from"],
            recipients=tuple(settings["to"]),
            username=settings.get("username", ""),
            password=secret("password") if "password" in settings else None,
            starttls=ssl.create_default_context() if tls else None,
            timeout=settings.get("timeout", _DEFAULT_TIMEOUT),
        )


NOTIFIER: Notifier = EmailNotifier()
