"""The working set of a batch: loaded by a few queries, written back by a few statements."""

from collections.abc import Iterable, Sequence
from functools import partial

from sothat.incidents.episode import Episode
from sothat.incidents.identity import keys_in
from sothat.incidents.incident import Incident, Rules
from sothat.incidents.intake import keys_needed
from sothat.incidents.payload import Message
from sothat.incidents.store.bulk import Bulk, Read, Write, bulk
from sothat.incidents.store.outages import OPEN, oldest, report
from sothat.incidents.store.rows import (
    COLUMNS,
    alert_row,
    incident_from,
    incident_row,
    note_row,
    page_row,
)
from sothat.incidents.store.supply import NEXT, Supply, used
from sothat.incidents.store.tables import ALERT, INCIDENT, OUTBOX, TIMELINE
from sothat.incidents.working_set import WorkingSet
from sqlalchemy import Connection, bindparam, select, update

_INCIDENT = f"SELECT {', '.join((*COLUMNS, 'document'))} FROM incident"  # noqa: S608 – names only
_ACTIVE = f"{_INCIDENT} WHERE resolved_at IS NULL AND key {{}}"
_BY_ID = f"{_INCIDENT} WHERE id {{}}"
_EPISODES = (
    "SELECT id, fingerprint, episode, firing, starts_at, ends_at, incident_id FROM alert"
    " WHERE newest AND source = {} AND fingerprint {}"
)
_RECENT = (
    "SELECT key, id FROM incident WHERE resolved_at IS NOT NULL AND key {} ORDER BY resolved_at"
)
_TAKE_OVER = (
    update(ALERT)
    .where(ALERT.c.incident_id == bindparam("former"))
    .values(incident_id=bindparam("incident"))
)


def load(
    connection: Connection, source: str, messages: Sequence[Message], rules: Rules
) -> WorkingSet:
    """Return all that is known of the alerts in some messages."""
    prints = {sighting.fingerprint for message in messages for sighting in message.sightings}
    keys = list(keys_in(source, messages, rules))
    database = bulk(connection)
    episodes, active, recent, outages, following = database.read(
        [
            Read(_EPISODES, (source, list(prints))),
            Read(_ACTIVE, (keys,)),
            Read(_RECENT, (keys if rules.reopen else [],)),
            Read(OPEN, (list(keys_needed(messages, rules)),)),
            NEXT,
        ]
    )
    work = _working_set(Supply(lambda: following))
    work.episodes = {row[1]: Episode(*row) for row in episodes}
    _take_in(work, map(incident_from, active))
    work.recent = {key: number for key, number in recent if key not in work.active}
    work.outages = oldest(outages)
    owners = {episode.incident for episode in work.episodes.values()}
    _add(database, work, owners | set(work.recent.values()))
    return work


def blank(connection: Connection) -> WorkingSet:
    """Return a working set without content, with its supply of ids."""
    return _working_set(Supply(lambda: bulk(connection).read([NEXT])[0]))


def _working_set(supply: Supply) -> WorkingSet:
    incident, alert, message = (
        partial(supply.take, table) for table in ("incident", "alert", "message")
    )
    return WorkingSet({}, {}, {}, incident, alert, message, supply.given)


def add_incidents(connection: Connection, work: WorkingSet, numbers: Iterable[int]) -> None:
    """Load incidents by id into a working set, with those that they were merged into."""
    _add(bulk(connection), work, set(numbers))


def _add(database: Bulk, work: WorkingSet, numbers: set[int]) -> None:
    missing = numbers - set(work.incidents)
    if not missing:
        return
    found = [*map(incident_from, database.read([Read(_BY_ID, (list(missing),))])[0])]
    _take_in(work, found)
    # One that retention has let go is not there; nobody asks for it again.
    _add(database, work, {one.merged_into for one in found if one.merged_into is not None})


def _take_in(work: WorkingSet, incidents: Iterable[Incident]) -> None:
    for incident in incidents:
        work.incidents[incident.id] = incident
        if incident.resolved_at is None:
            work.active[incident.key] = incident.id


def unresolved_of(connection: Connection, key: str) -> int | None:
    """Return the unresolved incident of a key, if there is one."""
    query = select(INCIDENT.c.id).where(INCIDENT.c.resolved_at.is_(None), INCIDENT.c.key == key)
    number: int | None = connection.execute(query).scalar()
    return number


def save(connection: Connection, work: WorkingSet, source: str, more: Sequence[Write] = ()) -> None:
    """Write all changes of a working set, its tallies excepted, and what else is to be written."""
    if work.taken_over:
        pairs = [{"former": old, "incident": new} for old, new in work.taken_over.items()]
        connection.execute(_TAKE_OVER, pairs)
    outages = report(work.reported, work.created)
    writes = [*_alerts(work, source), *_incidents(work), *outages, used(work.given())]
    bulk(connection).write([*writes, *more])


def _alerts(work: WorkingSet, source: str) -> list[Write]:
    ended = [
        {"id": e.id, "firing": False, "ends_at": e.ends_at}
        for e in work.touched.values()
        if e.id not in work.sightings
    ]
    replaced = [{"id": row, "newest": False, "firing": False} for row in work.replaced]
    rehomed = [{"id": row, "incident_id": number} for row, number in work.moved.items()]
    newest = {episode.id for episode in work.episodes.values()}
    begun = [
        alert_row(episode, seen, source, newest=episode.id in newest)
        for episode, seen in work.sightings.values()
    ]
    return [
        Write(ALERT, ended, update=True),
        Write(ALERT, replaced, update=True),
        Write(ALERT, rehomed, update=True),
        Write(ALERT, begun),
    ]


def _incidents(work: WorkingSet) -> list[Write]:
    # What resolves comes before what opens: a key may pass from one incident to the next.
    changed = [incident_row(work.incidents[i]) for i in sorted(work.changed - work.created)]
    created = [incident_row(work.incidents[i]) for i in sorted(work.created)]
    return [
        Write(INCIDENT, changed, update=True),
        Write(INCIDENT, created),
        Write(TIMELINE, [note_row(note) for note in work.notes]),
        Write(OUTBOX, [page_row(page) for page in work.pages]),
    ]
