"""What a poll leaves behind: an immutable snapshot, screened against the contract."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sothat.exporters.source import Sample
from sothat.model.metric import Contract, MetricFamily, MetricType, index

# Lone surrogates stand for bytes that were no UTF-8; no encoder accepts them.
_SURROGATES = re.compile("[\ud800-\udfff]")
_MAX_COMPLAINTS = 5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The result of one poll.

    Attributes:
        samples: What may be exposed, in the order collected.
        success: Whether the poll was complete.
        reason: Why not; empty on success.
        finished: Monotonic time at which the poll ended, or was given up.
        duration: Seconds.
        dropped: Number of series over the budget or doubled.
    """

    samples: tuple[Sample, ...]
    success: bool
    reason: str
    finished: float
    duration: float
    dropped: int


@dataclass(frozen=True, slots=True)
class Screened:
    """Samples that may be exposed, and what was kept back.

    Attributes:
        doubled: Number of samples whose series was there already.
        refused: Number of samples outside the contract.
        complaints: The first few sentences about them.
    """

    samples: tuple[Sample, ...]
    doubled: int = 0
    refused: int = 0
    complaints: tuple[str, ...] = ()


class Screen:
    """Holds samples against a contract."""

    def __init__(self, contract: Contract) -> None:
        self._source = contract.source
        self._known = {
            name: (series.family, _expected(name, series.family))
            for name, series in index([contract]).items()
        }

    def screen(self, samples: Iterable[Sample]) -> Screened:
        """Return the samples that keep the contract, each series once, cleaned."""
        kept: dict[tuple[str, frozenset[tuple[str, str]]], Sample] = {}
        complaints: list[str] = []
        doubled = 0
        for sample in samples:
            fault = self._fault(sample)
            if fault:
                complaints.append(fault)
                continue
            clean = _cleaned(sample)
            key = (clean.name, frozenset(clean.labels.items()))
            doubled += key in kept
            kept.setdefault(key, clean)
        shown = tuple(dict.fromkeys(complaints))[:_MAX_COMPLAINTS]
        return Screened(tuple(kept.values()), doubled, len(complaints), shown)

    def _fault(self, sample: Sample) -> str:
        if sample.name not in self._known:
            return f"{self._source} does not declare {sample.name}"
        family, expected = self._known[sample.name]
        if sample.labels.keys() != expected:
            return f"{sample.name} has labels {sorted(sample.labels)}, declared {sorted(expected)}"
        if math.isnan(sample.value):
            return f"{sample.name} is not a number"
        if family.type is MetricType.COUNTER and sample.value < 0:
            return f"the counter {sample.name} is negative"
        return ""


def _expected(name: str, family: MetricFamily) -> frozenset[str]:
    own = set(family.label_names)
    if family.type is MetricType.HISTOGRAM and name.endswith("_bucket"):
        own.add("le")
    if family.type is MetricType.SUMMARY and name == family.name:
        own.add("quantile")
    return frozenset(own)


def _cleaned(sample: Sample) -> Sample:
    if not any(_SURROGATES.search(value) for value in sample.labels.values()):
        return sample
    return Sample(sample.name, sample.value, dict(_clean_labels(sample.labels)))


def _clean_labels(labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in labels.items():
        yield name, _SURROGATES.sub("\ufffd", value)
