"""Writes metrics as a file for node_exporter's textfile collector, all of it or nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from sothat.live.change import Part, Plan
from sothat.live.reconciling.dead import DeadRule
from sothat.live.textfiles.contract import (
    DRIFT_CHANGES,
    DRIFT_CHECKED,
    DRIFT_SUCCESS,
    LIVE_CHECKED,
    RULE_DEAD,
)
from sothat.model.metric import MetricFamily
from sothat.model.problem import Position, unusable

Values = Mapping[tuple[str, ...], float]


def write_metrics(file: Path, families: Mapping[MetricFamily, Values]) -> None:
    """Write gauges; a reader sees the old file or the new one.

    Args:
        file: Its name must end in ``.prom``, or node_exporter leaves it alone.
        families: Each with its values by the values of its labels.

    Raises:
        Unusable: The file cannot be written.
    """
    registry = CollectorRegistry()
    for family, values in families.items():
        gauge = Gauge(family.name, family.help, [x.name for x in family.labels], registry=registry)
        for labels, value in values.items():
            (gauge.labels(*labels) if labels else gauge).set(value)
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
