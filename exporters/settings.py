"""The exporter's configuration: one file, checked as a whole before anything starts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.exporters.poller import Mode, Plan
from sothat.exporters.probing import Limits
from sothat.exporters.schema import (
    DEFAULT_CONCURRENCY,
    DEFAULT_LISTEN,
    DEFAULT_MAX_STUCK,
    DEFAULT_OFFSET,
    Types,
    collector_schema,
    module_schema,
    schema,
)
from sothat.exporters.source import Settings
from sothat.model.duration import parse_duration
from sothat.model.problem import Position, Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate
from sothat.runtime.serving import Address, parse_address


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
        document: Where it stands, for what only the environment can tell.
    """

    listen: Address
    listen_position: Position
    collectors: tuple[CollectorSettings, ...]
    modules: tuple[ModuleSettings, ...]
    limits: Limits
    offset: float
    document: Document


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
        document=document,
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
