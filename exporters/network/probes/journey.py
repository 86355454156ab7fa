"""What a user does, step by step: log in, read, log out."""

from collections.abc import Mapping
from typing import Any

from sothat.exporters.extra import extra
from sothat.exporters.network.credentials import SECRETS_SCHEMA
from sothat.exporters.network.forms import (
    BODIES,
    EXPECT_SCHEMA,
    EXTRACT_SCHEMA,
    HEADERS_SCHEMA,
    LIMITS_SCHEMA,
    METHOD_SCHEMA,
)
from sothat.exporters.source import Context, Probe, Settings

_MOST_STEPS = 50
STEP_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "path"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"},
        "path": {"type": "string", "minLength": 1},
        "method": METHOD_SCHEMA,
        "headers": HEADERS_SCHEMA,
        "form": {"type": "object", "additionalProperties": {"type": "string"}},
        "json": {},
        "body": {"type": "string"},
        "expect": EXPECT_SCHEMA,
        "extract": EXTRACT_SCHEMA,
        "always": {"type": "boolean", "default": False},
    },
    "dependentSchemas": {
        one: {"not": {"anyOf": [{"required": [other]} for other in BODIES if other != one]}}
        for one in BODIES
    },
}


class JourneyProber:
    """Opens modules of this type."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of its settings."""
        steps = {"type": "array", "minItems": 1, "maxItems": _MOST_STEPS, "items": STEP_SCHEMA}
        return {
            "required": ["steps"],
            "properties": {**LIMITS_SCHEMA, "secrets": SECRETS_SCHEMA, "steps": steps},
        }

    def open(self, settings: Settings, context: Context) -> Probe:
        """Return the module's probe."""
        with extra(settings, "network"):
            from sothat.exporters.network.journeys import open_journey  # noqa: PLC0415
        return open_journey(settings, context)


PROBER = JourneyProber()
