"""Prometheus and Alertmanager: who watches the watchers."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards.boards.technical._lines import gauge_line, rate_line
from sothat.dashboards.face import Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.query import Query

_PROMETHEUS: Final = "no data: Prometheus does not scrape itself"
_ALERTMANAGER: Final = "no data: Alertmanager is not scraped"


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on Prometheus, then those on Alertmanager."""
    yield _scrapes(kit)
    yield _series(kit)
    yield _rule_failures(kit)
    yield _dropped(kit)
    yield _alerts(kit)
    yield _deliveries(kit)


def _scrapes(kit: Kit) -> Tile:
    name = "scrape_duration_seconds"
    query = Query(f"max by (job) ({name})", "{{job}}")
    description = "How long a scrape takes; at the time limit, targets count as down."
    return gauge_line(kit, "Time of a scrape", description, name, query, empty=_PROMETHEUS)


def _series(kit: Kit) -> Tile:
    name = "prometheus_tsdb_head_series"
    query = Query(f"max({name})", "series")
    description = "Series in memory; memory grows with them."
    return gauge_line(kit, "Series in Prometheus", description, name, query, empty=_PROMETHEUS)


def _rule_failures(kit: Kit) -> Tile:
    name = "prometheus_rule_evaluation_failures_total"
    query = Query(f"sum(rate({name}[$__rate_interval]))", "failures")
    description = "Rules that fail to evaluate: their alerts cannot fire. Should be 0."
    return rate_line(kit, "Rule failures", description, name, query, empty=_PROMETHEUS)


def _dropped(kit: Kit) -> Tile:
    name = "prometheus_notifications_dropped_total"
    query = Query(f"sum(rate({name}[$__rate_interval]))", "dropped")
    description = "Alerts that did not reach Alertmanager. Should be 0."
    return rate_line(kit, "Alerts lost on the way", description, name, query, empty=_PROMETHEUS)


def _alerts(kit: Kit) -> Tile:
    name = "alertmanager_alerts"
    query = Query(f"sum by (state) ({name})", "{{state}}")
    description = "Alerts that Alertmanager holds: active, or suppressed by another or a window."
    return gauge_line(kit, "Alerts in Alertmanager", description, name, query, empty=_ALERTMANAGER)


def _deliveries(kit: Kit) -> Tile:
    names = {
        "alertmanager_notifications_total": "attempted",
        "alertmanager_notifications_failed_total": "failed",
    }
    queries = [
        Query(f'sum(rate({name}{{integration="webhook"}}[$__rate_interval]))', legend)
        for name, legend in names.items()
    ]
    name = next(iter(names))
    description = "Webhooks to the incident service: attempted, and failed."
    return rate_line(kit, "Webhooks sent", description, name, *queries, empty=_ALERTMANAGER)
