"""Histograms that a source keeps between its polls."""

import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from sothat.exporters.series import text
from sothat.exporters.source import Sample


class Histogram:
    """Observations of one series, counted by upper bounds. Safe for several threads.

    Args:
        name: Base name of the family.
        bounds: Upper bounds, ascending, without +Inf: the contract's ``buckets``.
        labels: Labels of the series, without ``le``.
    """

    def __init__(
        self, name: str, bounds: Sequence[float], labels: Mapping[str, str] | None = None
    ) -> None:
        self._name = name
        self._bounds = tuple(bounds)
        self._labels = dict(labels or {})
        self._le = [*map(text, map(float, self._bounds)), "+Inf"]
        self._counts = [0] * len(self._le)
        self._sum = 0.0
        self._lock = threading.Lock()

    def observe(self, value: float) -> None:
        """Count a value, in the unit of the family; it belongs to the first bound not below it."""
        with self._lock:
            self._counts[bisect_left(self._bounds, value)] += 1
            self._sum += value

    def samples(self) -> Iterator[Sample]:
        """Yield the buckets, cumulative, then count and sum, as OpenMetrics orders them."""
        with self._lock:
            counts, total = tuple(self._counts), self._sum
        reached = 0
        for le, count in zip(self._le, counts, strict=True):
            reached += count
            yield Sample(f"{self._name}_bucket", reached, {**self._labels, "le": le})
        yield Sample(f"{self._name}_count", reached, self._labels)
        yield Sample(f"{self._name}_sum", total, self._labels)
