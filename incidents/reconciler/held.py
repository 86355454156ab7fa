"""What the store holds of the alerts that are compared."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sothat.incidents.reconciler.compare import Held
from sothat.incidents.store.tables import ALERT
from sqlalchemy import Connection, Select, select

_CHUNK = 5000
_HELD = select(
    *(ALERT.c.fingerprint, ALERT.c.firing, ALERT.c.starts_at, ALERT.c.incident_id, ALERT.c.labels)
).where(ALERT.c.newest)


def held(connection: Connection, source: str, known: Iterable[str]) -> Mapping[str, Held]:
    """Return the newest episode of every alert of a source that fires, and of some others.

    Args:
        connection: A connection that reads.
        source: Name of the source.
        known: Fingerprints of the others.
    """
    ours = _HELD.where(ALERT.c.source == source)
    found = _held(connection, ours.where(ALERT.c.firing))
    missing = [fingerprint for fingerprint in known if fingerprint not in found]
    for chunk in _chunks(missing):
        found |= _held(connection, ours.where(ALERT.c.fingerprint.in_(chunk)))
    return found


def incidents_of(
    connection: Connection, source: str, fingerprints: Iterable[str]
) -> Mapping[str, int]:
    """Return the incident of the newest episode of each of some alerts."""
    query = select(ALERT.c.fingerprint, ALERT.c.incident_id)
    query = query.where(ALERT.c.newest, ALERT.c.source == source, ALERT.c.incident_id > 0)
    found: dict[str, int] = {}
    for chunk in _chunks(list(fingerprints)):
        rows = connection.execute(query.where(ALERT.c.fingerprint.in_(chunk)))
        found |= {row.fingerprint: row.incident_id for row in rows}
    return found


def _held(connection: Connection, query: Select[Any]) -> dict[str, Held]:
    return {row.fingerprint: Held(*row) for row in connection.execute(query)}


def _chunks(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
