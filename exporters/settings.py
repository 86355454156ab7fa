"""The exporter's configuration: one file, checked as a whole before anything starts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.exporters.poller import Mode, Plan
from sothat.exporters.probing import Limits
from sothat.exporters.source import Collector, Prober, Settings
from sothat.model.duration import parse_duration
from sothat.model.problem import Position, Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate
from sothat.runtime.serving import ADDRESS_SCHEMA, Address, parse_address

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
class CollectorSettings:
    """One enabled collector: its type, how it is polled, and what it is told."""

    type: str
    plan: Plan
    settings: Settings


@dataclass(frozen=True, slots=True)
class ModuleSettings:
    """One module of probes.

    Attributes:
        deadline: Seconds a probe may take.
        targets: What a target must match as a whole; none: any will do.
    """

    name: str
    type: str
    deadline: float
    max_series: int
    targets: tuple[re.Pattern[str], ...]
    settings: Settings


@dataclass(frozen=True, slots=True)
class ExporterSettings:
    """A checked configuration.

    Attributes:
        offset: Seconds of a scrape's time that are kept for the answer itself.
    """

    listen: Address
    listen_position: Position
    collectors: tuple[CollectorSettings, ...]
    modules: tuple[ModuleSettings, ...]
    limits: Limits
    offset: float


@dataclass(frozen=True, slots=True)
class Types:
    """What is installed, by name."""

    collectors: Mapping[str, Collector]
    probers: Mapping[str, Prober]


def load_settings(file: Path, types: Types) -> ExporterSettings:
    """Read and check a configuration, but for what only opening a collector can tell.

    Raises:
        Unusable: It cannot be used; all problems found are named.
    """
    document = load_document(file)
    problems = validate(document, schema(types))
    if not problems:
        problems = validate(document, _with_entries(document, types))
    if not problems:
        problems = [*_name_clashes(document), *_hasty(document), *_bad_patterns(document)]
    if problems:
        raise Unusable(problems)
    return _settings(document, types)


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
    return _entry_schema(COMMON, collector.schema())


def module_schema(prober: Prober) -> Mapping[str, Any]:
    """Return the JSON Schema of one module's entry: what all have, and its own settings."""
    return _entry_schema(COMMON_OF_MODULES, prober.schema())


def _entry_schema(common: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["type", *own.get("required", [])],
        "properties": {**common, **own["properties"]},
    }


def _with_entries(document: Document, types: Types) -> Mapping[str, Any]:
    collectors = [collector_schema(types.collectors[t]) for t in _types(document, "collectors")]
    modules = [module_schema(types.probers[t]) for t in _types(document, "modules")]
    entries = {"collectors": collectors, "modules": modules}
    return {"properties": {part: {"prefixItems": those} for part, those in entries.items()}}


def _types(document: Document, part: str) -> Iterator[str]:
    return (item["type"] for item in document.data.get(part, ()))


_Entry = tuple[tuple[str, int], str, Mapping[str, Any]]


def _entries(document: Document, part: str) -> Iterator[_Entry]:
    """Yield path, name and settings of each collector or module."""
    for number, item in enumerate(document.data.get(part, ())):
        yield (part, number), item.get("name", item["type"]), item


def _all_entries(document: Document) -> Iterator[_Entry]:
    for part in ("collectors", "modules"):
        yield from _entries(document, part)


def _name_clashes(document: Document) -> Iterator[Problem]:
    for part, kind in (("collectors", "collector"), ("modules", "module")):
        first: dict[str, tuple[str, int]] = {}
        for path, name, item in _entries(document, part):
            if name in first:
                line = document.position(first[name]).line
                message = f"the name '{name}' is taken by the {kind} on line {line}"
                setting = "name" if "name" in item else "type"
                hint = "give each a name of its own"
                yield document.problem("name-clash", message, (*path, setting), hint=hint)
            first.setdefault(name, path)


def _hasty(document: Document) -> Iterator[Problem]:
    for path, _, item in _all_entries(document):
        for setting in ("interval", "deadline"):
            if setting in item and parse_duration(item[setting]) <= 0:
                message = f"'{setting}' must be above zero"
                yield document.problem("out-of-range", message, (*path, setting))


def _bad_patterns(document: Document) -> Iterator[Problem]:
    for path, _, item in _entries(document, "modules"):
        for number, pattern in enumerate(item.get("targets", ())):
            try:
                re.compile(pattern)
            except re.error as error:
                message = f"not a regular expression: {error}"
                yield document.problem("bad-format", message, (*path, "targets", number))


def _settings(document: Document, types: Types) -> ExporterSettings:
    data = document.data
    position = document.position(["listen"])
    probes = data.get("probes", {})
    return ExporterSettings(
        listen=parse_address(data.get("listen", DEFAULT_LISTEN), position),
        listen_position=position,
        collectors=tuple(_enabled(document, types)),
        modules=tuple(_modules(document, types)),
        limits=Limits(
            probes.get("concurrency", DEFAULT_CONCURRENCY),
            probes.get("max_stuck", DEFAULT_MAX_STUCK),
        ),
        offset=parse_duration(data.get("scrape_timeout_offset", DEFAULT_OFFSET)),
    )


def _enabled(document: Document, types: Types) -> Iterator[CollectorSettings]:
    for path, name, item in _entries(document, "collectors"):
        if item.get("enabled", True):
            known = collector_schema(types.collectors[item["type"]])["properties"]
            plan = _plan(name, _with_defaults(item, known))
            yield CollectorSettings(item["type"], plan, Settings(document, path))


def _modules(document: Document, types: Types) -> Iterator[ModuleSettings]:
    for path, name, item in _entries(document, "modules"):
        known = module_schema(types.probers[item["type"]])["properties"]
        full = _with_defaults(item, known)
        yield ModuleSettings(
            name,
            item["type"],
            parse_duration(full["deadline"]),
            full["max_series"],
            tuple(re.compile(pattern) for pattern in item.get("targets", ())),
            Settings(document, path),
        )


def _with_defaults(
    item: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any]:
    defaults = {name: said["default"] for name, said in known.items() if "default" in said}
    return {**defaults, **item}


def _plan(name: str, item: Mapping[str, Any]) -> Plan:
    return Plan(
        name,
        parse_duration(item["interval"]),
        parse_duration(item["deadline"]),
        item["max_series"],
        Mode(item["mode"]),
    )
