"""The pack itself: are targets scraped, do collectors work, do notifications leave the house."""

from collections.abc import Iterator

from sothat.dashboards import empty
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.panels import stat, time_series
from sothat.dashboards.query import Query, now
from sothat.dashboards.states import state_timeline, status_history
from sothat.dashboards.words import UP_DOWN, WORKS_FAILS


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on the pack's own health."""
    yield _targets(kit)
    yield _collectors(kit)
    yield _deliveries(kit)
    yield _outbox(kit)
    yield _webhooks(kit)


def _targets(kit: Kit) -> Tile:
    face = Face(
        "Scrape targets, up or down",
        kit.describe(
            "Whether Prometheus reaches each process; what is down here is blind elsewhere.",
            "ExporterDown",
            "IncidentServiceDown",
        ),
        kit.unit("up"),
        "no data: Prometheus scrapes nothing",
        words=UP_DOWN,
    )
    return state_timeline(face, Query("min by (job) (up)", "{{job}}"), size=(8, 6))


def _collectors(kit: Kit) -> Tile:
    name = "sothat_exporter_collector_success"
    alerts = ("ExporterCollectorFailing",)
    face = Face(
        "Collectors",
        kit.describe("Whether each collector's last run succeeded.", *alerts),
        kit.unit(name),
        empty.NO_EXPORTER,
        words=WORKS_FAILS,
    )
    query = Query(f"min by (collector) ({name})", "{{collector}}")
    return status_history(face, query, size=(8, 6))


def _deliveries(kit: Kit) -> Tile:
    name = "incidents_notifications_total"
    face = Face(
        "Notifications by outcome",
        "What the incident service sent, has to try again, or gave up on.",
        kit.rate_unit(name),
        "no notification has been due yet",
    )
    expr = f"sum by (channel, outcome) (rate({name}[$__rate_interval]))"
    return time_series(face, Query(expr, "{{channel}} {{outcome}}"), size=(8, 6))


def _outbox(kit: Kit) -> Tile:
    name = "incidents_outbox_oldest_seconds"
    alerts = ("IncidentNotificationsStuck",)
    bands = kit.bands(*alerts)
    face = Face(
        "Oldest unsent notification",
        kit.describe("How long the oldest one waits to be sent. 0: nothing waits.", *alerts),
        kit.unit(name),
        empty.NO_INCIDENTS,
        bands,
        decimals=0,
    )
    return stat(face, now(f"max({name})", bands.words or "target: 0"), size=(8, 5))


def _webhooks(kit: Kit) -> Tile:
    name = "incidents_webhook_requests_total"
    face = Face(
        "Webhooks from Alertmanager by outcome",
        "Rejected, unauthorised or failed ones mean that alerts do not become incidents.",
        kit.rate_unit(name),
        empty.NO_INCIDENTS,
    )
    expr = f"sum by (outcome) (rate({name}[$__rate_interval]))"
    names = kit.names(expr, "{{outcome}}")
    return time_series(face, Query(expr, "{{outcome}}"), size=(16, 5), names=names)
