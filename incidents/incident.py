"""An incident, what can happen to it, and what that leaves behind. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sothat.incidents.clockwork import Clockwork
from sothat.incidents.correlation import Graph
from sothat.incidents.roster import Roster
from sothat.model.policy import Policy, Priority


class State(StrEnum):
    """Where an incident is in its life; re-opened is open again."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    CLOSED = "closed"


UNRESOLVED = (State.OPEN, State.ACKNOWLEDGED, State.MITIGATED)
OVER = (State.RESOLVED, State.VERIFIED, State.CLOSED)


class Entry(StrEnum):
    """Kinds of timeline entries."""

    RECEIVED = "received"
    OPENED = "opened"
    FIRING = "alert-firing"
    ENDED = "alert-resolved"
    NOTIFIED = "notified"
    NOTIFY_FAILED = "notify-failed"
    HELD = "notify-held"
    ACKNOWLEDGED = "acknowledged"
    RELEASED = "released"
    LAPSED = "lapsed"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    CLOSED = "closed"
    REOPENED = "reopened"
    PRIORITY = "priority"
    UPDATE = "update"
    PAUSED = "paused"
    RESUMED = "resumed"
    OVERDUE = "overdue"
    CAUSE = "cause"
    FLAPPING = "flapping"
    MERGED = "merged"
    SPLIT = "split"
    ESCALATED = "escalated"
    ANNOUNCED = "announced"
    REPORTED = "reported"
    MAJOR = "major"
    REVIEW = "review"
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
class Mark:
    """When something was done to an incident, and by whom."""

    at: int
    by: str


@dataclass(frozen=True, slots=True)
class Change:
    """The priority that holds from a moment on."""

    at: int
    priority: Priority


