"""The exporter's own figures: how long collectors take, how much they deliver, how they fail."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards import empty, units
from sothat.dashboards.boards.technical._lines import gauge_line, rate_line
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.panels import time_series
from sothat.dashboards.query import Query

_GAUGES: Final = (
    (
        "Time that collectors take",
        "Near a collector's deadline, the next runs will fail.",
        "sothat_exporter_collector_duration_seconds",
    ),
    (
        "Series by collector",
        "How many series each collector delivers; a jump is a new label value.",
        "sothat_exporter_series",
    ),
    (
        "Series dropped",
        "Series over a collector's limit, left out to protect Prometheus. Should be 0.",
        "sothat_exporter_dropped_series",
    ),
)


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on the exporter."""
    for title, description, name in _GAUGES:
        query = Query(f"max by (collector) ({name})", "{{collector}}")
        yield gauge_line(kit, title, description, name, query, empty=empty.NO_EXPORTER)
    yield _age(kit)
    yield _errors(kit)


def _age(kit: Kit) -> Tile:
    name = "sothat_exporter_collector_last_success_timestamp_seconds"
    kit.unit(name)
    face = Face(
        "Age of the figures",
        "Time since each collector last succeeded.",
        units.SECONDS,
        "no data: no collector has succeeded yet",
    )
    expr = f"time() - max by (collector) ({name})"
    return time_series(face, Query(expr, "{{collector}}"), size=(8, 7))


def _errors(kit: Kit) -> Tile:
    name = "sothat_exporter_collector_errors_total"
    expr = f"sum by (collector, reason) (rate({name}[$__rate_interval]))"
    description = "Failed runs by reason."
    query = Query(expr, "{{collector}} {{reason}}")
    return rate_line(kit, "Collector errors", description, name, query, empty="no run has failed")
