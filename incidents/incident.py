"""An incident, what can happen to it, and what that leaves behind. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sothat.model.policy import Policy, Priority


class State(StrEnum):
    """Where an incident is in its life."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Entry(StrEnum):
    """Kinds of timeline entries."""

    RECEIVED = "received"
    OPENED = "opened"
    FIRING = "alert-firing"
    ENDED = "alert-resolved"
    NOTIFIED = "notified"
    NOTIFY_FAILED = "notify-failed"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Promise:
    """What the alert that opened the incident says: IF, DO, SO THAT, and where to read on."""

    title: str
    condition: str = ""
    action: str = ""
    so_that: str = ""
    runbook_url: str = ""
    dashboard_url: str = ""
    alertname: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident; moments in nanoseconds.

    Attributes:
        key: The values of the policy's grouping labels, canonical: the identity while unresolved.
        labels: What all of its alerts have in common.
        acknowledge_due: None once acknowledged or resolved.
        update_due: None where the priority asks for none.
        firing: How many of its alerts fire.
        quiet_until: End of the hold-down, set while none of its alerts fires.
        truncated: The last count of alerts that Alertmanager left out of a message.
    """

    id: int
    key: str
    state: State
    priority: Priority
    team: str
    promise: Promise
    labels: Mapping[str, str]
    opened_at: int
    resolve_due: int
    acknowledge_due: int | None = None
    update_due: int | None = None
    acknowledged_at: int | None = None
    acknowledged_by: str = ""
    resolved_at: int | None = None
    resolved_by: str = ""
    firing: int = 0
    quiet_until: int | None = None
    truncated: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """A timeline entry: when, what sort, who, and a sentence."""

    incident: int
    at: int
    kind: Entry
    actor: str
    text: str


class Reason(StrEnum):
    """Why somebody is told."""

    OPENED = "opened"
    RAISED = "raised"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Page:
    """An outbox entry: tell one channel about one incident."""

    incident: int
    channel: str
    reason: Reason
    priority: Priority
    at: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What the transitions go by: the policy and the hold-down in nanoseconds."""

    policy: Policy
    hold: int


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of one transition."""

    incident: Incident
    notes: tuple[Note, ...] = ()
    pages: tuple[Page, ...] = field(default=())


SERVICE = "sothat"
ALERTMANAGER = "alertmanager"
UNKNOWN_TEAM = "unknown"
