"""Lists in pages: incidents, alerts, timelines. Each page begins where the one before it ended.

A page is found by its first row's place in an index, never by counting rows: the thousandth page
is as quick as the first, and what is written meanwhile moves nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sothat.incidents.access.scope import EVERYTHING, Scope
from sothat.incidents.incident import Entry, Incident, Note, State
from sothat.incidents.searching import matches
from sothat.incidents.store.cursors import opened, sealed
from sothat.incidents.store.narrowing import masked, narrowed
from sothat.incidents.store.pairs import carries
from sothat.incidents.store.reading import AlertView
from sothat.incidents.store.rows import incident_of
from sothat.incidents.store.saying import says
from sothat.incidents.store.tables import ALERT, INCIDENT, OUTBOX, TIMELINE
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    literal,
    select,
    true,
    tuple_,
)

# The states in which somebody still works on an incident, in the order of its life.
WORKING = tuple(state for state in State if state in ("open", "acknowledged", "mitigated"))
_UNRESOLVED, _RESOLVED = 0, 1
_CHUNK = 200
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """A page, and where the next one begins; empty: there is none."""

    items: Sequence[T]
    following: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents: what is empty asks for nothing.

    Attributes:
        labels: Pairs that one alert of the incident carries, all of them.
        site: The value of the label ``site`` that all of its alerts share.
        since: Opened at or after this moment, nanoseconds; ``until``: before that one.
        words: What has to stand somewhere in what an incident says of itself, all of it.
        scope: What there is for whoever asks.
    """

    states: tuple[State, ...] = ()
    priorities: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    site: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    since: int | None = None
    until: int | None = None
    words: tuple[str, ...] = ()
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True)
class WantedAlerts:
    """Which alerts: firing or not, of an incident, with some labels; of those within a scope."""

    firing: bool | None = None
    incident: int | None = None
    labels: tuple[tuple[str, str], ...] = ()
    scope: Scope = EVERYTHING


def incidents(
    connection: Connection, wanted: Wanted, limit: int, after: str = ""
) -> Slice[Incident]:
    """Return a page of incidents: unresolved by priority and age, then the others, latest first.

    Raises:
        BadCursor: ``after`` is none of this list's.
    """
    read = _sought if wanted.words else _listed
    page = read(connection, wanted, limit, after)
    return Slice(masked(connection, page.items, wanted.scope), page.following)


def _listed(connection: Connection, wanted: Wanted, limit: int, after: str) -> Slice[Incident]:
    found: list[Incident] = []
    for query in _parts(wanted, _Begin.read(after)):
        rows = connection.execute(query.limit(limit + 1 - len(found)))
        found += map(incident_of, rows)
        if len(found) > limit:
            return Slice(found[:limit], _place(found[limit - 1]))
    return Slice(found)


def _sought(connection: Connection, wanted: Wanted, limit: int, after: str) -> Slice[Incident]:
    """Return a page of those that say the words, among those that the database takes for it."""
    found: list[Incident] = []
    while True:
        page = _listed(connection, wanted, _CHUNK, after)
        found += (one for one in page.items if matches(one, wanted.words))
        if len(found) > limit:
            return Slice(found[:limit], _place(found[limit - 1]))
        if not page.following:
            return Slice(found)
        after = page.following


def alerts(
    connection: Connection, wanted: WantedAlerts, limit: int, after: str = ""
) -> Slice[tuple[int, AlertView]]:
    """Return a page of alerts, each with its incident's number; the newest first.

    Raises:
        BadCursor: ``after`` is none of this list's.
    """
    query = narrowed(select(ALERT), wanted.scope, ALERT.c.incident_id).order_by(ALERT.c.id.desc())
    if wanted.firing is not None:
        query = query.where(ALERT.c.firing == wanted.firing)
    if wanted.incident is not None:
        query = query.where(ALERT.c.incident_id == wanted.incident)
    for pair in wanted.labels:
        query = query.where(carries(ALERT.c.labels, pair))
    if after:
        query = query.where(ALERT.c.id < opened(after, (int,))[0])
    rows = list(connection.execute(query.limit(limit + 1)))
    following = sealed((rows[limit - 1].id,)) if len(rows) > limit else ""
    return Slice([(row.incident_id, alert_view(row)) for row in rows[:limit]], following)


def alerts_of(
    connection: Connection, numbers: Sequence[int], most: int
) -> dict[int, Sequence[AlertView]]:
    """Return the first alerts of each incident, those that fire before the others.

    Args:
        connection: Where to read.
        numbers: The incidents.
        most: How many alerts of each; an incident may have any number.
    """
    if connection.dialect.name == "sqlite":
        return {number: _first_alerts(connection, number, most) for number in numbers}
    found: dict[int, list[AlertView]] = {number: [] for number in numbers}
    for row in connection.execute(_first_of_each(numbers, most)):
        found[row.incident_id].append(alert_view(row))
    return dict(found)


def _first_of_each(numbers: Sequence[int], most: int) -> Select[Any]:
    """Return one query for all: to a server and back takes longer than to find them."""
    asked = (
        func.unnest(literal([*numbers], ARRAY(BigInteger))).table_valued("number").render_derived()
    )
    query = select(ALERT).where(ALERT.c.incident_id == asked.c.number)
    first = query.order_by(ALERT.c.firing.desc(), ALERT.c.id).limit(most).lateral("first")
    return select(first).select_from(asked.join(first, true()))


