"""Notices through apprise: SMS, push, chat, voice and a hundred more, each by one URL.

The URL holds the keys, so it is a secret. Apprise writes parts of URLs into its log and its
exceptions: none of that leaves this module but the status code.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
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
    brief_text,
    subject,
)
from sothat.model.problem import unusable
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_DEFAULT_TIMEOUT = 30.0
_CODE = re.compile(r"\berror=([1-5]\d\d)\b")
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429})
_SERVER_SIDE = 500
_KINDS = {"resolved": "success", "opened": "failure", "escalated": "failure"}


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """Sends by one URL. Each attempt makes a service of its own: none is shared by threads."""

    url: Secret
    service: str
    short: bool
    deadline: float

    @property
    def provider(self) -> str:
        """Return the service's name."""
        return f"apprise {self.service}"

    def send(self, notice: Notice) -> Result:
        """Send one notice; what the provider refuses for good is not tried again."""
        kind = _KINDS.get(notice.reason, "warning")
        text = brief_text(notice) if self.short else body(notice)
        title = "" if self.short else subject(notice)
        with _overheard() as said:
            service = _service(self.url.reveal())
            if service is None:
                return Rejected("apprise does not know the URL")
            try:
                sent = service.notify(body=_clean(text), title=_clean(title), notify_type=kind)
            except Exception as error:  # noqa: BLE001 – a plug-in of apprise's may raise anything
                # The error's own text may hold the URL.
                return Retry(f"apprise failed: {type(error).__name__}", unsure=True)
        return Sent() if sent else _judge(said)


def _judge(said: list[str]) -> Result:
    """Return what a refusal means; without a status code there was no answer."""
    codes = [int(found[1]) for text in said if (found := _CODE.search(text))]
    if not codes:
        return Retry("no answer, or apprise refused the message", unsure=True)
    code = codes[-1]
    reason = f"the provider answered {code}"
    if code in _WORTH_ANOTHER_TRY or code >= _SERVER_SIDE:
        return Retry(reason)
    return Rejected(reason)


def _service(url: str) -> Any:
    """Return apprise's service for a URL, None if it is none."""
    # A second of modules that only whoever has such a channel pays for.
    from apprise import Apprise, AppriseAsset, PersistentStoreMode  # noqa: PLC0415

    asset = AppriseAsset(
        app_id="sothat",
        app_desc="sothat incidents",
        async_mode=False,
        http_redirects=False,
        pem_autogen=False,
        pgp_autogen=False,
        storage_mode=PersistentStoreMode.MEMORY,
    )
    return Apprise.instantiate(url, asset=asset)


class _Discreet(logging.Filter):
    """Lets nothing through, and keeps what is said in a context that listens."""

    def __init__(self) -> None:
        super().__init__()
        self.listening: ContextVar[list[str] | None] = ContextVar("apprise_said", default=None)

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep a record's text where somebody listens; show it to no handler."""
        said = self.listening.get()
        if said is not None:
            said.append(record.getMessage())
        return False


# Apprise has one logger, and a logger's filters must not change while others log: one for all.
_DISCREET = _Discreet()


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """Give what apprise says meanwhile in this thread, and let nobody else hear it."""
    logging.getLogger("apprise").addFilter(_DISCREET)
    said: list[str] = []
    token = _DISCREET.listening.set(said)
    try:
        yield said
    finally:
        _DISCREET.listening.reset(token)


def _clean(text: str) -> str:
    """Return text as valid UTF-8."""
    return text.encode("utf-8", "replace").decode()


class AppriseNotifier:
    """Type ``apprise``: ``url`` (a secret); optionally ``text: short|long`` and ``timeout``."""

    schema: Mapping[str, Any] = {
        "url": SECRET_SCHEMA,
        "text": {"enum": ["short", "long"]},
        "timeout": {"type": "number", "exclusiveMinimum": 0, "maximum": 60},
    }
    required: tuple[str, ...] = ("url",)

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Channel:
        """Return the channel.

        Raises:
            Unusable: The secret is missing, or no URL that apprise can send by.
        """
        url = secret("url")
        with _overheard():
            service = _service(url.reveal())
        if service is None:
            hint = "its documentation lists the URLs of all services"
            raise unusable("bad-url", "the secret is no URL that apprise can send by", hint=hint)
        return AppriseChannel(
            url=url,
            service=str(service.service_name),
            short=settings.get("text") == "short",
            deadline=settings.get("timeout", _DEFAULT_TIMEOUT),
        )


NOTIFIER: Notifier = AppriseNotifier()
