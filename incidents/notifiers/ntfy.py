"""Notices on phones by ntfy: buttons that are signed links, and messages that change in place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sothat.incidents.notification import (
    Channel,
    Notice,
    Notifier,
    Result,
    Retry,
    Sent,
    body,
    subject,
)
from sothat.incidents.posting import asked, content_of, judged, plain
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_SERVER = "https://ntfy.sh"
_DEFAULT_TIMEOUT = 10.0
_PRIORITIES = {"P1": 5, "P2": 4, "P3": 3, "P4": 2}
# Neither sound nor vibration: an update wakes nobody.
_SILENT = 1
# The server makes an attachment of a message of more than 4096 bytes.
_MOST_BYTES = 3500
_MOST_ACTIONS = 3


@dataclass(frozen=True, slots=True)
class NtfyChannel:
    """Publishes to one topic.

    Attributes:
        topic: Whoever knows it can read along, so it is a secret.
        token: Of an access-controlled server.
        updates: Whether server and phones change a message in place (2.16, Android 1.22).
    """

    server: str
    topic: Secret
    token: Secret | None
    timeout: float
    updates: bool

    converses = True
    identities: tuple[str, ...] = ()

    @property
    def provider(self) -> str:
        """Return the server's host."""
        return f"ntfy {urlsplit(self.server).hostname or ''}"

    @property
    def deadline(self) -> float:
        """Return for how long an answer may trickle in."""
        return 2 * self.timeout

    def send(self, notice: Notice) -> Result:
        """Publish a message, or its next version."""
        headers = {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token.reveal()}".encode()
        response = asked(
            "POST", self.server, self.timeout, json=self._message(notice), headers=headers
        )
        if isinstance(response, Retry):
            return response
        result = judged(response, "ntfy")
        if not isinstance(result, Sent):
            return result
        if self.updates and notice.reference:
            return Sent(notice.reference)
        data = content_of(response) or {}
        return Sent(str(data.get("id", "")))

    def _message(self, notice: Notice) -> dict[str, Any]:
        message: dict[str, Any] = {
            "topic": self.topic.reveal(),
            "title": plain(subject(notice), 200),
            "message": _text(notice),
            "priority": _SILENT if notice.update else _PRIORITIES.get(notice.priority, 3),
            "actions": [*_actions(notice)][:_MOST_ACTIONS],
        }
        if notice.url:
            message["click"] = notice.url
        if self.updates and notice.reference:
            # A further page takes the place of the one before, too, though not in silence.
            message["sequence_id"] = notice.reference
        return message


def _text(notice: Notice) -> str:
    """Return a notice without its links: those are buttons."""
    # Without the first line, which is the title.
    lines = notice.text.splitlines() if notice.text else body(notice).splitlines()[2:]
    hidden = tuple(offer.url for offer in notice.offers if offer.url)
    text = "\n".join(line for line in lines if not (hidden and line.endswith(hidden)))
    return text.encode("utf-8", "replace")[:_MOST_BYTES].decode("utf-8", "ignore").strip()


def _actions(notice: Notice) -> Iterator[dict[str, Any]]:
    for offer in notice.offers:
        if offer.url:
            yield {
                "action": "http",
                "label": offer.text,
                "url": offer.url,
                "method": "POST",
                "clear": True,
            }


class NtfyNotifier:
    """Type ``ntfy``.

    ``topic`` (a secret); optionally ``server``, ``token`` (a secret), ``updates``, ``timeout``.
    """

    schema: Mapping[str, Any] = {
        "topic": SECRET_SCHEMA,
        "server": {
            "type": "string",
            "pattern": "^https?://",
            "description": "an http or https URL",
        },
        "token": SECRET_SCHEMA,
        "updates": {"type": "boolean"},
        "timeout": {"type": "number", "exclusiveMinimum": 0, "maximum": 60},
    }
    required: tuple[str, ...] = ("topic",)

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Channel:
        """Return the channel."""
        return NtfyChannel(
            server=settings.get("server", _SERVER),
            topic=secret("topic"),
            token=secret("token") if "token" in settings else None,
            timeout=settings.get("timeout", _DEFAULT_TIMEOUT),
            updates=settings.get("updates", True),
        )


NOTIFIER: Notifier = NtfyNotifier()
