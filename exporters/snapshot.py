"""What a poll leaves behind: an immutable snapshot, screened against the contract."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.exporters.series import Block, Series
from sothat.exporters.source import Sample
from sothat.model.metric import Contract, MetricFamily, MetricType, index

# Lone surrogates stand for bytes that were no UTF-8; no encoder accepts them.
_SURROGATES = re.compile("[\ud800-\udfff]")
_MAX_COMPLAINTS = 5
# Series that have vanished are forgotten once they are more than those that are there.
_SPARE_SERIES = 1024


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The result of one poll.

    Attributes:
        blocks: What may be exposed, by family, in the order collected.
        success: Whether the poll was complete.
        reason: Why not; empty on success.
        finished: Monotonic time at which the poll ended, or was given up.
        duration: Seconds.
        dropped: Number of series over the budget or doubled.
    """

    blocks: tuple[Block, ...]
    success: bool
    reason: str
    finished: float
    duration: float
    dropped: int

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Return what may be exposed as samples."""
        return _samples(self.blocks)


@dataclass(frozen=True, slots=True)
class Screened:
    """What may be exposed, and what was kept back.

    Attributes:
        doubled: Number of samples whose series was there already.
        refused: Number of samples outside the contract.
        complaints: The first few sentences about them.
    """

    blocks: tuple[Block, ...]
    doubled: int = 0
    refused: int = 0
    complaints: tuple[str, ...] = ()

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Return what may be exposed as samples."""
        return _samples(self.blocks)


class Screen:
    """Holds samples against a contract; keeps the series it has met. For one thread at a time."""

    def __init__(self, contract: Contract, declared: "_Declared | None" = None) -> None:
        self._contract = contract
        self._declared = _declared(contract) if declared is None else declared
        # By the items of their labels, in the order given; then by name.
        self._series: dict[_Items, dict[str, Series]] = {}
        self._met_since = 0
        self._round = 0

    def fresh(self) -> "Screen":
        """Return a screen for the same contract that has met nothing yet."""
        return Screen(self._contract, self._declared)

    def screen(self, samples: Iterable[Sample]) -> Screened:
        """Return what keeps the contract, each series once, cleaned."""
        self._round = now = self._round + 1
        labels: Mapping[str, str] | None = None
        items: _Items = ()
        known: dict[str, Series] = {}
        blocks: dict[str, Block] = {}
        complaints: list[str] = []
        doubled = 0
        for sample in samples:
            try:
                value = float(sample.value)
                if sample.labels is not labels:  # figures of one thing often share one mapping
                    items = tuple(sample.labels.items())
                    known = self._series.get(items) or {}
                    labels = sample.labels
                series = known.get(sample.name)
                if series is None:
                    series = self._met(sample, items)
                    known = self._series[items]
            except (_OutsideError, AttributeError, TypeError, ValueError, OverflowError) as error:
                complaints.append(_complaint(sample, error))
                continue
            if value != value or (value < 0 and series.counter):  # noqa: PLR0124 – NaN
                complaints.append(_unfit(series, value))
                continue
            if series.seen == now:
                doubled += 1
                continue
            series.seen = now
            block = blocks.get(series.family.name) or _begin(blocks, series.family)
            block.series.append(series)
            block.values.append(value)
        self._forget(sum(len(block.values) for block in blocks.values()))
        shown = tuple(dict.fromkeys(complaints[: _MAX_COMPLAINTS * 100]))[:_MAX_COMPLAINTS]
        return Screened(tuple(blocks.values()), doubled, len(complaints), shown)

    def _met(self, sample: Sample, items: "_Items") -> Series:
        """Return the series of a sample that comes for the first time, or in another order."""
        name, labels = sample.name, sample.labels
        if name not in self._declared:
            raise _OutsideError(f"{self._contract.source} does not declare {name}")
        family, expected = self._declared[name]
        if labels.keys() != expected:
            found, wanted = sorted(labels), sorted(expected)
            raise _OutsideError(f"{name} has labels {found}, declared {wanted}")
        clean = {label: _clean(name, label, labels[label]) for label in sorted(labels)}
        alike = self._series.setdefault(tuple(clean.items()), {})
        series = alike.setdefault(name, Series(family, name, clean))
        self._series.setdefault(items, {})[name] = series
        self._met_since += 1
        return series

    def _forget(self, present: int) -> None:
        """Let go of series that have vanished, once they may be more than those that are there."""
        if self._met_since > present + _SPARE_SERIES:
            now, self._met_since = self._round, 0
            there = (
                (items, {name: one for name, one in alike.items() if one.seen == now})
                for items, alike in self._series.items()
            )
            self._series = {items: alike for items, alike in there if alike}


_Items = tuple[tuple[str, Any], ...]
# Family and names of labels of each series that a contract has.
_Declared = Mapping[str, tuple[MetricFamily, frozenset[str]]]


def _declared(contract: Contract) -> _Declared:
    known = index([contract]).items()
    return {name: (series.family, _expected(name, series.family)) for name, series in known}


class _OutsideError(Exception):
    """A sample is not as its contract says."""


def _begin(blocks: dict[str, Block], family: MetricFamily) -> Block:
    block = blocks[family.name] = Block(family)
    return block


def _samples(blocks: Iterable[Block]) -> tuple[Sample, ...]:
    return tuple(
        Sample(series.name, value, series.labels)
        for block in blocks
        for series, value in zip(block.series, block.values, strict=True)
    )


def _expected(name: str, family: MetricFamily) -> frozenset[str]:
    own = set(family.label_names)
    if family.type is MetricType.HISTOGRAM and name.endswith("_bucket"):
        own.add("le")
    if family.type is MetricType.SUMMARY and name == family.name:
        own.add("quantile")
    return frozenset(own)


def _clean(name: str, label: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _OutsideError(f"{name}: the label {label} is not text")
    return _SURROGATES.sub("\ufffd", value)


def _unfit(series: Series, value: float) -> str:
    if value < 0:
        return f"the counter {series.name} is negative"
    return f"{series.name} is not a number"


def _complaint(sample: Any, error: Exception) -> str:
    if isinstance(error, _OutsideError):
        return str(error)
    if isinstance(sample, Sample) and isinstance(error, ValueError | OverflowError):
        return f"{sample.name} is not a number"
    return f"a {type(sample).__name__} was given that is no proper sample: {error}"
