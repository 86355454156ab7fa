"""The form of the exporter's configuration, as JSON Schema."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.exporters.poller import Mode
from sothat.exporters.shard_settings import SHARD_SCHEMA
from sothat.exporters.source import Collector, Prober
from sothat.runtime.addresses import ADDRESS_SCHEMA
from sothat.runtime.plugins import kept

DEFAULT_LISTEN = "127.0.0.1:9780"
DEFAULT_INTERVAL = "15s"
DEFAULT_DEADLINE = "10s"
DEFAULT_MAX_SERIES = 10_000
DEFAULT_PROBE_SERIES = 1_000
DEFAULT_OFFSET = "500ms"
DEFAULT_CONCURRENCY = 100
DEFAULT_MAX_STUCK = 100

DURATION_SCHEMA: Mapping[str, Any] = {
    "type": "string",
    "pattern": r"^(?=.)(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$",
    "description": "a duration such as 500ms, 15s or 1m30s",
}
_NAME_SCHEMA = {
    "type": "string",
    "pattern": r"^[a-z0-9][a-z0-9_-]{0,62}$",
    "description": "a name of lower-case letters, digits, - and _",
}
_MODE = {"enum": [mode.value for mode in Mode], "default": Mode.BACKGROUND.value}


def _number(default: int, most: int) -> Mapping[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": most, "default": default}


# What every collector has, whatever its type; a type may state another default.
COMMON: Mapping[str, Any] = {
    "type": {"type": "string"},
    "name": _NAME_SCHEMA,
    "enabled": {"type": "boolean", "default": True},
    "mode": _MODE,
    "interval": {**DURATION_SCHEMA, "default": DEFAULT_INTERVAL},
    "deadline": {**DURATION_SCHEMA, "default": DEFAULT_DEADLINE},
    "max_series": _number(DEFAULT_MAX_SERIES, 1_000_000),
}
# What every module of probes has.
COMMON_OF_MODULES: Mapping[str, Any] = {
    "type": {"type": "string"},
    "name": _NAME_SCHEMA,
    "deadline": {**DURATION_SCHEMA, "default": DEFAULT_DEADLINE},
    "max_series": _number(DEFAULT_PROBE_SERIES, 1_000_000),
    "targets": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
}
PROBES_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "concurrency": _number(DEFAULT_CONCURRENCY, 10_000),
        "max_stuck": _number(DEFAULT_MAX_STUCK, 10_000),
    },
}


@dataclass(frozen=True, slots=True)
class Types:
    """What is installed, by name."""

    collectors: Mapping[str, Collector]
    probers: Mapping[str, Prober]


def schema(types: Types) -> Mapping[str, Any]:
    """Return the JSON Schema of the file, collectors and modules checked for their type only."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["apiVersion", "kind"],
        # One of the two there must be: a file with neither has a typing error, or no purpose.
        "anyOf": [{"required": ["collectors"]}, {"required": ["modules"]}],
        "properties": {
            "apiVersion": {"const": "sothat/v1"},
            "kind": {"const": "Exporter"},
            "listen": {**ADDRESS_SCHEMA, "default": DEFAULT_LISTEN},
            "scrape_timeout_offset": {**DURATION_SCHEMA, "default": DEFAULT_OFFSET},
            "collectors": _listed(types.collectors),
            "modules": _listed(types.probers),
            "probes": PROBES_SCHEMA,
            "shard": SHARD_SCHEMA,
        },
    }


def _listed(types: Mapping[str, Any]) -> Mapping[str, Any]:
    entry = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": sorted(types)}},
    }
    return {"type": "array", "minItems": 1, "items": entry}


def collector_schema(collector: Collector) -> Mapping[str, Any]:
    """Return the JSON Schema of one collector's entry: what all have, and its own settings."""
    return _entry_schema(COMMON, _own(collector))


def module_schema(prober: Prober) -> Mapping[str, Any]:
    """Return the JSON Schema of one module's entry: what all have, and its own settings."""
    return _entry_schema(COMMON_OF_MODULES, _own(prober))


def _own(type_: Collector | Prober) -> Mapping[str, Any]:
    return kept(type_.schema(), Mapping, f"the schema of {type(type_).__module__}")


def _entry_schema(common: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["type", *own.get("required", [])],
        "properties": {**common, **own.get("properties", {})},
    }


def full_schema(types: Types) -> Mapping[str, Any]:
    """Return the JSON Schema of the file with all settings of all installed types, for editors."""
    whole = schema(types)
    parts = {
        "collectors": _by_type(types.collectors, collector_schema),
        "modules": _by_type(types.probers, module_schema),
    }
    properties = {**whole["properties"], **parts}
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**dialect, "title": "Exporter", **whole, "properties": properties}


def _by_type(types: Mapping[str, Any], entry: Callable[[Any], Mapping[str, Any]]) -> Any:
    listed = _listed(types)
    chosen = [
        {"if": {"properties": {"type": {"const": name}}}, "then": entry(types[name])}
        for name in types
    ]
    if not chosen:  # the language has no empty list of conditions
        return listed
    return {**listed, "items": {**listed["items"], "allOf": chosen}}
