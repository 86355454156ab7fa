"""Writes metrics as a file for node_exporter's textfile collector, all of it or nothing."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sothat.live.applying.tally import Ending
from sothat.live.change import Part, Plan
from sothat.live.reconciling.dead import DeadRule
from sothat.live.textfiles.contract import (
    APPLIES,
    DRIFT_CHANGES,
    DRIFT_CHECKED,
    DRIFT_SUCCESS,
    LIVE_CHECKED,
    RULE_DEAD,
)
from sothat.model.metric import MetricFamily, MetricType
from sothat.model.problem import Position, unusable

Values = Mapping[tuple[str, ...], float]


class _Written(Collector):
    """Hands families with their values to the library that writes them."""

    def __init__(self, families: Mapping[MetricFamily, Values]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Yield each family."""
        for family, values in self._families.items():
            counts = family.type is MetricType.COUNTER
            make = CounterMetricFamily if counts else GaugeMetricFamily
            written = make(family.name, family.help, labels=family.label_names)
            for labels, value in values.items():
                written.add_metric(labels, value)
            yield written


def write_metrics(file: Path, families: Mapping[MetricFamily, Values]) -> None:
    """Write gauges and counters; a reader sees the old file or the new one.

    Args:
        file: Its name must end in ``.prom``, or node_exporter leaves it alone.
        families: Each with its values by the values of its labels.

    Raises:
        Unusable: The file cannot be written.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Written(families))
    try:
        write_to_textfile(str(file), registry)
    except OSError as error:
        reason = error.strerror or str(error)
        where = Position(str(file))
        raise unusable("unwritable-output", f"cannot write: {reason}", position=where) from error


def write_drift(file: Path, plan: Plan | None, at: datetime) -> None:
    """Write what a comparison has found.

    Args:
        file: Where to.
        plan: What differs; None: it could not be found out.
        at: When that was.

    Raises:
        Unusable: The file cannot be written.
    """
    counts: dict[tuple[str, ...], float] = {}
    if plan is not None:
        counts = {(str(part),): float(len(plan.of(part))) for part in Part}
    write_metrics(
        file,
        {
            DRIFT_SUCCESS: {(): float(plan is not None)},
            DRIFT_CHECKED: {(): at.timestamp()},
            DRIFT_CHANGES: counts,
        },
    )


def write_dead_rules(file: Path, dead: Iterable[DeadRule], at: float) -> None:
    """Write which rules ask for series that vanished.

    Args:
        file: Where to.
        dead: The rules.
        at: When they were held against the server, in seconds since the epoch.

    Raises:
        Unusable: The file cannot be written.
    """
    names: dict[tuple[str, ...], float] = {(rule.name,): 1.0 for rule in dead}
    write_metrics(file, {RULE_DEAD: names, LIVE_CHECKED: {(): at}})


def write_applies(file: Path, counts: Mapping[Ending, int]) -> None:
    """Write how applies ended so far.

    Raises:
        Unusable: The file cannot be written.
    """
    values: dict[tuple[str, ...], float] = {(str(e),): float(n) for e, n in counts.items()}
    write_metrics(file, {APPLIES: values})
