"""Notices as JSON to a URL: chat tools, pagers, automation."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from sothat.incidents.notification import (
    Channel,
    Notice,
    Notifier,
    Rejected,
    Result,
    Retry,
    Sent,
    subject,
)
from sothat.runtime.secrets import SECRET_SCHEMA, Secret
from urllib3.exceptions import NewConnectionError

_DEFAULT_TIMEOUT = 10.0
_TOO_MANY = 429
_TIMED_OUT = 408


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
        """Post one notice; redirects are not followed, they would lose the body."""
        headers: dict[str, str | bytes] = {"Idempotency-Key": notice.key}
        if self.token:
            # As bytes: a text would have to be Latin-1.
            headers["Authorization"] = f"Bearer {self.token.reveal()}".encode()
        try:
            response = requests.post(
                self.url,
                json={**asdict(notice), "text": subject(notice)},
                headers=headers,
                timeout=self.timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # The error's own text may hold the URL, and a URL of this kind is often a secret.
            return Retry(f"no answer: {type(error).__name__}", unsure=_may_have_arrived(error))
        return _judge(response)


def _may_have_arrived(error: requests.RequestException) -> bool:
    """Return whether the request may have been taken, though no answer to it came."""
    cause = error.args[0] if error.args else None
    never = isinstance(getattr(cause, "reason", None), NewConnectionError)
    early = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)
    return not never and not isinstance(error, early)


def _judge(response: requests.Response) -> Result:
    code = response.status_code
    reason = f"the receiver answered {code} {response.reason or ''}".rstrip()
    if 200 <= code < 300:  # noqa: PLR2004 – the class of status codes
        return Sent()
    if code in (_TIMED_OUT, _TOO_MANY) or code >= 500:  # noqa: PLR2004 – likewise
        return Retry(reason, _retry_after(response.headers.get("Retry-After", "")))
    return Rejected(reason)


def _retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After header, in either of its forms."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


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
