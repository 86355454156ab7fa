"""What goes in and out of the JSON API: each type checks requests and stands in the document."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field
from sothat.incidents.incident import Entry, State
from sothat.incidents.roles import Role
from sothat.model.policy import Priority
from sothat.service_levels.contracts import Clock

LARGEST_ID = 2**63 - 1
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
_Zoned = Annotated[datetime, Meta(tz=True)]
Limit = Annotated[int, Meta(ge=1, le=1000, description="Most entries of a page")]
_Cursor = Annotated[str, Meta(max_length=200, description="`next` of the page before")]
# A database has no text with NUL in it.
_NAME = r"^[^\x00]*$"
# Some text that is not blank: `\S` alone means other characters in Python than in JSON Schema.
SOMETHING = r"[^\s\x1c-\x1f\x85\ufeff]"
_Name = Annotated[str, Meta(max_length=1000, pattern=_NAME)]
# No list would mean everything: whoever limits says to what.
_Some = Annotated[
    Annotated[list[_Name], Meta(min_length=1, max_length=1000)] | None,
    Meta(description="Sees these only; left out: all"),
]
_Label = Annotated[
    str, Meta(pattern="^[^=]+=", max_length=4000, description="NAME=VALUE; all given must match")
]


class Request(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a caller sends: a key that is not known is refused."""


class Answer(Struct, kw_only=True):
    """What a caller gets."""


class Nothing(Request):
    """No parameters."""


class IncidentsQuery(Request, rename={"states": "state", "priorities": "priority"}):
    """Which incidents to list; several values of one parameter are alternatives."""

    states: list[State] = []
    priorities: list[Priority] = []
    team: list[_Name] = []
    site: _Name = ""
    label: list[_Label] = []
    text: Annotated[
        str,
        Meta(max_length=200, pattern=_NAME, description="Words, all of which it says of itself"),
    ] = ""
    since: Annotated[_Zoned | None, Meta(description="Opened at or after")] = None
    until: Annotated[_Zoned | None, Meta(description="Opened before")] = None
    limit: Limit = 100
    cursor: _Cursor = ""


class AlertsQuery(Request):
    """Which alerts to list."""

    status: Literal["firing", "resolved"] | None = None
    incident: Id | None = None
    label: list[_Label] = []
    limit: Limit = 100
    cursor: _Cursor = ""


class PageQuery(Request):
    """Which page of a list."""

    limit: Limit = 100
    cursor: _Cursor = ""


class Alert(Answer):
    """One episode of an alert, from its first firing to its end."""

    incident: int
    fingerprint: str
    episode: int
    status: Literal["firing", "resolved"]
    starts_at: Moment
    ends_at: Moment | None
    labels: dict[str, str]
    annotations: dict[str, str]
    generator_url: str


class TimelineEntry(Answer):
    """Something that happened to an incident."""

    at: Moment
    kind: Entry
    actor: str
    text: str


class Incident(Answer):
    """An incident; of its alerts the first ones, those that fire before the others."""

    id: int
    title: str
    priority: Priority
    state: State
    team: str
    site: str
    outcome: Annotated[str, Meta(description="The customer outcome that is at stake")]
    labels: Annotated[dict[str, str], Meta(description="What all of its alerts share")]
    where: str
    opened_at: Moment
    acknowledged_at: Moment | None
    resolved_at: Moment | None
    acknowledge_due: Moment | None
    update_due: Moment | None
    resolve_due: Moment | None
    response_due: Annotated[Moment | None, Meta(description="The contract's; null without one")]
    resolution_due: Moment | None
    acknowledged_by: str
    resolved_by: str
    waiting: Annotated[bool, Meta(description="Whether it waits on the customer")]
    reopened: Annotated[int, Meta(description="How often")]
    cause: Annotated[int | None, Meta(description="The incident that it follows from")]
    merged_into: int | None
    split_from: int | None
    if_: str = field(name="if")
    do: str
    so_that: str
    runbook_url: str
    dashboard_url: str
    firing: Annotated[int, Meta(description="How many of its alerts fire")]
    alerts: list[Alert]


