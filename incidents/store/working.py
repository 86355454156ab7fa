"""The working set of a batch: loaded by a few queries, written back by a few statements."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count

from sothat.incidents.episode import Episode
from sothat.incidents.identity import keys_in
from sothat.incidents.incident import Incident, Rules
from sothat.incidents.intake import keys_needed
from sothat.incidents.payload import Message
from sothat.incidents.store.engines import upsert
from sothat.incidents.store.outages import open_outages, report
from sothat.incidents.store.rows import alert_row, incident_of, incident_row, note_row, page_row
from sothat.incidents.store.tables import ALERT, INCIDENT, OUTBOX, TALLY, TIMELINE
from sothat.incidents.tallies import Delta
from sothat.incidents.working_set import WorkingSet
from sqlalchemy import (
    Column,
    Connection,
    Executable,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)

_CHUNK = 5000
Rows = Iterable[dict[str, object]]
_EPISODE = (
    *(ALERT.c.id, ALERT.c.fingerprint, ALERT.c.episode, ALERT.c.firing),
    *(ALERT.c.starts_at, ALERT.c.ends_at, ALERT.c.incident_id),
)
_END = (
    update(ALERT)
    .where(ALERT.c.id == bindparam("row"))
    .values(firing=False, ends_at=bindparam("moment"))
)
_REPLACE = update(ALERT).where(ALERT.c.id == bindparam("row")).values(newest=False, firing=False)
_REHOME = (
    update(ALERT).where(ALERT.c.id == bindparam("row")).values(incident_id=bindparam("incident"))
)
_TAKE_OVER = (
    update(ALERT)
    .where(ALERT.c.incident_id == bindparam("former"))
    .values(incident_id=bindparam("incident"))
)
_MOVE = update(INCIDENT).where(INCIDENT.c.id == bindparam("row"))


def next_id(connection: Connection, table: Table) -> int:
    """Return the first free id; safe because whoever asks holds the write lock."""
    highest = connection.execute(select(func.max(table.c.id))).scalar()
    return (highest or 0) + 1


def load(
    connection: Connection, source: str, messages: Sequence[Message], rules: Rules
) -> WorkingSet:
    """Return all that is known of the alerts in some messages."""
    sightings = [sighting for message in messages for sighting in message.sightings]
    prints = {sighting.fingerprint for sighting in sightings}
    keys = keys_in(source, messages, rules)
    episodes = dict(_episodes(connection, source, prints))
    owners = {episode.incident for episode in episodes.values()}
    work = blank(connection)
    work.episodes = episodes
    for incident in _active(connection, keys):
        work.incidents[incident.id] = incident
        work.active[incident.key] = incident.id
    if rules.reopen:
        work.recent = dict(_recent(connection, keys - set(work.active)))
        owners |= set(work.recent.values())
    add_incidents(connection, work, owners - set(work.incidents))
    work.outages = open_outages(connection, keys_needed(messages, rules))
    return work


def blank(connection: Connection) -> WorkingSet:
    """Return a working set without content, with its supply of ids."""
    incidents, episodes = _supply(connection, INCIDENT), _supply(connection, ALERT)
    return WorkingSet({}, {}, {}, incidents, episodes)


def add_incidents(connection: Connection, work: WorkingSet, numbers: Iterable[int]) -> None:
    """Load incidents by id into a working set."""
    for chunk in _chunks(numbers):
        rows = connection.execute(select(INCIDENT).where(INCIDENT.c.id.in_(chunk)))
        for incident in map(incident_of, rows):
            work.incidents[incident.id] = incident
            if incident.resolved_at is None:
                work.active[incident.key] = incident.id
    merged = {i.merged_into for i in work.incidents.values() if i.merged_into is not None}
    if not merged <= set(work.incidents):
        add_incidents(connection, work, merged - set(work.incidents))


def unresolved_of(connection: Connection, key: str) -> int | None:
    """Return the unresolved incident of a key, if there is one."""
    query = select(INCIDENT.c.id).where(INCIDENT.c.resolved_at.is_(None), INCIDENT.c.key == key)
    number: int | None = connection.execute(query).scalar()
    return number


def save(connection: Connection, work: WorkingSet, source: str) -> None:
    """Write all changes of a working set, its tallies excepted."""
    ended = (e for e in work.touched.values() if e.id not in work.sightings)
    _execute(connection, _END, ({"row": e.id, "moment": e.ends_at} for e in ended))
    _execute(connection, _REPLACE, ({"row": i} for i in work.replaced))
    rehomed: Rows = ({"row": row, "incident": number} for row, number in work.moved.items())
    _execute(connection, _REHOME, rehomed)
    taken: Rows = ({"former": old, "incident": new} for old, new in work.taken_over.items())
    _execute(connection, _TAKE_OVER, taken)
    newest = {episode.id for episode in work.episodes.values()}
    _execute(
        connection,
        insert(ALERT),
        (alert_row(e, seen, source, newest=e.id in newest) for e, seen in work.sightings.values()),
    )
    # What resolves comes before what opens: a key may pass from one incident to the next.
    changed = (work.incidents[i] for i in sorted(work.changed - work.created))
    _execute(connection, _MOVE, ({"row": i.id, **incident_row(i)} for i in changed))
    created = (work.incidents[i] for i in sorted(work.created))
    _execute(connection, insert(INCIDENT), map(incident_row, created))
    report(connection, work.reported)
    _execute(connection, insert(TIMELINE), map(note_row, work.notes))
    _execute(connection, insert(OUTBOX), map(page_row, work.pages))


def grow(connection: Connection, deltas: Iterable[tuple[Delta, float]]) -> None:
    """Add to tallies."""
    rows = ({"series": name, "labels": list(labels), "value": by} for (name, labels), by in deltas)
    more = upsert(connection, TALLY)
    more = more.on_conflict_do_update(
        index_elements=[TALLY.c.series, TALLY.c.labels],
        set_={"value": TALLY.c.value + more.excluded.value},
    )
    _execute(connection, more, rows)


def tallies(connection: Connection) -> Iterator[tuple[Delta, float]]:
    """Yield all tallies."""
    for row in connection.execute(select(TALLY)):
        yield (row.series, tuple(row.labels)), row.value


def _supply(connection: Connection, table: Table) -> Callable[[], int]:
    numbers: Iterator[int] | None = None

    def following() -> int:
        nonlocal numbers
        if numbers is None:
            numbers = count(next_id(connection, table))
        return next(numbers)

    return following


def _execute(connection: Connection, statement: Executable, rows: Rows) -> None:
    values = list(rows)
    if values:
        connection.execute(statement, values)


def _episodes(
    connection: Connection, source: str, prints: Iterable[str]
) -> Iterator[tuple[str, Episode]]:
    known = select(*_EPISODE).where(ALERT.c.newest, ALERT.c.source == source)
    for chunk in _chunks(prints):
        for row in connection.execute(known.where(ALERT.c.fingerprint.in_(chunk))):
            yield row.fingerprint, Episode(*row)


def _active(connection: Connection, keys: Iterable[str]) -> Iterator[Incident]:
    known = select(INCIDENT).where(INCIDENT.c.resolved_at.is_(None))
    column: Column[str] = INCIDENT.c.key
    for chunk in _chunks(keys):
        yield from map(incident_of, connection.execute(known.where(column.in_(chunk))))


def _recent(connection: Connection, keys: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield the newest incident that is over of each key."""
    newest = (
        select(INCIDENT.c.key, INCIDENT.c.id)
        .where(INCIDENT.c.resolved_at.is_not(None))
        .order_by(INCIDENT.c.resolved_at)
    )
    column: Column[str] = INCIDENT.c.key
    for chunk in _chunks(keys):
        for row in connection.execute(newest.where(column.in_(chunk))):
            yield row.key, row.id


def _chunks(items: Iterable[object]) -> Iterator[list[object]]:
    everything = list(items)
    for start in range(0, len(everything), _CHUNK):
        yield everything[start : start + _CHUNK]
