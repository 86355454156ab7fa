"""The schema of a policy's channels, as the installed types make it."""

from collections.abc import Mapping
from typing import Any

from sothat.generator.notifying.channel import ChannelType

_NAME = {"$ref": "#/$defs/name"}
# What every channel may have.
_COMMON: Mapping[str, Any] = {
    "description": {"$ref": "#/$defs/text"},
    "hours": {**_NAME, "description": "The hours in which it hears; left out: always."},
    "calendar": {**_NAME, "description": "The calendar in whose time the hours are."},
}
# Hours without a place are at no time, and a place alone says nothing.
_TOGETHER = {"hours": ["calendar"], "calendar": ["hours"]}
_PREFIX = "channel-"


def with_channels(schema: Mapping[str, Any], types: Mapping[str, ChannelType]) -> Mapping[str, Any]:
    """Return the schema of policies with the channels of each type; what it had is replaced."""
    channels = schema["properties"]["channels"]
    entry = {
        "type": "object",
        "required": ["description"],
        "properties": {"type": {"enum": list(types)}},
        "if": {"required": ["type"]},
        "then": {"allOf": [_when(name) for name in types]},
        "else": {"$ref": f"#/$defs/{_PREFIX}untyped"},
    }
    kept = {k: part for k, part in schema["$defs"].items() if not k.startswith(_PREFIX)}
    untyped = {"type": "object", "additionalProperties": False, "properties": _COMMON}
    forms = {f"{_PREFIX}{name}": _form(each) for name, each in types.items()}
    return {
        **schema,
        "properties": {
            **schema["properties"],
            "channels": {**channels, "additionalProperties": entry},
        },
        "$defs": {**kept, f"{_PREFIX}untyped": {**untyped, **_rules({})}, **forms},
    }


def _when(name: str) -> Mapping[str, Any]:
    return {
        "if": {"properties": {"type": {"const": name}}},
        "then": {"$ref": f"#/$defs/{_PREFIX}{name}"},
    }


def _form(each: ChannelType) -> Mapping[str, Any]:
    """Return the schema of a type's channels."""
    return {
        "type": "object",
        "description": each.help,
        "additionalProperties": False,
        "required": list(each.required),
        "properties": {**_COMMON, "type": True, **each.properties},
        **_rules(each.rules),
    }


def _rules(own: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**own, "dependentRequired": {**_TOGETHER, **own.get("dependentRequired", {})}}