class Reason(Answer):
    """A line of an explanation: what happened to the clock in a stretch of time."""

    kind: Annotated[str, Meta(description="due, promise, counted, paused, closed or moved")]
    since: Moment
    until: Moment
    seconds: Annotated[float, Meta(description="How much of it counted, or would have")]
    text: Annotated[str, Meta(description="In the calendar's local time")]


class Deadline(Answer):
    """A clock: when it is due, how it stands, and why it is due then."""

    clock: Clock
    due: Moment
    started: Moment
    met_at: Moment | None
    breached: bool
    paused: bool
    elapsed_seconds: Annotated[float, Meta(description="Of the time that counts")]
    remaining_seconds: Annotated[float, Meta(description="Of the time that counts")]
    overdue_seconds: Annotated[float, Meta(description="Of any time")]
    calendar: Annotated[str, Meta(description="Calendar and version by which it was counted")]
    as_of: Moment
    why: list[Reason]


class TicketLink(Answer):
    """An incident's ticket in another system."""

    tracker: Annotated[str, Meta(description="Its name in the configuration")]
    name: Annotated[str, Meta(description="What it is called there; empty: it is not there yet")]
    url: str
    error: Annotated[str, Meta(description="What is wrong with it; empty: nothing")]


class IncidentDetail(Incident):
    """An incident with its clocks, the latest part of its timeline, and what reached nobody."""

    deadlines: list[Deadline]

    timeline: list[TimelineEntry]
    timeline_next: Annotated[str, Meta(description="Cursor of the entries before; empty: none")]
    undelivered: list[str]
    lessons: Annotated[list[str], Meta(description="Of its review, once that is published")]
    tickets: list[TicketLink]


class IncidentPage(Answer):
    """A page of incidents: unresolved by priority and age, then the others, the latest first."""

    incidents: list[Incident]
    next: str


class AlertPage(Answer):
    """A page of alerts, the newest first."""

    alerts: list[Alert]
    next: str


class TimelinePage(Answer):
    """A page of a timeline, the newest entry first."""

    timeline: list[TimelineEntry]
    next: str


class OnCallQuery(Request):
    """Whose duty, and when."""

    team: list[_Name] = []
    at: Annotated[_Zoned | None, Meta(description="Now where left out")] = None


class Shift(Answer):
    """Somebody's duty."""

    member: Annotated[str, Meta(description="A role of the policy, or a user")]
    rotation: str
    since: Moment
    until: Moment
    reason: str


class Duty(Answer):
    """Who is on call for a team."""

    team: str
    now: Annotated[Shift | None, Meta(description="null: nobody is")]
    next: Shift | None
    people: Annotated[list[str], Meta(description="Users who have the role")]
    problem: Annotated[str, Meta(description="Why nobody can be reached; empty: somebody can")]


class OnCall(Answer):
    """Who is on call, by team."""

    at: Moment
    teams: list[Duty]


class NewToken(Request):
    """A token to be made."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]*(?!\n)$", max_length=100)]
    role: Role
    teams: _Some = None
    sites: _Some = None
    clients: _Some = None


class Token(Answer):
    """A token, without what it is."""

    name: str
    role: Role
    created_at: Moment
    created_by: str
    revoked_at: Moment | None
    scope: Annotated[
        dict[str, list[str]],
        Meta(description="The teams, sites and clients that it sees; empty: everything"),
    ]


class FreshToken(Answer):
    """A token that was just made: what it is can be seen this once."""

    name: str
    role: Role
    token: str


class TokenList(Answer):
    """All tokens, by name."""

    tokens: list[Token]


class AuditEntry(Answer):
    """Who called which command, and what came of it."""

    id: int
    at: Moment
    caller: str
    subject: Annotated[
        str, Meta(description="Issuer and subject of whom a provider identified; else empty")
    ]
    role: Role
    action: str
    incident: int | None
    outcome: str
    detail: dict[str, Any]


class AuditPage(Answer):
    """A page of the audit log, the newest entry first."""

    entries: list[AuditEntry]
    next: str


class Problem(Answer):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
