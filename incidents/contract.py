"""The metrics that the incident service exposes."""

from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Presence
from sothat.model.policy import Priority
from sothat.service_levels.contracts import Clock

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
    (
        _PRIORITY,
        Label("state", "How far it is", ("open", "acknowledged", "mitigated")),
    ),
)
OPENED = _counter("incidents_opened_total", "Incidents opened.", _PRIORITY, _TEAM, event=True)
ACKNOWLEDGED = _counter(
    "incidents_acknowledged_total", "Incidents acknowledged.", _PRIORITY, _TEAM, event=True
)
RESOLVED = _counter("incidents_resolved_total", "Incidents resolved.", _PRIORITY, _TEAM, event=True)
REOPENED = _counter(
    "incidents_reopened_total", "Incidents opened again.", _PRIORITY, _TEAM, event=True
)
SITE = "site"
_SITE = Label(SITE, "The site of all its alerts, empty for none; `other` beyond 500 sites")
_OUTCOME = Label("outcome", "The customer outcome at stake, empty for none")
OPENED_FOR = _counter(
    "incidents_outcome_opened_total",
    "Incidents opened, by the site and the customer outcome that they put at stake.",
    *(_PRIORITY, _SITE, _OUTCOME),
    event=True,
)
RESOLVED_FOR = _counter(
    "incidents_outcome_resolved_total",
    "Incidents resolved, by the site and the customer outcome that they put at stake.",
    *(_PRIORITY, _SITE, _OUTCOME),
    event=True,
)
CLOCKS = tuple(map(str, Clock))
KEPT = ("met", "missed")
DEADLINES = _counter(
    "incidents_deadlines_total",
    "Clocks of incidents that have ended: met or missed.",
    _PRIORITY,
    Label("clock", "What the clock ran for; response and resolution are a contract's", CLOCKS),
    Label("outcome", "Whether it was met", KEPT),
)
SECONDS_TO_ACKNOWLEDGE = _histogram(
    "incidents_time_to_acknowledge_seconds", "From the opening to the acknowledgement."
)
SECONDS_TO_RESOLVE = _histogram(
    "incidents_time_to_resolve_seconds", "From the opening to the resolution."
)
SECONDS_BETWEEN_FAILURES = MetricFamily(
    "incidents_time_between_failures_seconds",
    MetricType.HISTOGRAM,
    "From the resolution of an incident to the next one of the same identity; not counted where "
    "`reopen_window` is 0.",
    "seconds",
    (_PRIORITY,),
    buckets=(_HOUR, 4 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY, 30 * _DAY, 90 * _DAY, 365 * _DAY),
)
NOTIFICATION_DELAY = MetricFamily(
    "incidents_notification_delay_seconds",
    MetricType.HISTOGRAM,
    "From the decision to tell somebody until a provider has taken it; what is held on purpose "
    "(quiet hours, digests, throttling) is left out.",
    "seconds",
    (_PRIORITY,),
    buckets=(1.0, 2.0, 5.0, 10.0, 30.0, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR),
)
OVERDUE = MetricFamily(
    "incidents_acknowledge_overdue",
    MetricType.GAUGE,
    "Open incidents that nobody has acknowledged within their priority's time.",
    "",
    (_PRIORITY,),
)
NEXT_UPDATE = MetricFamily(
    "incidents_next_update_timestamp_seconds",
    MetricType.GAUGE,
    "By when those who wait for an open P1 or P2 will hear again: the earliest.",
    "seconds",
    (_PRIORITY,),
    presence=Presence.EVENT,
)
STUCK = MetricFamily(
    "incidents_timers_stuck",
    MetricType.GAUGE,
    "Incidents whose deadlines and escalation stand still because the service stumbles over them.",
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
HEARTBEAT_OUTCOMES = ("sent", "failed", "unwell")
HEARTBEATS = _counter(
    "incidents_heartbeats_total",
    "Signs of life to an outside watch: sent, not taken there, or held back as nothing can be "
    "written here.",
    Label("outcome", "What became of it", HEARTBEAT_OUTCOMES),
)
NOTIFICATION_OUTCOMES = ("sent", "retry", "handed-on", "failed")
NOTIFICATIONS = _counter(
    "incidents_notifications_total",
    "Attempts to notify: sent, to be tried again, left to another channel, or given up.",
    Label("channel", "Name of the channel in the policy"),
    Label("outcome", "How the attempt ended", NOTIFICATION_OUTCOMES),
    event=True,
)
ANSWER_OUTCOMES = ("done", "refused", "unproven")
ANSWERS = _counter(
    "incidents_answers_total",
    "What people answered from a channel: done, refused in words, or not proven to be theirs.",
    Label("outcome", "What became of it", ANSWER_OUTCOMES),
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
LETTERS = MetricFamily(
    "incidents_letters_pending",
    MetricType.GAUGE,
    "Letters to subscribers and reporters that wait to be sent.",
)
REPORTS = MetricFamily(
    "incidents_reports_waiting",
    MetricType.GAUGE,
    "Reports of people that nobody has decided on.",
)
LAST_WEBHOOK = MetricFamily(
    "incidents_last_webhook_timestamp_seconds",
    MetricType.GAUGE,
    "When the last message was accepted.",
    "seconds",
    presence=Presence.EVENT,
)
_TRACKER = Label("tracker", "Name of the tracker in the configuration")
TICKETS_WAITING = MetricFamily(
    "incidents_tickets_waiting",
    MetricType.GAUGE,
    "Tickets that are due to be made, or to be brought together with their incidents.",
    "",
    (_TRACKER,),
    presence=Presence.EVENT,
)
TICKETS_HELD = MetricFamily(
    "incidents_tickets_held",
    MetricType.GAUGE,
    "Tickets that are made later, as more are wanted than `at_most_per_minute` says.",
    "",
    (_TRACKER,),
    presence=Presence.EVENT,
)
OLDEST_TICKET = MetricFamily(
    "incidents_tickets_oldest_seconds",
    MetricType.GAUGE,
    "For how long the ticket that has waited longest is due, 0 when none is.",
    "seconds",
    (_TRACKER,),
    presence=Presence.EVENT,
)
TRACKER_DENIED = MetricFamily(
    "incidents_tracker_denied",
    MetricType.GAUGE,
    "1: the ticket system refuses the credentials, and nothing is asked of it; 0: it does not.",
    "",
    (_TRACKER,),
    presence=Presence.EVENT,
)
LAST_TICKET = MetricFamily(
    "incidents_tracker_last_success_timestamp_seconds",
    MetricType.GAUGE,
    "When a ticket system last did what it was asked; 0: never yet.",
    "seconds",
    (_TRACKER,),
    presence=Presence.EVENT,
)
EXCHANGE_OUTCOMES = ("done", "retry", "rejected", "denied")
EXCHANGES = _counter(
    "incidents_ticket_exchanges_total",
    "Attempts to bring a ticket and its incident together, and to read what has changed: done, to "
    "be tried again, refused for good, or not let in.",
    _TRACKER,
    Label("outcome", "How the attempt ended", EXCHANGE_OUTCOMES),
    event=True,
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
    "When a source was last compared with at least one of its Alertmanagers; 0: never yet.",
    "seconds",
    (Label("source", "Name of the source in the configuration"),),
    presence=Presence.EVENT,
)


_OWNER = Label("team", "The team that has the follow-up")
FOLLOW_UPS = MetricFamily(
    "incidents_follow_ups_open",
    MetricType.GAUGE,
    "Follow-ups of reviews that are neither done nor dropped.",
    "",
    (_OWNER,),
)
FOLLOW_UPS_OVERDUE = MetricFamily(
    "incidents_follow_ups_overdue",
    MetricType.GAUGE,
    "Open follow-ups whose day (UTC) has passed.",
    "",
    (_OWNER,),
)
REVIEW_STATES = ("draft", "in-review", "published")
REVIEWS = MetricFamily(
    "incidents_reviews",
    MetricType.GAUGE,
    "Reviews of incidents.",
    "",
    (Label("state", "How far it is", REVIEW_STATES),),
)
MAJOR = MetricFamily(
    "incidents_major_led",
    MetricType.GAUGE,
    "Incidents led as major ones, drills included.",
)


def contract() -> Contract:
    """Return all families of the incident service."""
    return Contract(
        "incidents",
        (
            *(OPEN, OPENED, ACKNOWLEDGED, RESOLVED, REOPENED),
            *(OPENED_FOR, RESOLVED_FOR, DEADLINES),
            *(SECONDS_TO_ACKNOWLEDGE, SECONDS_TO_RESOLVE, SECONDS_BETWEEN_FAILURES),
            *(NOTIFICATION_DELAY, OVERDUE, NEXT_UPDATE, STUCK),
            *(WEBHOOK_REQUESTS, NOTIFICATIONS, ANSWERS, PENDING, OLDEST, LAST_WEBHOOK),
            *(LETTERS, REPORTS),
            *(WRONG_TOKENS, HEARTBEATS),
            *(RECONCILIATIONS, REPAIRS, LAST_RECONCILED),
            *(MAJOR, REVIEWS, FOLLOW_UPS, FOLLOW_UPS_OVERDUE),
            *(TICKETS_WAITING, TICKETS_HELD, OLDEST_TICKET),
            *(TRACKER_DENIED, LAST_TICKET, EXCHANGES),
        ),
    )