def _first_alerts(connection: Connection, number: int, most: int) -> Sequence[AlertView]:
    query = select(ALERT).where(ALERT.c.incident_id == number).order_by(ALERT.c.id)
    rows = list(connection.execute(query.where(ALERT.c.firing).limit(most)))
    if len(rows) < most:
        rows += connection.execute(query.where(~ALERT.c.firing).limit(most - len(rows)))
    return [alert_view(row) for row in rows]


def timeline(connection: Connection, number: int, limit: int, after: str = "") -> Slice[Note]:
    """Return a page of an incident's timeline, the newest entry first.

    Raises:
        BadCursor: ``after`` is none of this list's.
    """
    query = select(TIMELINE).where(TIMELINE.c.incident_id == number)
    if after:
        query = query.where(TIMELINE.c.id < opened(after, (int,))[0])
    rows = list(connection.execute(query.order_by(TIMELINE.c.id.desc()).limit(limit + 1)))
    following = sealed((rows[limit - 1].id,)) if len(rows) > limit else ""
    notes = [Note(number, row.at, Entry(row.kind), row.actor, row.text) for row in rows[:limit]]
    return Slice(notes, following)


def incident(connection: Connection, number: int, scope: Scope = EVERYTHING) -> Incident | None:
    """Return one incident, None if there is none of this number within a scope."""
    query = narrowed(select(INCIDENT).where(INCIDENT.c.id == number), scope)
    row = connection.execute(query).first()
    return None if row is None else masked(connection, [incident_of(row)], scope)[0]


def undelivered(connection: Connection, number: int) -> Sequence[str]:
    """Return what could not be delivered of an incident's pages, and why."""
    query = select(OUTBOX.c.channel, OUTBOX.c.reason, OUTBOX.c.error).where(
        OUTBOX.c.incident_id == number, OUTBOX.c.state == "dead"
    )
    return [f"{row.channel} ({row.reason}): {row.error}" for row in connection.execute(query)]


def last_entry(connection: Connection, number: int) -> int:
    """Return the number of an incident's last timeline entry, 0 if it has none."""
    query = select(func.max(TIMELINE.c.id)).where(TIMELINE.c.incident_id == number)
    return int(connection.execute(query).scalar() or 0)


def alert_view(row: Any) -> AlertView:
    """Return the alert in a row."""
    return AlertView(
        *(row.fingerprint, row.episode, row.firing, row.starts_at, row.ends_at),
        *(row.labels, row.annotations, row.generator_url),
    )


@dataclass(frozen=True, slots=True)
class _Begin:
    """Where a page of incidents begins: in which part of the list, and after which row."""

    part: int = _UNRESOLVED
    row: tuple[Any, ...] = ()

    @classmethod
    def read(cls, text: str) -> "_Begin":
        if not text:
            return cls()
        part, key, moment, number = opened(text, (int, str, int, int))
        row = (key, moment, number) if part == _UNRESOLVED else (moment, number)
        return cls(int(part), row)


def _place(last: Incident) -> str:
    """Return where the page after an incident begins."""
    if last.resolved_at is None:
        return sealed((_UNRESOLVED, str(last.priority), last.opened_at, last.id))
    return sealed((_RESOLVED, "", last.resolved_at, last.id))


def _parts(wanted: Wanted, begin: _Begin) -> Iterator[Select[Any]]:
    """Yield the queries of the list's two parts, as far as they are asked for."""
    states = wanted.states or tuple(State)
    base = _filtered(narrowed(select(INCIDENT), wanted.scope), wanted)
    active = [str(state) for state in states if state in WORKING]
    columns = INCIDENT.c
    if active and begin.part == _UNRESOLVED:
        query = base.where(columns.resolved_at.is_(None), columns.state.in_(active))
        place = (columns.priority, columns.opened_at, columns.id)
        if begin.row:
            query = query.where(tuple_(*place) > tuple_(*map(literal, begin.row)))
        yield query.order_by(*place)
    over = [str(state) for state in states if state not in WORKING]
    if over:
        query = base.where(columns.resolved_at.is_not(None), columns.state.in_(over))
        if begin.part == _RESOLVED:
            ended = tuple_(columns.resolved_at, columns.id)
            query = query.where(ended < tuple_(*map(literal, begin.row)))
        yield query.order_by(columns.resolved_at.desc(), columns.id.desc())


def _filtered(query: Select[Any], wanted: Wanted) -> Select[Any]:
    columns = INCIDENT.c
    if wanted.priorities:
        query = query.where(columns.priority.in_(wanted.priorities))
    if wanted.teams:
        query = query.where(columns.team.in_(wanted.teams))
    if wanted.site:
        query = query.where(columns.site == wanted.site)
    if wanted.since is not None:
        query = query.where(columns.opened_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(columns.opened_at < wanted.until)
    query = query.where(*map(says, wanted.words)) if wanted.words else query
    return query.where(_has_alert(wanted.labels)) if wanted.labels else query


def _has_alert(labels: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    match = and_(
        ALERT.c.incident_id == INCIDENT.c.id, *(carries(ALERT.c.labels, pair) for pair in labels)
    )
    return exists(select(1).where(match)).correlate(INCIDENT)
