"""The notifier ``hospital-building-ward-panel``: a line on the panels at the nurses' stations.

What it has to do when a panel refuses, is busy or gone is judged by sothat's contract kit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.incidents.notification import Channel, Notice, Result, Retry, subject
from sothat.incidents.posting import asked, judged
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class WardPanels:
    """The server of the panels."""

    url: str
    key: Secret
    timeout: float
    provider: str = "ward panels"

    @property
    def deadline(self) -> float:
        """Return for how long an answer may trickle in."""
        return 2 * self.timeout

    def send(self, notice: Notice) -> Result:
        """Show one notice."""
        headers = {"Idempotency-Key": notice.key, "X-Panel-Key": self.key.reveal()}
        line = {"line": " ".join(subject(notice).split()), "priority": notice.priority}
        response = asked("POST", self.url, self.timeout, json=line, headers=headers)
        return response if isinstance(response, Retry) else judged(response, "the ward panels")


class WardPanelNotifier:
    """Type ``hospital-building-ward-panel``: ``url``, ``key`` (a secret), ``timeout``."""

    schema: Mapping[str, Any] = {
        "url": {"type": "string", "pattern": "^https?://", "description": "an http or https URL"},
        "key": SECRET_SCHEMA,
        "timeout": {"type": "number", "exclusiveMinimum": 0, "maximum": 60},
    }
    required: tuple[str, ...] = ("url", "key")

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Channel:
        """Return the channel."""
        return WardPanels(settings["url"], secret("key"), settings.get("timeout", _SECONDS))


NOTIFIER = WardPanelNotifier()
