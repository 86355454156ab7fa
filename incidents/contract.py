"""The metrics that the incident service exposes."""

from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Presence
from sothat.model.policy import Priority

_PRIORITY = Label("priority", "P1 (all down) to P4 (cosmetic)", tuple(map(str, Priority)))
_TEAM = Label("team", "The team that owns the alert; unknown if the policy has no such team")
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
# The policy's own limits are bounds, so that attainment can be read off exactly.
_BUCKETS = (
    *(5.0, 15.0, 30.0, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, _DAY, 3 * _DAY, 10 * _DAY),
)


def _counter(name: str, text: str, *labels: Label, event: bool = False) -> MetricFamily:
    presence = Presence.EVENT if event else Presence.ALWAYS
    return MetricFamily(name, MetricType.COUNTER, text, "", labels, presence)


def _histogram(name: str, text: str) -> MetricFamily:
    return MetricFamily(name, MetricType.HISTOGRAM, text, "seconds", (_PRIORITY,), buckets=_BUCKETS)


OPEN = MetricFamily(
    "incidents_open",
    MetricType.GAUGE,
    "Incidents that are not resolved.",
    "",
    (_PRIORITY, Label("state", "Whether somebody has taken it", ("open", "acknowledged"))),
)
OPENED = _counter("incidents_opened_total", "Incidents opened.", _PRIORITY, _TEAM, event=True)
ACKNOWLEDGED = _counter(
    "incidents_acknowledged_total", "Incidents acknowledged.", _PRIORITY, _TEAM, event=True
)
RESOLVED = _counter("incidents_resolved_total", "Incidents resolved.", _PRIORITY, _TEAM, event=True)
SECONDS_TO_ACKNOWLEDGE = _histogram(
    "incidents_time_to_acknowledge_seconds", "From the opening to the acknowledgement."
)
SECONDS_TO_RESOLVE = _histogram(
    "incidents_time_to_resolve_seconds", "From the opening to the resolution."
)
OVERDUE = MetricFamily(
    "incidents_acknowledge_overdue",
    MetricType.GAUGE,
    "Open incidents that nobody has acknowledged within their priority's time.",
    "",
    (_PRIORITY,),
)
WEBHOOK_OUTCOMES = ("accepted", "duplicate", "rejected", "unauthorised", "failed")
WEBHOOK_REQUESTS = _counter(
    "incidents_webhook_requests_total",
    "Requests to the webhook: accepted and duplicate were answered with 2xx, the others not.",
    Label("outcome", "What became of the request", WEBHOOK_OUTCOMES),
)
WRONG_TOKENS = _counter(
    "incidents_wrong_tokens_total", "Requests to API and pages with a token that is not known."
)
NOTIFICATION_OUTCOMES = ("sent", "retry", "handed-on", "failed")
NOTIFICATIONS = _counter(
    "incidents_notifications_total",
    "Attempts to notify: sent, to be tried again, left to another channel, or given up.",
    Label("channel", "Name of the channel in the policy"),
    Label("outcome", "How the attempt ended", NOTIFICATION_OUTCOMES),
    event=True,
)
PENDING = MetricFamily(
    "incidents_outbox_pending", MetricType.GAUGE, "Notifications that wait to be sent."
)
OLDEST = MetricFamily(
    "incidents_outbox_oldest_seconds",
    MetricType.GAUGE,
    "Age of the oldest notification that waits, 0 when none does.",
    "seconds",
)
LAST_WEBHOOK = MetricFamily(
    "incidents_last_webhook_timestamp_seconds",
    MetricType.GAUGE,
    "When the last message was accepted.",
    "seconds",
    presence=Presence.EVENT,
)
RECONCILIATION_OUTCOMES = ("complete", "partial", "failed")
RECONCILIATIONS = _counter(
    "incidents_reconciliations_total",
    "Comparisons with Alertmanager's API: every peer answered, some did, or none.",
    Label("outcome", "Who answered", RECONCILIATION_OUTCOMES),
)
GAPS = ("lost-firing", "swallowed-end")
REPAIRS = _counter(
    "incidents_reconciler_repairs_total",
    "Alerts whose message never came and which the comparison put right.",
    Label("gap", "What was missing", GAPS),
)
LAST_RECONCILED = MetricFamily(
    "incidents_reconciler_last_success_timestamp_seconds",
    MetricType.GAUGE,
    "When a source was last compared with at least one of its Alertmanagers.",
    "seconds",
    (Label("source", "Name of the source in the configuration"),),
    presence=Presence.EVENT,
)


def contract() -> Contract:
    """Return all families of the incident service."""
    return Contract(
        "incidents",
        (
            *(OPEN, OPENED, ACKNOWLEDGED, RESOLVED),
            *(SECONDS_TO_ACKNOWLEDGE, SECONDS_TO_RESOLVE, OVERDUE),
            *(WEBHOOK_REQUESTS, NOTIFICATIONS, PENDING, OLDEST, LAST_WEBHOOK),
            WRONG_TOKENS,
            *(RECONCILIATIONS, REPAIRS, LAST_RECONCILED),
        ),
    )
