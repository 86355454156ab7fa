"""Which open incident reports which part as down, and what follows from it."""

from collections.abc import Iterable, Iterator, Mapping, Set

from sothat.incidents.store.bulk import Write
from sothat.incidents.store.tables import INCIDENT, OUTAGE
from sqlalchemy import Connection, select

_CHUNK = 5000
# Which incidents report some parts as down.
OPEN = "SELECT key, incident_id FROM outage WHERE key {}"


def oldest(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the oldest incident that reports each part as down, by the part's key."""
    found: dict[str, int] = {}
    for key, number in rows:
        found[key] = min(number, found.get(key, number))
    return found


def dependents(connection: Connection, causes: Iterable[int]) -> Iterator[int]:
    """Yield the unresolved incidents that follow from some others."""
    for chunk in _chunks(causes):
        query = select(INCIDENT.c.id).where(INCIDENT.c.cause.in_(chunk))
        yield from connection.execute(query.where(INCIDENT.c.resolved_at.is_(None))).scalars()


def report(reported: Mapping[int, tuple[str, ...]], created: Set[int]) -> list[Write]:
    """Return what keeps what incidents report now, by their ids; of those over it is nothing.

    Args:
        reported: The keys of the parts, by incident.
        created: Which incidents are new: nothing is kept of them yet.
    """
    former = [{"incident_id": number} for number in reported if number not in created]
    rows = [
        {"incident_id": number, "key": key} for number, keys in reported.items() for key in keys
    ]
    return [Write(OUTAGE, former, remove=True), Write(OUTAGE, rows)]


def _chunks(items: Iterable[object]) -> Iterator[list[object]]:
    everything = list(items)
    for start in range(0, len(everything), _CHUNK):
        yield everything[start : start + _CHUNK]
