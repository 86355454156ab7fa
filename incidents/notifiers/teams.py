"""Notices in Microsoft Teams, as adaptive cards through a workflow's webhook.

A workflow takes cards in and gives nothing back: neither the message's name, so that none is
changed in place, nor a press of a button, so that buttons open signed links.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from sothat.incidents.labels import where
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
from sothat.incidents.posting import asked, judged, plain
from sothat.model.problem import unusable
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_DEFAULT_TIMEOUT = 10.0
_MOST = 600
# Connectors of old tell the endpoint's own failure in the text of a good answer.
_FAILED = "webhook message delivery failed"
_TOO_MANY = "429"


@dataclass(frozen=True, slots=True)
class TeamsChannel:
    """Posts cards to one workflow; its URL holds its key."""

    url: Secret
    timeout: float

    converses = True
    updates = False
    identities: tuple[str, ...] = ()

    @property
    def provider(self) -> str:
        """Return the workflow's host."""
        return f"teams {urlsplit(self.url.reveal()).hostname or ''}"

    @property
    def deadline(self) -> float:
        """Return for how long an answer may trickle in."""
        return 2 * self.timeout

    def send(self, notice: Notice) -> Result:
        """Post one card."""
        response = asked("POST", self.url.reveal(), self.timeout, json=_message(notice))
        return response if isinstance(response, Retry) else _judge(response)


def _judge(response: requests.Response) -> Result:
    result = judged(response, "Teams")
    if not isinstance(result, Sent) or _FAILED not in response.text.lower():
        return result
    if _TOO_MANY in response.text:
        return Retry("Teams answered 429 in a good answer")
    return Rejected("Teams refused the card in a good answer")


def _message(notice: Notice) -> dict[str, Any]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [_headline(notice), *_content(notice)],
        "actions": [*_actions(notice)],
        "msteams": {"width": "Full"},
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {
        "type": "message",
        "attachments": [{"contentType": kind, "contentUrl": None, "content": card}],
    }


def _headline(notice: Notice) -> dict[str, Any]:
    return {
        "type": "TextBlock",
        "text": _escaped(plain(subject(notice), _MOST)),
        "weight": "Bolder",
        "size": "Medium",
        "wrap": True,
        "color": "Good" if notice.reason == "resolved" else "Attention",
    }


def _content(notice: Notice) -> Iterator[dict[str, Any]]:
    if not notice.text:
        yield {"type": "FactSet", "facts": [*_facts(notice)]}
    for line in notice.text.splitlines():
        yield {"type": "TextBlock", "text": _escaped(plain(line, _MOST)), "wrap": True}


def _facts(notice: Notice) -> Iterator[dict[str, str]]:
    parts = (
        ("IF", notice.condition),
        ("DO", notice.action),
        ("SO THAT", notice.so_that),
        ("Where", where(notice.labels)),
        ("Team", notice.team),
        ("State", notice.state),
        ("Opened", notice.opened_at),
        ("Also", "; ".join(f"{o.priority} #{o.incident} {o.title}" for o in notice.others)),
        ("Note", "this may reach you twice" if notice.repeated else ""),
    )
    for name, text in parts:
        if text:
            yield {"title": name, "value": _escaped(plain(text, _MOST))}


def _actions(notice: Notice) -> Iterator[dict[str, str]]:
    for offer in notice.offers:
        if offer.url:
            yield {"type": "Action.OpenUrl", "title": offer.text, "url": offer.url}
    if notice.url:
        yield {"type": "Action.OpenUrl", "title": "Open", "url": notice.url}


def _escaped(text: str) -> str:
    """Return a text in which nothing is a link or emphasis of Markdown's."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>" else c for c in text)


class TeamsNotifier:
    """Type ``teams``: ``url`` of a workflow (a secret); optionally ``timeout``."""

    schema: Mapping[str, Any] = {
        "url": SECRET_SCHEMA,
        "timeout": {"type": "number", "exclusiveMinimum": 0, "maximum": 60},
    }
    required: tuple[str, ...] = ("url",)

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Channel:
        """Return the channel.

        Raises:
            Unusable: The secret is missing, or no URL.
        """
        url = secret("url")
        if not url.reveal().startswith(("https://", "http://")):
            hint = "it is what the workflow shows once it is saved"
            raise unusable("bad-url", "the secret is no http or https URL", hint=hint)
        return TeamsChannel(url, settings.get("timeout", _DEFAULT_TIMEOUT))


NOTIFIER: Notifier = TeamsNotifier()
