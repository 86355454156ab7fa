"""Prometheus, Alertmanager and the pack itself: who watches the watchers."""

from typing import Final

from sothat.dashboards import links, marks
from sothat.dashboards.declared import bands_of_states, board, folded, group, line, spread, tile
from sothat.dashboards.empty import (
    NO_ALERTMANAGER,
    NO_EVENT_YET,
    NO_EXPORTER,
    NO_INCIDENTS,
    NO_PROMETHEUS,
)
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import BAD, GOOD
from sothat.dashboards.words import UP_DOWN, WORKS_FAILS

_RATE: Final = "[$__rate_interval]"
# From a half on: what increase() makes of one event is a little less or more than one.
_NONE: Final = Bands(GOOD, ((0.5, BAD),), "target: none")
_NO_GRAFANA: Final = "no data: Grafana is not scraped; add a job for its /metrics"

BOARD = board(
    "technical",
    links.MONITORING,
    "Monitoring: Prometheus",
    "Can we trust what the other boards say?",
    group(
        "",
        tile(
            "Targets down",
            "Scrape targets that do not answer: what hangs on them is blind.",
            ("count(up == 0) or 0 * count(up)", ""),
            empty=NO_PROMETHEUS,
            tells=["TargetDown"],
            bands=_NONE,
            unit="short",
            decimals=0,
            size=(4, 8),
        ),
        tile(
            "Rules that fail",
            "Rules that failed to evaluate within an hour: their alerts could not fire.",
            ("sum(increase(prometheus_rule_evaluation_failures_total[1h]))", ""),
            empty=NO_PROMETHEUS,
            tells=["RuleEvaluationFailing"],
            bands=_NONE,
            unit="short",
            decimals=0,
            size=(4, 8),
        ),
        tile(
            "Alerts lost on the way",
            "Alerts that did not reach Alertmanager within an hour.",
            ("sum(increase(prometheus_notifications_dropped_total[1h]))", ""),
            empty=NO_PROMETHEUS,
            tells=["AlertDeliveryFailing"],
            bands=_NONE,
            unit="short",
            decimals=0,
            size=(4, 8),
        ),
        tile(
            "Series in memory",
            "Series that Prometheus holds; memory grows with them.",
            ("sum(prometheus_tsdb_head_series)", "all servers"),
            empty=NO_PROMETHEUS,
            unit="short",
            size=(4, 8),
        ),
        bands_of_states(
            "Targets, up or down",
            "Whether Prometheus reaches each process, by job.",
            ("min by (job) (up)", "{{job}}"),
            empty=NO_PROMETHEUS,
            words=UP_DOWN,
            size=(8, 8),
        ),
    ),
    group(
        "Prometheus",
        line(
            "Time of a scrape",
            "How long a scrape takes; at the time limit, targets count as down.",
            ("max by (job) (scrape_duration_seconds)", "{{job}}"),
            empty=NO_PROMETHEUS,
        ),
        line(
            "Samples taken in",
            "Samples a second that are stored.",
            (f"sum(rate(prometheus_tsdb_head_samples_appended_total{_RATE}))", "samples"),
            empty=NO_PROMETHEUS,
        ),
        line(
            "Slowest groups of rules",
            "How long the slowest groups take; beyond the interval, alerts come late.",
            (
                "topk(5, max by (rule_group) (prometheus_rule_group_last_duration_seconds))",
                "{{rule_group}}",
            ),
            empty=NO_PROMETHEUS,
            alerts=["RuleEvaluationSlow"],
        ),
        line(
            "Series",
            "Series in memory over time; a jump is a new label value somewhere.",
            ("sum by (instance) (prometheus_tsdb_head_series)", "{{instance}}"),
            empty=NO_PROMETHEUS,
            alerts=["PrometheusSeriesSurging"],
        ),
        line(
            "Alerts in Alertmanager",
            "Alerts that Alertmanager holds: active, or suppressed by another or a window.",
            ("sum by (state) (alertmanager_alerts)", "{{state}}"),
            empty=NO_ALERTMANAGER,
        ),
        line(
            "Webhooks sent",
            "Webhooks a second to the incident service: attempted, and failed.",
            (
                f'sum(rate(alertmanager_notifications_total{{integration="webhook"}}{_RATE}))',
                "attempted",
            ),
            (
                (
                    "sum(rate(alertmanager_notifications_failed_total"
                    f'{{integration="webhook"}}{_RATE}))'
                ),
                "failed",
            ),
            empty=NO_ALERTMANAGER,
        ),
    ),
    group(
        "Our exporter",
        bands_of_states(
            "Collectors",
            "Whether each collector's last run succeeded.",
            ("min by (collector) (sothat_exporter_collector_success)", "{{collector}}"),
            empty=NO_EXPORTER,
            words=WORKS_FAILS,
            alerts=["ExporterCollectorFailing"],
            size=(8, 7),
        ),
        line(
            "Time that collectors take",
            "Near a collector's deadline, the next runs will fail.",
            (
                "max by (collector) (sothat_exporter_collector_duration_seconds)",
                "{{collector}}",
            ),
            empty=NO_EXPORTER,
        ),
        line(
            "Collector errors",
            "Failed runs a second, by reason.",
            (
                f"sum by (collector, reason) (rate(sothat_exporter_collector_errors_total{_RATE}))",
                "{{collector}} {{reason}}",
            ),
            empty="no run has failed yet",
        ),
        line(
            "Series by collector",
            "How many series each collector delivers; a jump is a new label value.",
            ("max by (collector) (sothat_exporter_series)", "{{collector}}"),
            empty=NO_EXPORTER,
        ),
        line(
            "Series dropped",
            "Series over a collector's limit, left out to protect Prometheus. Should be 0.",
            ("max by (collector) (sothat_exporter_dropped_series)", "{{collector}}"),
            empty=NO_EXPORTER,
            alerts=["ExporterSeriesDropped"],
        ),
        line(
            "Age of the figures",
            "Time since each collector last succeeded.",
            ("collector:data_age_seconds:max", "{{collector}}"),
            empty=NO_EXPORTER,
            alerts=["ExporterDataStale"],
        ),
    ),
    folded(
        "Incident service and Grafana",
        line(
            "Webhooks received",
            "Deliveries a second to the incident service, by outcome.",
            (f"sum by (outcome) (rate(incidents_webhook_requests_total{_RATE}))", "{{outcome}}"),
            empty=NO_INCIDENTS,
        ),
        line(
            "Boards looked at",
            "Pages of Grafana a minute: what nobody looks at needs no upkeep.",
            (f"60 * sum(rate(grafana_page_response_status_total{_RATE}))", "pages a minute"),
            empty=_NO_GRAFANA,
            unit="suffix:/min",
        ),
        line(
            "Boards in Grafana",
            "How many boards there are to keep.",
            ("max(grafana_stat_totals_dashboard)", "boards"),
            empty=_NO_GRAFANA,
            unit="short",
        ),
        spread(
            "Time of Grafana's requests",
            "How many requests took how long.",
            (f"sum by (le) (rate(grafana_http_request_duration_seconds_bucket{_RATE}))", ""),
            empty=_NO_GRAFANA,
            unit="s",
        ),
        line(
            "Repairs after lost webhooks",
            "Gaps that the reconciler closed, a second, by kind.",
            (f"sum by (gap) (rate(incidents_reconciler_repairs_total{_RATE}))", "{{gap}}"),
            empty=NO_EVENT_YET,
            size=(12, 7),
        ),
    ),
    marks=[*marks.USUAL, marks.STARTS],
    topics=["prometheus", "alertmanager", "exporter"],
)
