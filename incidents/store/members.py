"""The alerts of an incident, as its transitions see them."""

from typing import Any

from sothat.incidents.episode import Episode
from sothat.incidents.payload import Sighting
from sothat.incidents.store.tables import ALERT
from sqlalchemy import Connection, select


def members(connection: Connection, incident: int) -> dict[str, tuple[Episode, Sighting]]:
    """Return the newest episodes that belong to an incident, by fingerprint."""
    query = select(ALERT).where(ALERT.c.incident_id == incident, ALERT.c.newest)
    return {row.fingerprint: (_episode(row), _sighting(row)) for row in connection.execute(query)}


def _episode(row: Any) -> Episode:
    return Episode(
        *(row.id, row.fingerprint, row.episode, row.firing),
        *(row.starts_at, row.ends_at, row.incident_id),
    )


def _sighting(row: Any) -> Sighting:
    return Sighting(
        *(row.fingerprint, row.firing, row.starts_at, row.ends_at),
        *(row.labels, row.annotations, row.generator_url),
    )
