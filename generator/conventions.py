"""The names of labels, annotations and rules that the compiler gives, in one place."""

import re
from collections.abc import Mapping
from types import MappingProxyType

ALERT_LABELS = ("alertname", "domain", "kind", "outcome", "priority", "severity", "team")
WATCHDOG = "Watchdog"
# What an alert on trial bears, so that its route leads to nobody.
SHADOW_LABEL = "shadow"
WEBHOOK_PATH = "/api/v1/webhooks/alertmanager"
RUNBOOK_PATH = "/runbooks/"
BOARD_PATH = "/d/"
QUERY_PATH = "/graph"
GROUP_PREFIX = "sothat-"
# What every message says (by key of the template), in this order, under these headings.
MESSAGE_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "what_happened": "What happened",
        "status": "Status",
        "impact": "Impact",
        "actions": "Actions",
        "expected_resolution": "Expected resolution",
        "workaround": "Workaround",
    }
)

_NO_WORD = re.compile(r"[\W_]+")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def record_name(alert: str, operation: str) -> str:
    """Return the name of a recording rule that an alert's kind makes."""
    return f"alert:{snake(alert)}:{operation}"


def snake(name: str) -> str:
    """Return a name in CamelCase as words joined by underscores."""
    return _WORD_START.sub("_", name).lower()


def slug(text: str) -> str:
    """Return words as a label's value: lower case, joined by dashes."""
    return _NO_WORD.sub("-", text.lower()).strip("-")
