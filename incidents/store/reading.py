"""Reading the store: incidents with their alerts and timelines, and the figures of the gauges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sothat.incidents.incident import Entry, Incident, Note, State
from sothat.incidents.store.rows import incident_of
from sothat.incidents.store.tables import ALERT, INCIDENT, OUTBOX, TIMELINE, encode
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    type_coerce,
)

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class AlertView:
    """One episode as it is shown."""

    fingerprint: str
    episode: int
    firing: bool
    starts_at: int
    ends_at: int | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    generator_url: str


@dataclass(frozen=True, slots=True)
class View:
    """An incident as it is shown."""

    incident: Incident
    alerts: Sequence[AlertView]
    timeline: Sequence[Note] = ()
    undelivered: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which incidents to list: of some states, of an alert with all these labels."""

    states: tuple[State, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    limit: int = 1000


def list_incidents(connection: Connection, wanted: Filter) -> Sequence[View]:
    """Return incidents: unresolved by priority and age, then resolved, the latest first."""
    states = wanted.states or tuple(State)
    found: list[Incident] = []
    unresolved = [str(s) for s in states if s is not State.RESOLVED]
    if unresolved:
        query = select(INCIDENT).where(INCIDENT.c.resolved_at.is_(None))
        query = query.where(INCIDENT.c.state.in_(unresolved))
        query = query.order_by(INCIDENT.c.priority, INCIDENT.c.opened_at)
        found += _incidents(connection, query, wanted, wanted.limit)
    if State.RESOLVED in states and len(found) < wanted.limit:
        query = select(INCIDENT).where(INCIDENT.c.resolved_at.is_not(None))
        query = query.order_by(INCIDENT.c.resolved_at.desc())
        found += _incidents(connection, query, wanted, wanted.limit - len(found))
    alerts = _alerts(connection, [incident.id for incident in found])
    return [View(incident, alerts.get(incident.id, ())) for incident in found]


def find_incident(connection: Connection, number: int) -> View | None:
    """Return one incident with its timeline, None if there is none of this number."""
    row = connection.execute(select(INCIDENT).where(INCIDENT.c.id == number)).first()
    if row is None:
        return None
    alerts = _alerts(connection, [number]).get(number, ())
    return View(incident_of(row), alerts, _timeline(connection, number), _dead(connection, number))


def count_open(connection: Connection) -> Mapping[tuple[str, str], int]:
    """Return the number of unresolved incidents by priority and state."""
    query = select(INCIDENT.c.priority, INCIDENT.c.state, func.count())
    query = query.where(INCIDENT.c.resolved_at.is_(None))
    rows = connection.execute(query.group_by(INCIDENT.c.priority, INCIDENT.c.state))
    return {(priority, state): count for priority, state, count in rows}


def count_overdue(connection: Connection, now: int) -> Mapping[str, int]:
    """Return the number of incidents whose acknowledgement is overdue, by priority."""
    query = select(INCIDENT.c.priority, func.count()).where(
        INCIDENT.c.resolved_at.is_(None), INCIDENT.c.acknowledge_due < now
    )
    rows = connection.execute(query.group_by(INCIDENT.c.priority))
    return {priority: count for priority, count in rows}  # noqa: C416 – rows are no pairs


def outbox_backlog(connection: Connection, now: int) -> tuple[int, int | None]:
    """Return how many notifications wait, and since when the oldest does.

    What is held for a digest, an hour or the end of a window waits only from that moment on.
    """
    held = type_coerce(OUTBOX.c.details, Text).contains('"held"')
    since = case((held, OUTBOX.c.due_at), else_=OUTBOX.c.created_at)
    query = select(func.count(), func.min(since)).where(OUTBOX.c.finished_at.is_(None))
    count, oldest = connection.execute(query.where(or_(~held, OUTBOX.c.due_at <= now))).one()
    return count, oldest


def _incidents(
    connection: Connection, query: Select[tuple[object, ...]], wanted: Filter, limit: int
) -> Sequence[Incident]:
    for name, value in wanted.labels:
        query = query.where(_has_label(name, value))
    return [incident_of(row) for row in connection.execute(query.limit(limit))]


def _has_label(name: str, value: str) -> ColumnElement[bool]:
    # The labels' text is canonical: a label is in it where its pair follows a brace or a comma,
    # since inside a text every quote has a backslash before it. The same in every database.
    pair, text = encode({name: value})[1:-1], type_coerce(ALERT.c.labels, Text)
    found = (func.replace(text, f"{begin}{pair}", "") != text for begin in "{,")
    match = and_(ALERT.c.incident_id == INCIDENT.c.id, or_(*found))
    return exists(select(1).where(match)).correlate(INCIDENT)


def _alerts(connection: Connection, numbers: Sequence[int]) -> Mapping[int, Sequence[AlertView]]:
    found: dict[int, list[AlertView]] = {}
    for start in range(0, len(numbers), _CHUNK):
        query = select(ALERT).where(ALERT.c.incident_id.in_(numbers[start : start + _CHUNK]))
        for row in connection.execute(query.order_by(ALERT.c.id)):
            view = AlertView(
                *(row.fingerprint, row.episode, row.firing, row.starts_at, row.ends_at),
                *(row.labels, row.annotations, row.generator_url),
            )
            found.setdefault(row.incident_id, []).append(view)
    return found


def _timeline(connection: Connection, number: int) -> Sequence[Note]:
    query = select(TIMELINE).where(TIMELINE.c.incident_id == number).order_by(TIMELINE.c.id)
    rows = connection.execute(query)
    return [Note(number, row.at, Entry(row.kind), row.actor, row.text) for row in rows]


def _dead(connection: Connection, number: int) -> Sequence[str]:
    query = select(OUTBOX.c.channel, OUTBOX.c.reason, OUTBOX.c.error).where(
        OUTBOX.c.incident_id == number, OUTBOX.c.state == "dead"
    )
    return [f"{row.channel} ({row.reason}): {row.error}" for row in connection.execute(query)]
