"""Whether a web page answers as it should, and where the time goes."""

from collections.abc import Mapping
from typing import Any

from sothat.exporters.extra import extra
from sothat.exporters.network.credentials import AUTH_SCHEMA, SECRETS_SCHEMA
from sothat.exporters.network.forms import (
    EXPECT_SCHEMA,
    HEADERS_SCHEMA,
    LIMITS_SCHEMA,
    METHOD_SCHEMA,
)
from sothat.exporters.source import Context, Probe, Settings


class HttpProber:
    """Opens modules of this type."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of its settings."""
        return {
            "properties": {
                **LIMITS_SCHEMA,
                "method": METHOD_SCHEMA,
                "headers": HEADERS_SCHEMA,
                "secret_headers": SECRETS_SCHEMA,
                "auth": AUTH_SCHEMA,
                "body": {"type": "string"},
                "expect": EXPECT_SCHEMA,
            }
        }

    def open(self, settings: Settings, context: Context) -> Probe:
        """Return the module's probe."""
        with extra(settings, "network"):
            from sothat.exporters.network.pages import open_page_probe  # noqa: PLC0415
        return open_page_probe(settings, context)


PROBER = HttpProber()
