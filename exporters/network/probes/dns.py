"""Whether a name server answers a question, what with, how soon; and whether others agree."""

from collections.abc import Mapping
from typing import Any

from sothat.exporters.extra import extra
from sothat.exporters.network.expressions import EXPRESSION_SCHEMA
from sothat.exporters.network.line import IP_SCHEMA
from sothat.exporters.source import Context, Probe, Settings

_CODE = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9-]*$"}


class DnsProber:
    """Opens modules of this type."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of its settings."""
        return {
            "required": ["query_name"],
            "properties": {
                "query_name": {"type": "string", "minLength": 1},
                "query_type": {**_CODE, "default": "A"},
                "ip": IP_SCHEMA,
                "transport": {"enum": ["udp", "tcp"], "default": "udp"},
                "recursion": {"type": "boolean", "default": True},
                "rcodes": {"type": "array", "minItems": 1, "items": _CODE},
                "answer_matches": EXPRESSION_SCHEMA,
                "answer_not_matches": EXPRESSION_SCHEMA,
                "compare": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 20,
                    "uniqueItems": True,
                    "items": {"type": "string", "minLength": 1},
                },
                "agreement": {"enum": ["required", "report"], "default": "report"},
            },
        }

    def open(self, settings: Settings, context: Context) -> Probe:  # noqa: ARG002
        """Return the module's probe."""
        with extra(settings, "network"):
            from sothat.exporters.network.lookups import open_lookup  # noqa: PLC0415
        return open_lookup(settings)


PROBER = DnsProber()
