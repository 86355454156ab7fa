"""Delivery: does every alert reach somebody, and how long does it take."""

from typing import Final

from sothat.dashboards import links, marks
from sothat.dashboards.declared import bars, board, group, line, spread, tile
from sothat.dashboards.empty import NO_ALERTMANAGER, NO_EVENT_YET, NO_INCIDENTS, NO_PROMETHEUS
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import ATTENTION, BAD, GOOD

_RATE: Final = "[$__rate_interval]"

BOARD = board(
    "operational",
    links.DELIVERY,
    "Notification delivery",
    "Does every alert reach somebody in time?",
    group(
        "",
        tile(
            "Oldest unsent notification",
            "How long the oldest one waits to be sent. 0: nothing waits.",
            ("max(incidents_outbox_oldest_seconds)", ""),
            empty=NO_INCIDENTS,
            alerts=["IncidentNotificationsStuck"],
            decimals=0,
            size=(4, 7),
        ),
        tile(
            "Waiting to be sent",
            "Notifications in the outbox.",
            ("sum(incidents_outbox_pending)", "now"),
            empty=NO_INCIDENTS,
            decimals=0,
            size=(4, 7),
        ),
        tile(
            "Last webhook",
            "Time since Alertmanager last spoke to the incident service, as its watchdog does.",
            ("time() - max(incidents_last_webhook_timestamp_seconds)", ""),
            empty="no webhook has come yet: see the receivers in Alertmanager's configuration",
            bands=Bands(GOOD, ((300, ATTENTION), (900, BAD)), "target: below 5 min"),
            decimals=0,
            size=(4, 7),
        ),
        tile(
            "Refused webhooks",
            "Deliveries with a wrong token within an hour.",
            ("sum(increase(incidents_wrong_tokens_total[1h]))", ""),
            empty=NO_INCIDENTS,
            tells=["SecurityWebhookForged"],
            bands=Bands(GOOD, ((1, ATTENTION),), "target: none"),
            unit="short",
            decimals=0,
            size=(4, 7),
        ),
        bars(
            "Error budget of the service, left this month",
            "Of thirty days: the share that may still go wrong before the promise is broken.",
            ("min(slo:incident_timely_notification:budget_left)", "told"),
            ("min(slo:incident_ingestion_availability:budget_left)", "taken"),
            empty="no data: no notification within thirty days, or the service is not scraped",
            bands=Bands(BAD, ((0, ATTENTION), (0.25, GOOD)), "target: above 25 %"),
            unit="percentunit",
            decimals=0,
            size=(8, 7),
        ),
    ),
    group(
        "On the way to people",
        line(
            "Notifications by outcome",
            "What the incident service sent, has to try again, or gave up on, a second.",
            (
                f"sum by (channel, outcome) (rate(incidents_notifications_total{_RATE}))",
                "{{channel}} {{outcome}}",
            ),
            empty="no notification has been due yet",
            alerts=["IncidentNotificationsFailing"],
        ),
        spread(
            "From the decision to the provider",
            "How long notifications took; what is held on purpose is left out.",
            (f"sum by (le) (rate(incidents_notification_delay_seconds_bucket{_RATE}))", ""),
            empty=NO_INCIDENTS,
            unit="s",
            size=(8, 7),
        ),
        line(
            "Outbox",
            "Notifications that wait; a heap that only grows is a channel that is broken.",
            ("sum(incidents_outbox_pending)", "waiting"),
            empty=NO_INCIDENTS,
        ),
    ),
    group(
        "On the way in",
        line(
            "Webhooks by outcome",
            "Rejected, unauthorised or failed ones mean that alerts do not become incidents.",
            (f"sum by (outcome) (rate(incidents_webhook_requests_total{_RATE}))", "{{outcome}}"),
            empty=NO_INCIDENTS,
        ),
        line(
            "Heartbeats",
            "Beats of the watchdog a second, by outcome; without them nobody knows that we live.",
            (f"sum by (outcome) (rate(incidents_heartbeats_total{_RATE}))", "{{outcome}}"),
            empty=NO_EVENT_YET,
        ),
        line(
            "Alertmanager: webhooks",
            "Attempted and failed a second, all receivers.",
            (f"sum(rate(alertmanager_notifications_total{_RATE}))", "attempted"),
            (f"sum(rate(alertmanager_notifications_failed_total{_RATE}))", "failed"),
            empty=NO_ALERTMANAGER,
        ),
        line(
            "Gaps that were closed",
            "What Alertmanager knew and we did not, repaired by asking it; a second, by kind.",
            (f"sum by (gap) (rate(incidents_reconciler_repairs_total{_RATE}))", "{{gap}}"),
            empty="no gap had to be closed yet",
            size=(12, 6),
        ),
        line(
            "Prometheus: alerts lost on the way",
            "Alerts a second that did not reach Alertmanager. Should be 0.",
            (f"sum(rate(prometheus_notifications_dropped_total{_RATE}))", "dropped"),
            empty=NO_PROMETHEUS,
            tells=["AlertDeliveryFailing"],
            size=(12, 6),
        ),
    ),
    marks=[*marks.USUAL, marks.STARTS],
    topics=["notifications", "queue"],
    span="3h",
    refresh="30s",
)
