"""A fixed list of targets, probed in the background: for who has no service discovery."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sothat.exporters.modules import open_modules
from sothat.exporters.network.families import MEASURED
from sothat.exporters.network.rounds import Entry, Round
from sothat.exporters.probing import Limits, Module, Probed, Probes, by_name
from sothat.exporters.schema import DEFAULT_DEADLINE, DEFAULT_PROBE_SERIES, DURATION_SCHEMA
from sothat.exporters.settings import ModuleSettings
from sothat.exporters.share import Share
from sothat.exporters.source import Context, Deadline, Prober, Sample, Settings, Source
from sothat.model.duration import parse_duration
from sothat.model.metric import Contract, Label, MetricFamily
from sothat.model.problem import Problem, Unusable
from sothat.runtime.plugins import offered

DEFAULT_CONCURRENCY = 100
_PROBES = "sothat.probes"
_OWN = (
    Label("module", "Module that the target is probed with"),
    Label("target", "What is probed"),
)


class NetworkCollector:
    """Opens lists of targets."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of its settings."""
        return {
            "required": ["targets"],
            "properties": {
                "targets": {"type": "array", "minItems": 1, "items": _TARGET},
                "concurrency": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 1000,
                    "default": DEFAULT_CONCURRENCY,
                },
                "interval": {**DURATION_SCHEMA, "default": "30s"},
                "deadline": {**DURATION_SCHEMA, "default": "25s"},
                "max_series": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 1_000_000,
                    "default": 50_000,
                },
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source."""
        modules = _opened(settings, context)
        entries = [*_entries(settings, modules)]
        problems = [*_problems(settings, entries)]
        source = NetworkSource(
            entries, settings.values.get("concurrency", DEFAULT_CONCURRENCY), context
        )
        if problems:
            source.close()
            raise Unusable(problems)
        return source


_TARGET: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["module", "target"],
    "properties": {
        "module": {"type": "string", "minLength": 1},
        "target": {"type": "string", "minLength": 1},
        "labels": {
            "type": "object",
            "propertyNames": {"pattern": "^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$"},
            "additionalProperties": {"type": "string"},
        },
    },
}


def _opened(settings: Settings, context: Context) -> Mapping[str, Module]:
    """Return the modules that the targets name, each opened for this list alone.

    Raises:
        Unusable: One is not there, or cannot be opened.
    """
    written = settings.document.data.get("modules", ())
    paths = {item.get("name", item["type"]): number for number, item in enumerate(written)}
    targets = settings.values["targets"]
    missing = [
        settings.document.problem(
            "unknown-module",
            f"there is no module '{entry['module']}'",
            [*settings.path, "targets", number, "module"],
            hint="modules are declared under 'modules'",
        )
        for number, entry in enumerate(targets)
        if entry["module"] not in paths
    ]
    if missing:
        raise Unusable(missing)
    used = dict.fromkeys(entry["module"] for entry in targets)
    types: Mapping[str, Prober] = offered(_PROBES, "PROBER", Prober)
    wanted = [_module(name, Settings(settings.document, ["modules", paths[name]])) for name in used]
    return by_name(open_modules(wanted, types, context))


def _module(name: str, settings: Settings) -> ModuleSettings:
    values = settings.values
    return ModuleSettings(
        name,
        values["type"],
        parse_duration(values.get("deadline", DEFAULT_DEADLINE)),
        values.get("max_series", DEFAULT_PROBE_SERIES),
        tuple(re.compile(pattern) for pattern in values.get("targets", ())),
        settings,
    )


def _entries(settings: Settings, modules: Mapping[str, Module]) -> Iterator[Entry]:
    targets = settings.values["targets"]
    names = dict.fromkeys(name for entry in targets for name in entry.get("labels", {}))
    for entry in targets:
        module, target, own = modules[entry["module"]], entry["target"], entry.get("labels", {})
        # A label that only others have is empty: to Prometheus, that is to have none.
        labels = {name: own.get(name, "") for name in names}
        yield Entry(module, target, {"module": module.name, "target": target, **labels})


def _problems(settings: Settings, entries: Sequence[Entry]) -> Iterator[Problem]:
    """Yield what is wrong with single targets."""
    seen = set()
    for number, entry in enumerate(entries):
        path = [*settings.path, "targets", number]
        taken = {label for family in _families(entry) for label in family.label_names}
        written = settings.values["targets"][number].get("labels", {})
        for label in sorted(written.keys() & {*taken, "le", "module", "target"}):
            message = f"the label '{label}' is taken"
            yield settings.document.problem("label-taken", message, [*path, "labels", label])
        if not entry.module.allows(entry.target):
            message = f"the module '{entry.module.name}' does not allow this target"
            yield settings.document.problem("target-not-allowed", message, [*path, "target"])
        if (entry.module.name, entry.target) in seen:
            message = f"'{entry.target}' is probed with '{entry.module.name}' already"
            yield settings.document.problem("duplicate-target", message, [*path, "target"])
        seen.add((entry.module.name, entry.target))


def _families(entry: Entry) -> tuple[MetricFamily, ...]:
    return (*MEASURED, *entry.module.probe.contract.families)


class NetworkSource:
    """A list of targets.

    Args:
        entries: The targets.
        concurrency: How many are probed at once, and how many may hang.
        context: The collector's.
    """

    def __init__(self, entries: Sequence[Entry], concurrency: int, context: Context) -> None:
        self._entries = entries
        self.share = Share(context.shard, context.clock)
        self.share.take(entries, _key)  # told of before the first poll
        self._limits = Limits(concurrency, concurrency)
        self._probes = Probes(context.clock)
        self._next = 0
        names = [name for name in entries[0].labels if name not in ("module", "target")]
        labels = (*_OWN, *map(Label, names))
        families = {family.name: family for entry in entries for family in _families(entry)}
        self.contract = Contract(
            "network",
            tuple(
                replace(family, labels=(*family.labels, *labels)) for family in families.values()
            ),
        )

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the samples of all targets, as they come in.

        Raises:
            PollFailed: So many probes hang that others have no place.
        """
        # Where time or places do not do for all, it is not always the same ones that are left out.
        own = self.share.take(self._entries, _key)
        entries = [*own[self._next :], *own[: self._next]]
        self._next = (self._next + self._limits.running) % max(1, len(own))
        for entry, probed in Round(entries, self._probes, self._limits, deadline).results():
            yield from _samples(entry, probed)

    def close(self) -> None:
        """Close all modules."""
        for module in {id(entry.module): entry.module for entry in self._entries}.values():
            module.probe.close()


def _key(entry: Entry) -> str:
    """Return a target's stable id: its modules may look at it from different processes."""
    return f"{entry.module.name} {entry.target}"


def _samples(entry: Entry, probed: Probed) -> Iterator[Sample]:
    for blocks in probed.groups:
        for block in blocks:
            for series, value in zip(block.series, block.values, strict=True):
                yield Sample(series.name, value, {**series.labels, **entry.labels})


COLLECTOR = NetworkCollector()
