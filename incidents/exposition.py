"""The service's metrics: every family of the contract, from what the store has committed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from sothat.incidents import contract as names
from sothat.incidents.counts import Counts
from sothat.incidents.roster import moment
from sothat.incidents.store.beats import RECONCILER, WEBHOOK, last_beat, last_beats
from sothat.incidents.store.letters import letters_waiting
from sothat.incidents.store.majors import count_led
from sothat.incidents.store.promising import next_updates
from sothat.incidents.store.reading import count_open, count_overdue, count_stuck, outbox_backlog
from sothat.incidents.store.reports_in import waiting as reports_waiting
from sothat.incidents.store.reviewing import count_follow_ups, count_reviews
from sothat.incidents.store.tallying import tallies
from sothat.incidents.store.ticketing import Queue, queues
from sothat.incidents.tallies import Cumulative, Delta
from sothat.model.metric import MetricFamily, MetricType
from sothat.model.policy import Policy, Priority
from sqlalchemy import Connection, Engine

Samples = Mapping[tuple[str, ...], float]
_MOST_SITES = 500
_PRIORITIES = tuple(map(str, Priority))


class Exposition:
    """A collector of prometheus_client."""

    def __init__(
        self,
        counts: Counts,
        readers: Engine,
        policy: Policy,
        channels: Iterable[str],
        compared: Iterable[str],
        clock: Callable[[], int],
        trackers: Sequence[str] = (),
    ) -> None:
        self._counts = counts
        self._readers = readers
        self._expected = _expected(tuple(channels), trackers)
        self._by_team = list(product(_PRIORITIES, policy.teams))
        self._teams = tuple(policy.teams)
        self._compared = tuple(compared)
        self._clock = clock
        self._trackers = tuple(trackers)

    def collect(self) -> Iterator[Metric]:
        """Yield all families."""
        with self._readers.connect() as connection:
            stored = Counter(dict(tallies(connection)))
            gauges = self._gauges(connection)
        counts = stored + self._counts.stranded()
        for family in names.contract().families:
            match family.type:
                case MetricType.GAUGE:
                    yield _gauge(family, gauges[family.name])
                case MetricType.HISTOGRAM:
                    yield _histogram(family, counts)
                case _:
                    found = _of(family, counts)
                    if names.SITE in family.label_names:
                        found = bounded(found, family.label_names.index(names.SITE))
                    yield _counter(family, {**self._zeros(family), **found})

    def _gauges(self, connection: Connection) -> Mapping[str, Samples]:
        now = self._clock()
        opened = count_open(connection)
        overdue = count_overdue(connection, now)
        pending, oldest = outbox_backlog(connection, now)
        heard = last_beat(connection, WEBHOOK)
        states = names.OPEN.labels[1].values
        waited = 0.0 if oldest is None else max(0.0, (now - oldest) / 1e9)
        return {
            names.OPEN.name: {(p, s): opened.get((p, s), 0) for p in _PRIORITIES for s in states},
            names.OVERDUE.name: {(p,): overdue.get(p, 0) for p in _PRIORITIES},
            names.NEXT_UPDATE.name: {
                (priority,): due / 1e9 for priority, due in next_updates(connection).items()
            },
            names.STUCK.name: {(): count_stuck(connection)},
            names.PENDING.name: {(): pending},
            names.OLDEST.name: {(): waited},
            names.LETTERS.name: {(): letters_waiting(connection)},
            names.REPORTS.name: {(): reports_waiting(connection)},
            names.LAST_RECONCILED.name: self._reconciled(connection),
            **self._together(connection, now),
            **self._tickets(connection, now),
            names.LAST_WEBHOOK.name: {} if heard is None else {(): heard / 1e9},
        }

    def _together(self, connection: Connection, now: int) -> Mapping[str, Samples]:
        """Return what people have on their hands: major incidents, reviews, follow-ups by team."""
        found = count_reviews(connection)
        none = dict.fromkeys(self._teams, (0, 0))
        ahead = {**none, **count_follow_ups(connection, moment(now).date())}
        return {
            names.MAJOR.name: {(): count_led(connection)},
            names.REVIEWS.name: {(state,): found.get(state, 0) for state in names.REVIEW_STATES},
            names.FOLLOW_UPS.name: {(team,): count for team, (count, _) in ahead.items()},
            names.FOLLOW_UPS_OVERDUE.name: {(team,): late for team, (_, late) in ahead.items()},
        }

    def _reconciled(self, connection: Connection) -> Samples:
        """Return when each source was last compared; 0 for one that never could be."""
        found = last_beats(connection, RECONCILER)
        return {(source,): found.get(source, 0) / 1e9 for source in self._compared}

    def _tickets(self, connection: Connection, now: int) -> Mapping[str, Samples]:
        """Return how each tracker stands, one that has never been asked included."""
        found = queues(connection, now) if self._trackers else {}
        here = {name: found.get(name, Queue()) for name in self._trackers}
        oldest = {name: now if one.oldest is None else one.oldest for name, one in here.items()}
        return {
            names.TICKETS_WAITING.name: {(name,): one.waiting for name, one in here.items()},
            names.TICKETS_HELD.name: {(name,): one.held for name, one in here.items()},
            names.OLDEST_TICKET.name: {
                (name,): max(0.0, (now - since) / 1e9) for name, since in oldest.items()
            },
            names.TRACKER_DENIED.name: {(name,): one.denied for name, one in here.items()},
            names.LAST_TICKET.name: {
                (name,): (one.succeeded_at or 0) / 1e9 for name, one in here.items()
            },
        }

    def _zeros(self, family: MetricFamily) -> Samples:
        """Return the series that are there from the start, so that a rate sees the first event."""
        return dict.fromkeys(self._expected.get(family.name, self._by_team), 0)


def _expected(
    channels: Sequence[str], trackers: Sequence[str]
) -> Mapping[str, Sequence[tuple[str, ...]]]:
    """Return the label values that counters have from the start, by name; others have a team."""
    return {
        names.WEBHOOK_REQUESTS.name: [(outcome,) for outcome in names.WEBHOOK_OUTCOMES],
        names.WRONG_TOKENS.name: [()],
        names.HEARTBEATS.name: [(outcome,) for outcome in names.HEARTBEAT_OUTCOMES],
        names.RECONCILIATIONS.name: [(outcome,) for outcome in names.RECONCILIATION_OUTCOMES],
        names.REPAIRS.name: [(gap,) for gap in names.GAPS],
        names.NOTIFICATIONS.name: list(product(channels, names.NOTIFICATION_OUTCOMES)),
        names.ANSWERS.name: [(outcome,) for outcome in names.ANSWER_OUTCOMES],
        names.EXCHANGES.name: list(product(trackers, names.EXCHANGE_OUTCOMES)),
        names.DEADLINES.name: list(product(_PRIORITIES, names.CLOCKS, names.KEPT)),
        names.OPENED_FOR.name: [],
        names.RESOLVED_FOR.name: [],
    }


def _of(family: MetricFamily, tallies: Counter[Delta]) -> Samples:
    return {values: count for (name, values), count in tallies.items() if name == family.name}


def bounded(samples: Samples, place: int) -> Samples:
    """Return samples of a bounded number of values of one label; the rest is summed up.

    Labels come from anywhere: one of them must not make a series for each of a million values.
    """
    kept = set(sorted({values[place] for values in samples})[:_MOST_SITES])
    found: dict[tuple[str, ...], float] = {}
    for values, count in samples.items():
        own = values[place] if values[place] in kept else "other"
        key = (*values[:place], own, *values[place + 1 :])
        found[key] = found.get(key, 0) + count
    return found


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