@dataclass(frozen=True, slots=True)
class Pause:
    """Time in which the clocks of resolution stand still; without an end it still lasts."""

    start: int
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the deadlines depend on; they are made anew from it at each change.

    Attributes:
        started: When the clocks started: at the opening, acknowledging anew at a re-opening.
        updated_at: The last update to those who wait.
        answered_at: The first acknowledgement ever: it answers the client.
        ended_at: When the outcome was there again: the resolution by hand, or the end of the
            last alert before it resolved by itself.
        priorities: The first from the opening, in order.
        pauses: Waiting on the customer, and the time in which it was resolved; in order.
        impact: Its row in the policy's matrix, empty if nobody said; likewise ``urgency``.
        alerted: The highest priority that its alerts ever asked for.
        client: Name in the policy, empty if none is known; likewise ``contract``.
        calendar: The version of the calendar with which the deadlines were counted.
        breached: Names of the clocks whose deadlines have passed.
    """

    started: int = 0
    updated_at: int = 0
    answered_at: int | None = None
    ended_at: int | None = None
    priorities: tuple[Change, ...] = ()
    pauses: tuple[Pause, ...] = ()
    impact: str = ""
    urgency: str = ""
    alerted: Priority = Priority.P4
    client: str = ""
    contract: str = ""
    calendar: str = ""
    breached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """How far the alarm has been carried; it stands still while somebody has the incident.

    Attributes:
        since: When it last began to run, None while it stands still.
        spent: Nanoseconds for which it ran before that.
        done: Names of the steps that were taken.
        began: When it began to run for the first time; hours are counted from there.
        pauses: When it stood still since then, in order, as `began` is.
        told: Names of the contacts that its steps have told.
    """

    since: int | None = None
    spent: int = 0
    done: tuple[str, ...] = ()
    began: int = 0
    pauses: tuple[Pause, ...] = ()
    told: tuple[str, ...] = ()

    def elapsed(self, now: int) -> int:
        """Return for how long it has run, in nanoseconds."""
        running = 0 if self.since is None else max(0, now - self.since)
        return self.spent + running


@dataclass(frozen=True, slots=True)
class Flaps:
    """How restless an incident's alerts are.

    Attributes:
        changes: When it last became quiet or noisy, in order; no more than the rules look at.
        since: Since when it counts as flapping, None if it does not.
    """

    changes: tuple[int, ...] = ()
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident; moments in nanoseconds.

    Attributes:
        key: The identity while unresolved, canonical text; see `sothat.incidents.identity`.
        labels: What all of its alerts have in common.
        opened_at: The first opening; a re-opening does not change it.
        acknowledge_due: None once acknowledged or resolved; likewise ``response_due``, which is
            None without a contract, too.
        update_due: None where the priority asks for none.
        resolve_due: None while it waits on the customer; likewise ``resolution_due``, which is
            None without a contract, too. Once resolved, when it would have been due.
        acknowledged_at: In this opening; None again once the acknowledgement has lapsed.
        firing: How many of its alerts fire.
        quiet_until: End of the hold-down, set while none of its alerts fires.
        quiet_since: When the last of them ended, set while none fires.
        truncated: The last count of alerts that Alertmanager left out of a message.
        attention_at: When time alone next does something to it, None for never.
        cause: The incident that it follows from, None for none known.
        held: Reasons of the pages that wait for the end of the cause.
        held_until: When they go out, after the cause has ended.
        told: Whether somebody was paged about it since it was opened.
        paged: The reasons told since it was opened: nobody is told the same twice.
        reopened: How often.
        merged_into: The incident that took its alerts over.
        split_from: The incident that its alerts were taken from.
        reports: Keys of the components that it says are down; see `sothat.incidents.correlation`.
    """

    id: int
    key: str
    state: State
    priority: Priority
    team: str
    promise: Promise
    labels: Mapping[str, str]
    opened_at: int
    resolve_due: int | None = None
    acknowledge_due: int | None = None
    update_due: int | None = None
    acknowledged_at: int | None = None
    acknowledged_by: str = ""
    resolved_at: int | None = None
    resolved_by: str = ""
    firing: int = 0
    quiet_until: int | None = None
    quiet_since: int | None = None
    truncated: int = 0
    response_due: int | None = None
    resolution_due: int | None = None
    attention_at: int | None = None
    source: str = ""
    receiver: str = ""
    site: str = ""
    outcome: str = ""
    clocks: Clocks = Clocks()
    escalation: Escalation = Escalation()
    flaps: Flaps = Flaps()
    mitigated: Mark | None = None
    verified: Mark | None = None
    closed: Mark | None = None
    reopened: int = 0
    cause: int | None = None
    held: tuple[str, ...] = ()
    held_until: int | None = None
    told: bool = False
    paged: tuple[str, ...] = ()
    merged_into: int | None = None
    split_from: int | None = None
    reports: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Return whether it is resolved, verified or closed."""
        return self.resolved_at is not None

    @property
    def holds(self) -> bool:
        """Return whether its pages wait: it follows from another that is open, or just was."""
        return self.cause is not None or self.held_until is not None

    @property
    def waiting(self) -> bool:
        """Return whether it waits on the customer."""
        return bool(self.clocks.pauses) and self.clocks.pauses[-1].end is None and not self.over


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
    REOPENED = "reopened"
    LAPSED = "lapsed"
    RELEASED = "released"
    FLAPPING = "flapping"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    UNDELIVERED = "undelivered"
    ANNOUNCED = "announced"
    MAJOR = "major"
    FOLLOW_UP = "follow-up"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Page:
    """An outbox entry: tell one channel about one incident.

    Attributes:
        due: Not before this moment; None: at once.
        held: Why not at once: ``digest``, ``quiet hours`` or a maintenance window.
        recipient: The user whose contact the channel is; empty for one of the configuration's.
        tried: The channels that failed before this one took over.
    """

    incident: int
    channel: str
    reason: Reason
    priority: Priority
    at: int
    due: int | None = None
    held: str = ""
    recipient: str = ""
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlapRule:
    """An incident flaps that became quiet or noisy more than ``changes`` times in ``window``."""

    changes: int = 5
    window: int = 3_600_000_000_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What the transitions go by; all durations in nanoseconds.

    Attributes:
        policy: The compiled policy.
        hold: The hold-down: how long no alert may fire before an incident resolves by itself.
        identity: The labels that tell incidents apart; None: the message's own group.
        reopen: How long after its resolution an incident is opened again, rather than a new one.
        flap: What counts as flapping.
        lapse: How long an acknowledgement holds without an update, by priority; others for ever.
        close: How long after its resolution an incident closes by itself; None: never.
        client_label: The label that names the client.
        roster: Who is asked; None: no people are known, and nothing escalates.
        clockwork: The policy's clocks, made ready to count many deadlines; likewise ``graph``.
        rota: The roster, or without one the policy's rota alone.
    """

    policy: Policy
    hold: int
    identity: tuple[str, ...] | None = None
    reopen: int = 0
    flap: FlapRule = FlapRule()
    lapse: Mapping[Priority, int] = field(default_factory=dict)
    close: int | None = None
    client_label: str = "client"
    roster: Roster | None = None
    clockwork: Clockwork = field(init=False, repr=False, compare=False)
    rota: Roster = field(init=False, repr=False, compare=False)
    graph: Graph = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "clockwork", Clockwork(self.policy))
        object.__setattr__(self, "rota", self.roster or Roster(self.policy))
        object.__setattr__(self, "graph", Graph(self.policy.components))


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of one transition."""

    incident: Incident
    notes: tuple[Note, ...] = ()
    pages: tuple[Page, ...] = field(default=())


SERVICE = "sothat"
ALERTMANAGER = "alertmanager"
UNKNOWN_TEAM = "unknown"
