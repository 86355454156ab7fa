"""What was said of incidents, to whom: it is never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sothat.incidents.communication.book import Kind
from sothat.incidents.communication.facts import Status
from sothat.incidents.communication.wording import Text
from sothat.incidents.incident import Incident
from sothat.incidents.store.rows import incident_of
from sothat.incidents.store.tables import INCIDENT, METADATA, Json, new_id
from sothat.incidents.transaction import Transaction
from sqlalchemy import BigInteger, Column, Connection, Index, String, Table, insert, select

ANNOUNCEMENT = Table(
    "announcement",
    METADATA,
    new_id(),
    Column("incident_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("author", Json, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("audience", String(64), nullable=False),
    Column("service", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("subject", Json, nullable=False),
    Column("body", Json, nullable=False),
)
Index("announcement_incident", ANNOUNCEMENT.c.incident_id)
Index("announcement_audience", *(ANNOUNCEMENT.c.audience, ANNOUNCEMENT.c.at))


@dataclass(frozen=True, slots=True)
class Announced:
    """Something that was said; ``service`` is its key, empty for none."""

    id: int
    incident: int
    at: int
    author: str
    kind: Kind
    audience: str
    service: str
    status: Status
    text: Text


def add_announcement(transaction: Transaction, said: Announced) -> int:
    """Keep what is said; its id does not count. Return the id that it gets."""
    row = {
        "incident_id": said.incident,
        "at": said.at,
        "author": said.author,
        "kind": str(said.kind),
        "audience": said.audience,
        "service": said.service,
        "status": str(said.status),
        "subject": said.text.subject,
        "body": said.text.body,
    }
    done = transaction.connection.execute(insert(ANNOUNCEMENT).values(row))
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def announcements(connection: Connection, incident: int) -> Sequence[Announced]:
    """Return what was said of an incident, in order."""
    query = select(ANNOUNCEMENT).where(ANNOUNCEMENT.c.incident_id == incident)
    return [*map(_announced, connection.execute(query.order_by(ANNOUNCEMENT.c.id)))]


def told_since(connection: Connection, audience: str, since: int) -> Sequence[Announced]:
    """Return what an audience was told since a moment, in order."""
    query = select(ANNOUNCEMENT).where(ANNOUNCEMENT.c.audience == audience)
    query = query.where(ANNOUNCEMENT.c.at >= since).order_by(ANNOUNCEMENT.c.id)
    return [*map(_announced, connection.execute(query))]


def incidents_of(connection: Connection, numbers: Sequence[int]) -> dict[int, Incident]:
    """Return incidents by number."""
    query = select(INCIDENT).where(INCIDENT.c.id.in_(numbers))
    return {row.id: incident_of(row) for row in connection.execute(query)}


def _announced(row: Any) -> Announced:
    return Announced(
        id=row.id,
        incident=row.incident_id,
        at=row.at,
        author=row.author,
        kind=Kind(row.kind),
        audience=row.audience,
        service=row.service,
        status=Status(row.status),
        text=Text(row.subject, row.body),
    )
