"""Samples as the text that Prometheus scrapes."""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sothat.exporters.source import Sample
from sothat.model.metric import MetricFamily, MetricType

_TYPES = {MetricType.UNTYPED: "unknown"}


def expose(
    samples: Iterable[Sample], families: Mapping[str, MetricFamily], accept: str
) -> tuple[bytes, str]:
    """Return the exposition of samples and its content type.

    Args:
        samples: In any order; of two samples of one series, the first counts.
        families: The family of each series name.
        accept: The scraper's ``Accept`` header; it chooses between text and OpenMetrics.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Samples(samples, families))
    encoder, content_type = choose_encoder(accept)
    return encoder(registry), content_type


class _Samples(Collector):
    """Adapts our samples to the encoders of prometheus_client."""

    def __init__(self, samples: Iterable[Sample], families: Mapping[str, MetricFamily]) -> None:
        self._samples = samples
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Yield each family that has samples, with all of them."""
        metrics: dict[str, Metric] = {}
        seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
        for sample in self._samples:
            # A series exposed twice would make Prometheus refuse the scrape as a whole.
            key = (sample.name, frozenset(sample.labels.items()))
            if key in seen:
                continue
            seen.add(key)
            family = self._families[sample.name]
            metric = metrics.setdefault(family.name, _metric(family))
            metric.add_sample(sample.name, dict(sample.labels), float(sample.value))
        yield from (metrics[name] for name in sorted(metrics))

    def describe(self) -> Iterator[Metric]:
        """Yield nothing: what there is depends on the moment."""
        return iter(())


def _metric(family: MetricFamily) -> Metric:
    kind = _TYPES.get(family.type, family.type.value)
    base = family.name.removesuffix("_total") if kind == "counter" else family.name
    # OpenMetrics wants a unit to be the last word of the name, and would append it otherwise.
    unit = family.unit if family.unit and base.endswith(f"_{family.unit}") else ""
    return Metric(base, family.help, kind, unit)
