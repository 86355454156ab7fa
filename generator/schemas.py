"""The JSON schemas of the language, as shipped with the catalogue."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "Alerts": "alerts",
        "Contract": "contract",
        "Policy": "policy",
        "Recordings": "recordings",
        "Values": "values",
    }
)


@cache
def schema_for(kind: str) -> Mapping[str, Any]:
    """Return the schema of a document kind such as ``Alerts``."""
    text = files("sothat.alert_rules").joinpath("schemas", f"{KINDS[kind]}.json").read_text("utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema
