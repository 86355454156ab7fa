"""Notices as JSON to a URL: chat tools, pagers, automation."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from sothat.incidents.notification import Channel, Notice, Notifier, Result, Retry, subject
from sothat.incidents.posting import asked, judged
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_DEFAULT_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Posts each notice; 408, 429, 5xx and network errors are worth another try."""

    url: str
    token: Secret | None
    timeout: float

    @property
    def provider(self) -> str:
        """Return the receiver's host: the rest of the URL is often a secret."""
        return f"webhook {urlsplit(self.url).hostname or ''}"

    @property
    def deadline(self) -> float:
        """Return for how long an answer may trickle in."""
        return 2 * self.timeout

    def send(self, notice: Notice) -> Result:
        """Post one notice."""
        headers: dict[str, str | bytes] = {"Idempotency-Key": notice.key}
        if self.token:
            # As bytes: a text would have to be Latin-1.
            headers["Authorization"] = f"Bearer {self.token.reveal()}".encode()
        text = "\n\n".join(part for part in (subject(notice), notice.text) if part)
        content = {**asdict(notice), "text": text}
        response = asked("POST", self.url, self.timeout, json=content, headers=headers)
        return response if isinstance(response, Retry) else judged(response, "the receiver")


class WebhookNotifier:
    """Type ``webhook``: ``url``; optionally ``token`` (a secret, sent as bearer), ``timeout``."""

    schema: Mapping[str, Any] = {
        "url": {"type": "string", "pattern": "^https?://", "description": "an http or https URL"},
        "token": SECRET_SCHEMA,
        "timeout": {"type": "number", "exclusiveMinimum": 0, "maximum": 60},
    }
    required: tuple[str, ...] = ("url",)

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Channel:
        """Return the channel."""
        token = secret("token") if "token" in settings else None
        return WebhookChannel(settings["url"], token, settings.get("timeout", _DEFAULT_TIMEOUT))


NOTIFIER: Notifier = WebhookNotifier()
