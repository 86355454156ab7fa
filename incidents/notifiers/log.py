"""Notices as log lines: for trying out, and for a shipper that turns logs into pages."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from sothat.incidents.labels import where
from sothat.incidents.notification import Channel, Notice, Notifier, Result, Sent, subject
from sothat.runtime.secrets import Secret

_LOG = logging.getLogger(__name__)


class LogChannel:
    """Writes each notice to the service's own log."""

    provider = "log"
    deadline = 10.0

    def send(self, notice: Notice) -> Result:
        """Log one line."""
        details = {
            "key": notice.key,
            "so_that": notice.so_that,
            "where": where(notice.labels),
            "url": notice.url,
        }
        _LOG.warning("%s", subject(notice), extra=details)
        return Sent()


class LogNotifier:
    """Type ``log``: no settings."""

    schema: Mapping[str, Any] = {}
    required: tuple[str, ...] = ()

    def open(self, _settings: Mapping[str, Any], _secret: Callable[[str], Secret]) -> Channel:
        """Return the channel."""
        return LogChannel()


NOTIFIER: Notifier = LogNotifier()
