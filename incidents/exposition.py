"""The service's metrics: every family of the contract, from what the store has committed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from sothat.incidents import contract as names
from sothat.incidents.counts import Counts
from sothat.incidents.store.beats import RECONCILER, WEBHOOK, last_beat, last_beats
from sothat.incidents.store.reading import count_open, count_overdue, outbox_backlog
from sothat.incidents.tallies import Cumulative, Delta
from sothat.model.metric import MetricFamily, MetricType
from sothat.model.policy import Policy, Priority
from sqlalchemy import Engine

Samples = Mapping[tuple[str, ...], float]
_PRIORITIES = tuple(map(str, Priority))


class Exposition:
    """A collector of prometheus_client."""

    def __init__(
        self,
        counts: Counts,
        readers: Engine,
        policy: Policy,
        channels: Iterable[str],
        clock: Callable[[], int],
    ) -> None:
        self._counts = counts
        self._readers = readers
        self._policy = policy
        self._channels = tuple(channels)
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Yield all families."""
        tallies = self._counts.snapshot()
        gauges = self._gauges()
        for family in names.contract().families:
            match family.type:
                case MetricType.GAUGE:
                    yield _gauge(family, gauges[family.name])
                case MetricType.HISTOGRAM:
                    yield _histogram(family, tallies)
                case _:
                    yield _counter(family, {**self._zeros(family), **_of(family, tallies)})

    def _gauges(self) -> Mapping[str, Samples]:
        now = self._clock()
        with self._readers.connect() as connection:
            opened = count_open(connection)
            overdue = count_overdue(connection, now)
            pending, oldest = outbox_backlog(connection, now)
            heard = last_beat(connection, WEBHOOK)
            reconciled = last_beats(connection, RECONCILER)
        states = names.OPEN.labels[1].values
        waited = 0.0 if oldest is None else max(0.0, (now - oldest) / 1e9)
        return {
            names.OPEN.name: {(p, s): opened.get((p, s), 0) for p in _PRIORITIES for s in states},
            names.OVERDUE.name: {(p,): overdue.get(p, 0) for p in _PRIORITIES},
            names.PENDING.name: {(): pending},
            names.OLDEST.name: {(): waited},
            names.LAST_RECONCILED.name: {(s,): at / 1e9 for s, at in reconciled.items()},
            names.LAST_WEBHOOK.name: {} if heard is None else {(): heard / 1e9},
        }

    def _zeros(self, family: MetricFamily) -> Samples:
        """Return the series that are there from the start, so that a rate sees the first event."""
        if family is names.WEBHOOK_REQUESTS:
            return {(outcome,): 0 for outcome in names.WEBHOOK_OUTCOMES}
        if family is names.WRONG_TOKENS:
            return {(): 0}
        if family is names.RECONCILIATIONS:
            return {(outcome,): 0 for outcome in names.RECONCILIATION_OUTCOMES}
        if family is names.REPAIRS:
            return {(gap,): 0 for gap in names.GAPS}
        if family is names.NOTIFICATIONS:
            return {(c, o): 0 for c in self._channels for o in names.NOTIFICATION_OUTCOMES}
        return {(p, team): 0 for p in _PRIORITIES for team in self._policy.teams}


def _of(family: MetricFamily, tallies: Counter[Delta]) -> Samples:
    return {values: count for (name, values), count in tallies.items() if name == family.name}


def _gauge(family: MetricFamily, samples: Samples) -> Metric:
    metric = GaugeMetricFamily(family.name, family.help, labels=family.label_names)
    for values, value in sorted(samples.items()):
        metric.add_metric(values, value)
    return metric


def _counter(family: MetricFamily, samples: Samples) -> Metric:
    metric = CounterMetricFamily(family.name, family.help, labels=family.label_names)
    for values, value in sorted(samples.items()):
        metric.add_metric(values, value)
    return metric


def _histogram(family: MetricFamily, tallies: Counter[Delta]) -> Metric:
    metric = HistogramMetricFamily(family.name, family.help, labels=family.label_names)
    for priority in _PRIORITIES:
        buckets = list(Cumulative(family, priority).over(tallies))
        total = tallies.get((f"{family.name}_sum", (priority,)), 0.0)
        metric.add_metric([priority], buckets=buckets, sum_value=total)
    return metric
