"""Reading the store: the figures of the gauges, and an alert as it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from sothat.incidents.access.scope import EVERYTHING, Scope
from sothat.incidents.store.narrowing import narrowed
from sothat.incidents.store.tables import INCIDENT, OUTBOX
from sqlalchemy import (
    Connection,
    Text,
    case,
    func,
    or_,
    select,
    type_coerce,
)


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


def count_open(connection: Connection, scope: Scope = EVERYTHING) -> Mapping[tuple[str, str], int]:
    """Return the number of unresolved incidents within a scope, by priority and state."""
    query = narrowed(select(INCIDENT.c.priority, INCIDENT.c.state, func.count()), scope)
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


def count_stuck(connection: Connection) -> int:
    """Return the number of incidents whose time could not be kept and is tried again later."""
    query = select(func.count()).select_from(INCIDENT)
    query = query.where(INCIDENT.c.stumbles > 0, INCIDENT.c.attention_at.is_not(None))
    return connection.execute(query).scalar_one()


def outbox_backlog(connection: Connection, now: int) -> tuple[int, int | None]:
    """Return how many notifications wait, and since when the oldest does.

    What is held for a digest, an hour or the end of a window waits only from that moment on.
    """
    held = type_coerce(OUTBOX.c.details, Text).contains('"held"')
    since = case((held, OUTBOX.c.due_at), else_=OUTBOX.c.created_at)
    query = select(func.count(), func.min(since)).where(OUTBOX.c.finished_at.is_(None))
    count, oldest = connection.execute(query.where(or_(~held, OUTBOX.c.due_at <= now))).one()
    return count, oldest
