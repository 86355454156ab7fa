"""The JSON schemas of the language, as shipped with the catalogue and completed by the kinds."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from sothat.generator.kind import Kind, installed_kinds
from sothat.generator.notifying.channel import installed_channel_types
from sothat.generator.notifying.schema import with_channels
from sothat.runtime.shapes import Predicate, predicate

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "Alerts": "alerts",
        "Contract": "contract",
        "Defaults": "defaults",
        "Dependencies": "dependencies",
        "Message": "message",
        "Pack": "pack",
        "Policy": "policy",
        "Proof": "proof",
        "Recordings": "recordings",
        "Runbook": "runbook",
        "SLOs": "slos",
        "Values": "values",
    }
)
# What every kind of alert has in its IF.
_COMMON = ("condition", "query", "window", "for", "keep_firing_for")


@cache
def schema_for(kind: str) -> Mapping[str, Any]:
    """Return the schema of a document kind such as ``Alerts``, installed kinds included."""
    schema = _shipped(kind)
    match kind:
        case "Alerts":
            schema = complete_alerts(schema, installed_kinds())
        case "Policy":
            schema = with_channels(schema, installed_channel_types())
        case "Values":
            schema = complete_values(schema, installed_kinds())
        case "Pack":
            schema = complete_pack(schema, schema_for("Values"))
    completed: Mapping[str, Any] = json.loads(as_text(schema))
    return completed


@cache
def quick_look(kind: str) -> Predicate | None:
    """Return whether data is of a kind's schema, as a function made once; see `predicate`."""
    return predicate(schema_for(kind))


def _shipped(kind: str) -> Mapping[str, Any]:
    text = files("sothat.alert_rules").joinpath("schemas", f"{KINDS[kind]}.json").read_text("utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


def complete_alerts(schema: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Mapping[str, Any]:
    """Return the schema of alerts with the IF of each kind; what it had of kinds is replaced."""
    alerts = schema["properties"]["alerts"]
    entry = {
        **alerts["items"],
        "properties": {**alerts["items"]["properties"], "kind": {"enum": list(kinds)}},
        "allOf": [_when(name) for name in kinds],
    }
    plain = {name: part for name, part in schema["$defs"].items() if not name.startswith("if-")}
    forms = {f"if-{name}": _form(kind) for name, kind in kinds.items()}
    return {
        **schema,
        "properties": {**schema["properties"], "alerts": {**alerts, "items": entry}},
        "$defs": {**plain, **forms},
    }


def _when(name: str) -> Mapping[str, Any]:
    return {
        "if": {"required": ["kind"], "properties": {"kind": {"const": name}}},
        "then": {"properties": {"if": {"$ref": f"#/$defs/if-{name}"}}},
    }


def _form(kind: Kind) -> Mapping[str, Any]:
    """Return the schema of a kind's IF."""
    durations = {key: {"$ref": "#/$defs/duration"} for key in _COMMON[2:]}
    texts = {key: {"$ref": "#/$defs/text"} for key in _COMMON[:2]}
    return {
        "type": "object",
        "description": kind.help,
        "additionalProperties": False,
        "required": [*_COMMON[:2], *kind.required],
        "properties": {**texts, **kind.properties, **durations},
        **kind.rules,
    }


def complete_values(schema: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Mapping[str, Any]:
    """Return the schema of values with all that the kinds let an environment change."""
    alerts = schema["properties"]["alerts"]
    entry = alerts["additionalProperties"]
    added = {key: part for kind in kinds.values() for key, part in kind.properties.items()}
    properties = {**added, **entry["properties"]}
    definitions = {**_shipped("Alerts")["$defs"], **schema["$defs"]}
    used = {name: definitions[name] for name in sorted(definitions) if not name.startswith("if-")}
    changed = {**alerts, "additionalProperties": {**entry, "properties": properties}}
    return {**schema, "properties": {**schema["properties"], "alerts": changed}, "$defs": used}


def complete_pack(schema: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of packs, which change of alerts what values may change."""
    changed = {**schema["properties"], "alerts": values["properties"]["alerts"]}
    return {**schema, "properties": changed, "$defs": {**values["$defs"], **schema["$defs"]}}


def as_text(schema: Mapping[str, Any]) -> str:
    """Return a schema as its file holds it."""
    return json.dumps(schema, indent=2, ensure_ascii=False, default=dict) + "\n"
