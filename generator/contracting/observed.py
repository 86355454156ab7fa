"""The families that an exposition shows, under the names that PromQL selects."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import TextIO, cast

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import (
    text_fd_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_fd_to_metric_families as parse_text
from prometheus_client.samples import Sample
from sothat.generator.contracting.fetching import Exposition
from sothat.model.metric import MetricType
from sothat.model.problem import Position, unusable

# The label that splits a family of this type into the series of one observation.
SPLITTING: Mapping[MetricType, str] = MappingProxyType(
    {MetricType.HISTOGRAM: "le", MetricType.SUMMARY: "quantile"}
)
_TYPES: Mapping[str, MetricType] = MappingProxyType(
    {
        **{kind.value: kind for kind in MetricType},
        "stateset": MetricType.GAUGE,
        "unknown": MetricType.UNTYPED,
    }
)


@dataclass(frozen=True, slots=True)
class ObservedFamily:
    """One family of an exposition.

    Attributes:
        name: As PromQL selects it; a histogram's and a summary's is the base name.
        unit: What the source says it is; empty when it says nothing.
        samples: The labels of each sample without ``le`` and ``quantile``; empty ones left out,
            as Prometheus leaves them out.
    """

    name: str
    type: MetricType
    help: str
    unit: str
    samples: tuple[Mapping[str, str], ...]


class _Lines:
    """Hands lines to a parser; remembers how many, and which names were declared with a type."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self.number = 0
        self.typed: set[str] = set()

    def __iter__(self) -> Iterator[str]:
        last = len(self._lines) - 1
        for number, line in enumerate(self._lines, start=1):
            if number > last and not line:
                return
            self.number = number
            words = line.split(None, 3)
            if words[:2] == ["#", "TYPE"]:
                self.typed.update(word.strip('"') for word in words[2:3])
            yield line + "\n"


def observe(exposition: Exposition) -> tuple[ObservedFamily, ...]:
    """Return the families of an exposition, sorted by name.

    Raises:
        Unusable: It is not in its format; the line is named.
    """
    lines = _Lines(exposition.text)
    parse = parse_openmetrics if exposition.openmetrics else parse_text
    parts: dict[str, list[ObservedFamily]] = {}
    try:
        for metric in parse(cast("TextIO", lines)):  # they only iterate over it
            found = _observed(metric, frozenset() if exposition.openmetrics else lines.typed)
            parts.setdefault(found.name, []).append(found)
    except (ValueError, IndexError, KeyError) as error:
        reason = str(error) or "not in the exposition format"
        position = Position(exposition.origin, max(lines.number, 1), 1)
        raise unusable(
            "bad-exposition", f"cannot be parsed: {reason}", position=position
        ) from error
    return tuple(_joined(parts[name]) for name in sorted(parts))


def _observed(metric: Metric, typed: Set[str]) -> ObservedFamily:
    kind = _TYPES.get(metric.type, MetricType.UNTYPED)
    splitting = SPLITTING.get(kind, "")
    samples = tuple(_labels(s, splitting) for s in metric.samples if not _is_creation(s, kind))
    return ObservedFamily(
        _selected_name(metric, kind, typed), kind, metric.documentation, metric.unit, samples
    )


def _selected_name(metric: Metric, kind: MetricType, typed: Set[str]) -> str:
    """Return the stored name of a family.

    The text parser renames counters as OpenMetrics would: it takes ``_total`` away from the
    family and gives it to every sample. ``typed`` has the names as the text declares them.
    """
    if kind is MetricType.INFO:
        return f"{metric.name}_info"
    total = f"{metric.name}_total"
    if kind is not MetricType.COUNTER or (metric.name in typed and total not in typed):
        return metric.name
    return total


def _is_creation(sample: Sample, kind: MetricType) -> bool:
    return kind is not MetricType.GAUGE and sample.name.endswith("_created")


def _labels(sample: Sample, splitting: str) -> Mapping[str, str]:
    return MappingProxyType(
        {name: value for name, value in sample.labels.items() if value and name != splitting}
    )


def _joined(parts: Sequence[ObservedFamily]) -> ObservedFamily:
    """Return a family whose samples do not stand together as one."""
    first = parts[0]
    samples = tuple(sample for part in parts for sample in part.samples)
    return ObservedFamily(first.name, first.type, first.help, first.unit, samples)


def label_names(samples: Iterable[Mapping[str, str]]) -> list[str]:
    """Return all names in the order in which they were first seen."""
    return list(dict.fromkeys(name for sample in samples for name in sample))
