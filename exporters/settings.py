"""The exporter's configuration: one file, checked as a whole before anything starts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.exporters.poller import Plan
from sothat.exporters.source import Collector, Settings
from sothat.model.duration import parse_duration
from sothat.model.problem import Position, Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate
from sothat.runtime.serving import ADDRESS_SCHEMA, Address, parse_address

DEFAULT_LISTEN = "127.0.0.1:9780"
DEFAULT_INTERVAL = "15s"
DEFAULT_DEADLINE = "10s"
DEFAULT_MAX_SERIES = 10_000

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
# What every collector has, whatever its type.
COMMON: Mapping[str, Any] = {
    "type": {"type": "string"},
    "name": _NAME_SCHEMA,
    "enabled": {"type": "boolean", "default": True},
    "interval": {**DURATION_SCHEMA, "default": DEFAULT_INTERVAL},
    "deadline": {**DURATION_SCHEMA, "default": DEFAULT_DEADLINE},
    "max_series": {
        "type": "integer",
        "minimum": 1,
        "maximum": 1_000_000,
        "default": DEFAULT_MAX_SERIES,
    },
}


@dataclass(frozen=True, slots=True)
class CollectorSettings:
    """One enabled collector: its type, how it is polled, and what it is told."""

    type: str
    plan: Plan
    settings: Settings


@dataclass(frozen=True, slots=True)
class ExporterSettings:
    """A checked configuration."""

    listen: Address
    listen_position: Position
    collectors: tuple[CollectorSettings, ...]


def load_settings(file: Path, types: Mapping[str, Collector]) -> ExporterSettings:
    """Read and check a configuration, but for what only opening a collector can tell.

    Raises:
        Unusable: It cannot be used; all problems found are named.
    """
    document = load_document(file)
    problems = validate(document, schema(types))
    if not problems:
        problems = validate(document, _with_collectors(document, types))
    if not problems:
        problems = [*_name_clashes(document), *_hasty(document)]
    if problems:
        raise Unusable(problems)
    return _settings(document)


def schema(types: Mapping[str, Collector]) -> Mapping[str, Any]:
    """Return the JSON Schema of the file, collectors checked for their type only."""
    collector = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": sorted(types)}},
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["apiVersion", "kind", "collectors"],
        "properties": {
            "apiVersion": {"const": "sothat/v1"},
            "kind": {"const": "Exporter"},
            "listen": {**ADDRESS_SCHEMA, "default": DEFAULT_LISTEN},
            "collectors": {"type": "array", "minItems": 1, "items": collector},
        },
    }


def collector_schema(collector: Collector) -> Mapping[str, Any]:
    """Return the JSON Schema of one type's entry: what all have, and its own settings."""
    own = collector.schema()
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["type", *own.get("required", [])],
        "properties": {**COMMON, **own["properties"]},
    }


def _with_collectors(document: Document, types: Mapping[str, Collector]) -> Mapping[str, Any]:
    entries = [collector_schema(types[item["type"]]) for item in document.data["collectors"]]
    return {"properties": {"collectors": {"prefixItems": entries}}}


def _entries(document: Document) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    for number, item in enumerate(document.data["collectors"]):
        yield number, item.get("name", item["type"]), item


def _name_clashes(document: Document) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for number, name, item in _entries(document):
        if name in first:
            line = document.position(["collectors", first[name]]).line
            message = f"the name '{name}' is taken by the collector on line {line}"
            setting = "name" if "name" in item else "type"
            hint = "give each a name of its own"
            path = (*_path(number), setting)
            yield document.problem("name-clash", message, path, hint=hint)
        first.setdefault(name, number)


def _hasty(document: Document) -> Iterator[Problem]:
    for number, _, item in _entries(document):
        for setting in ("interval", "deadline"):
            if setting in item and parse_duration(item[setting]) <= 0:
                path = (*_path(number), setting)
                yield document.problem("out-of-range", f"'{setting}' must be above zero", path)


def _settings(document: Document) -> ExporterSettings:
    position = document.position(["listen"])
    listen = parse_address(document.data.get("listen", DEFAULT_LISTEN), position)
    return ExporterSettings(listen, position, tuple(_enabled(document)))


def _enabled(document: Document) -> Iterator[CollectorSettings]:
    for number, name, item in _entries(document):
        if item.get("enabled", True):
            settings = Settings(document, _path(number))
            yield CollectorSettings(item["type"], _plan(name, item), settings)


def _path(number: int) -> Sequence[str | int]:
    return ("collectors", number)


def _plan(name: str, item: Mapping[str, Any]) -> Plan:
    return Plan(
        name,
        parse_duration(item.get("interval", DEFAULT_INTERVAL)),
        parse_duration(item.get("deadline", DEFAULT_DEADLINE)),
        item.get("max_series", DEFAULT_MAX_SERIES),
    )
