"""Which open incident reports which part as down, and what follows from it."""

from collections.abc import Iterable, Iterator, Mapping

from sothat.incidents.store.tables import INCIDENT, OUTAGE
from sqlalchemy import Connection, delete, insert, select

_CHUNK = 5000


def open_outages(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Return the oldest incident that reports each of some parts as down, by the part's key."""
    found: dict[str, int] = {}
    for chunk in _chunks(keys):
        query = select(OUTAGE.c.key, OUTAGE.c.incident_id).where(OUTAGE.c.key.in_(chunk))
        for row in connection.execute(query.order_by(OUTAGE.c.incident_id.desc())):
            found[row.key] = row.incident_id
    return found


def dependents(connection: Connection, causes: Iterable[int]) -> Iterator[int]:
    """Yield the unresolved incidents that follow from some others."""
    for chunk in _chunks(causes):
        query = select(INCIDENT.c.id).where(INCIDENT.c.cause.in_(chunk))
        yield from connection.execute(query.where(INCIDENT.c.resolved_at.is_(None))).scalars()


def report(connection: Connection, reported: Mapping[int, tuple[str, ...]]) -> None:
    """Keep what incidents report now, by their ids; of those that are over it is nothing."""
    if not reported:
        return
    for chunk in _chunks(reported):
        connection.execute(delete(OUTAGE).where(OUTAGE.c.incident_id.in_(chunk)))
    pairs = ((number, key) for number, keys in reported.items() for key in keys)
    rows = [{"incident_id": number, "key": key} for number, key in pairs]
    if rows:
        connection.execute(insert(OUTAGE), rows)


def _chunks(items: Iterable[object]) -> Iterator[list[object]]:
    everything = list(items)
    for start in range(0, len(everything), _CHUNK):
        yield everything[start : start + _CHUNK]
