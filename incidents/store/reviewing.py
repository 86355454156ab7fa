"""Reviews and their follow-ups: tables, and what is asked of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sothat.incidents.absent import Absent
from sothat.incidents.access.scope import EVERYTHING, Scope
from sothat.incidents.incident import Incident
from sothat.incidents.reviews.assembling import MOST_LINES, Happened
from sothat.incidents.reviews.content import CauseKind, ReviewContent
from sothat.incidents.reviews.review import FollowUp, FollowUpState, Review, ReviewState
from sothat.incidents.store import numbered
from sothat.incidents.store.browsing import Slice
from sothat.incidents.store.cursors import opened, sealed
from sothat.incidents.store.narrowing import narrowed
from sothat.incidents.store.noting import note_of
from sothat.incidents.store.rows import incident_of
from sothat.incidents.store.tables import INCIDENT, METADATA, TIMELINE, Json, new_id
from sothat.incidents.transaction import Transaction
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

REVIEW = Table(
    "review",
    METADATA,
    Column("incident_id", BigInteger, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("cause", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Json, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("updated_by", Json, nullable=False),
    Column("submitted_by", Json, nullable=False),
    Column("published_at", BigInteger),
    Column("revision", Integer, nullable=False),
    Column("content", Json, nullable=False),
)
Index("review_state", *(REVIEW.c.state, REVIEW.c.incident_id))

FOLLOW_UP = Table(
    "follow_up",
    METADATA,
    new_id(),
    Column("incident_id", BigInteger, nullable=False),
    Column("text", Json, nullable=False),
    Column("owner", Json, nullable=False),
    Column("team", Text, nullable=False),
    # An ISO day: in its order as text.
    Column("due", String(10), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_at", BigInteger),
    Column("ended_by", Json, nullable=False),
    Column("note", Json, nullable=False),
    Column("reminded", String(10), nullable=False),
)
Index("follow_up_incident", FOLLOW_UP.c.incident_id)
_OPEN = FOLLOW_UP.c.state == FollowUpState.OPEN.value
Index("follow_up_open", FOLLOW_UP.c.due, sqlite_where=_OPEN, postgresql_where=_OPEN)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review with its incident and how many of its follow-ups are open."""

    incident: Incident
    review: Review
    open_follow_ups: int


@dataclass(frozen=True, slots=True)
class WantedFollowUps:
    """Which follow-ups: what is empty asks for nothing.

    Attributes:
        overdue_on: Only those that are overdue on this day.
    """

    state: FollowUpState | None = None
    team: str = ""
    owner: str = ""
    incident: int | None = None
    overdue_on: date | None = None


def review(connection: Connection, number: int) -> Review | None:
    """Return the review of an incident."""
    row = connection.execute(select(REVIEW).where(REVIEW.c.incident_id == number)).first()
    return None if row is None else _review(row)


def the_review(connection: Connection, number: int) -> Review:
    """Return the review of an incident.

    Raises:
        Absent: It has none.
    """
    found = review(connection, number)
    if found is None:
        raise Absent(f"incident {number} has no review yet")
    return found


def keep_review(transaction: Transaction, one: Review, *, new: bool = False) -> None:
    """Keep a review as it is now."""
    row = _review_row(one)
    if new:
        transaction.connection.execute(insert(REVIEW), row)
        return
    changed = update(REVIEW).where(REVIEW.c.incident_id == one.incident).values(row)
    transaction.connection.execute(changed)


def reviews(
    connection: Connection,
    narrow: Sequence[Any],
    scope: Scope,
    limit: int,
    after: str = "",
) -> Slice[Reviewed]:
    """Return a page of reviews, those of the newest incidents first.

    Args:
        connection: Where to read.
        narrow: Conditions on `REVIEW` and the incident's columns.
        scope: Of whoever asks.
        limit: Most entries.
        after: Cursor of the page before.

    Raises:
        BadCursor: ``after`` is none of this list's.
    """
    still_open = (
        select(func.count())
        .where(FOLLOW_UP.c.incident_id == REVIEW.c.incident_id, _OPEN)
        .scalar_subquery()
    )
    query = _joined().add_columns(still_open.label("still_open")).where(*narrow)
    if after:
        query = query.where(REVIEW.c.incident_id < opened(after, (int,))[0])
    query = query.order_by(REVIEW.c.incident_id.desc()).limit(limit + 1)
    rows = list(connection.execute(narrowed(query, scope)))
    following = sealed((rows[limit - 1].incident_id,)) if len(rows) > limit else ""
    return Slice(
        [Reviewed(_its(row), _review(row), row.still_open) for row in rows[:limit]], following
    )


def _joined() -> Select[Any]:
    theirs = (column.label(f"its_{column.name}") for column in INCIDENT.c)
    return select(REVIEW, *theirs).join_from(
        REVIEW, INCIDENT, REVIEW.c.incident_id == INCIDENT.c.id
    )


class _Its:
    """The columns of an incident in a row that has others, too."""

    def __init__(self, row: Any) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, f"its_{name}")


def _its(row: Any) -> Incident:
    return incident_of(_Its(row))


def wanting(
    connection: Connection, priorities: Sequence[str], since: int, scope: Scope, limit: int
) -> Sequence[Incident]:
    """Return incidents that are over and still want a review, the oldest resolution first."""
    if not priorities:
        return []
    query = select(INCIDENT).where(
        INCIDENT.c.resolved_at >= since,
        INCIDENT.c.priority.in_(priorities),
        ~exists(select(1).where(REVIEW.c.incident_id == INCIDENT.c.id)).correlate(INCIDENT),
    )
    query = query.order_by(INCIDENT.c.resolved_at).limit(limit)
    rows = connection.execute(narrowed(query, scope))
    found = map(incident_of, rows)
    return [one for one in found if one.merged_into is None]


def happened(connection: Connection, number: int) -> Sequence[Happened]:
    """Return the first entries of an incident's timeline, in order."""
    query = select(TIMELINE).where(TIMELINE.c.incident_id == number)
    rows = connection.execute(query.order_by(TIMELINE.c.id).limit(2 * MOST_LINES))
    return [Happened(row.id, note_of(row)) for row in rows]


def lessons(connection: Connection, number: int) -> Sequence[str]:
    """Return the lessons of an incident's review, once that is published."""
    found = review(connection, number)
    if found is None or found.state is not ReviewState.PUBLISHED:
        return ()
    return found.content.lessons


def add_follow_up(transaction: Transaction, one: FollowUp) -> int:
    """Keep a new follow-up; return its number."""
    return numbered.add(transaction, FOLLOW_UP, _follow_up_row(one))


def keep_follow_up(transaction: Transaction, one: FollowUp) -> None:
    """Keep a follow-up as it is now."""
    numbered.keep(transaction, FOLLOW_UP, _follow_up_row(one))


def the_follow_up(connection: Connection, number: int) -> FollowUp:
    """Return a follow-up.

    Raises:
        Absent: There is none of this number.
    """
    return _follow_up(numbered.found(connection, FOLLOW_UP, number, "follow-up"))


def follow_ups(
    connection: Connection,
    wanted: WantedFollowUps,
    limit: int,
    after: str = "",
    scope: Scope = EVERYTHING,
) -> Slice[FollowUp]:
    """Return a page of follow-ups: those due first come first.

    Raises:
        BadCursor: ``after`` is none of this list's.
    """
    query = narrowed(_asked(wanted), scope, FOLLOW_UP.c.incident_id)
    if after:
        due, number = opened(after, (str, int))
        later = (FOLLOW_UP.c.due > due) | ((FOLLOW_UP.c.due == due) & (FOLLOW_UP.c.id > number))
        query = query.where(later)
    rows = list(
        connection.execute(query.order_by(FOLLOW_UP.c.due, FOLLOW_UP.c.id).limit(limit + 1))
    )
    last = rows[limit - 1] if len(rows) > limit else None
    following = sealed((last.due, last.id)) if last is not None else ""
    return Slice([_follow_up(row) for row in rows[:limit]], following)


def _asked(wanted: WantedFollowUps) -> Select[Any]:
    query = select(FOLLOW_UP)
    if wanted.state is not None:
        query = query.where(FOLLOW_UP.c.state == str(wanted.state))
    if wanted.team:
        query = query.where(FOLLOW_UP.c.team == wanted.team)
    if wanted.owner:
        query = query.where(FOLLOW_UP.c.owner == wanted.owner)
    if wanted.incident is not None:
        query = query.where(FOLLOW_UP.c.incident_id == wanted.incident)
    if wanted.overdue_on is not None:
        query = query.where(_OPEN, FOLLOW_UP.c.due < wanted.overdue_on.isoformat())
    return query


def due_for_reminder(
    connection: Connection, by: date, before: date, today: date, limit: int
) -> Sequence[FollowUp]:
    """Return open follow-ups of which somebody is to be reminded today.

    Args:
        connection: Where to read.
        by: Due by this day.
        before: Not reminded of since this day, unless they have become overdue meanwhile.
        today: The day.
        limit: Most of them.
    """
    late = (FOLLOW_UP.c.due < today.isoformat()) & (FOLLOW_UP.c.reminded <= FOLLOW_UP.c.due)
    never = FOLLOW_UP.c.reminded == ""
    query = select(FOLLOW_UP).where(
        _OPEN,
        FOLLOW_UP.c.due <= by.isoformat(),
        or_(never, FOLLOW_UP.c.reminded < before.isoformat(), late),
    )
    rows = connection.execute(query.order_by(FOLLOW_UP.c.due, FOLLOW_UP.c.id).limit(limit))
    return [_follow_up(row) for row in rows]


def count_follow_ups(connection: Connection, today: date) -> Mapping[str, tuple[int, int]]:
    """Return how many follow-ups are open, and how many of them overdue, by team."""
    late = func.sum((FOLLOW_UP.c.due < today.isoformat()).cast(Integer))
    query = select(FOLLOW_UP.c.team, func.count(), late).where(_OPEN).group_by(FOLLOW_UP.c.team)
    return {team: (count, int(overdue)) for team, count, overdue in connection.execute(query)}


def count_reviews(connection: Connection) -> Mapping[str, int]:
    """Return the number of reviews by state."""
    query = select(REVIEW.c.state, func.count()).group_by(REVIEW.c.state)
    return {state: count for state, count in connection.execute(query)}  # noqa: C416 – rows are no pairs


def published_of(
    connection: Connection, scope: Scope, limit: int
) -> Sequence[tuple[Incident, ReviewContent]]:
    """Return the newest incidents with the content of their published reviews."""
    query = _joined().where(REVIEW.c.state == ReviewState.PUBLISHED.value)
    query = query.order_by(REVIEW.c.incident_id.desc()).limit(limit)
    rows = connection.execute(narrowed(query, scope))
    return [(_its(row), _review(row).content) for row in rows]


def causes(connection: Connection, numbers: Sequence[int]) -> Mapping[int, CauseKind]:
    """Return what the published reviews of some incidents name as the kind of their cause."""
    query = select(REVIEW.c.incident_id, REVIEW.c.cause).where(
        REVIEW.c.state == ReviewState.PUBLISHED.value
    )
    if not numbers:
        return {}
    between = REVIEW.c.incident_id.between(min(numbers), max(numbers))
    return {
        row.incident_id: CauseKind(row.cause) for row in connection.execute(query.where(between))
    }


def _review(row: Any) -> Review:
    return Review(
        incident=row.incident_id,
        state=ReviewState(row.state),
        content=msgspec.convert(row.content, ReviewContent),
        version=row.version,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        submitted_by=row.submitted_by,
        published_at=row.published_at,
        revision=row.revision,
    )


def _review_row(one: Review) -> Row:
    return {
        "incident_id": one.incident,
        "state": str(one.state),
        "cause": str(one.content.cause),
        "version": one.version,
        "created_at": one.created_at,
        "created_by": one.created_by,
        "updated_at": one.updated_at,
        "updated_by": one.updated_by,
        "submitted_by": one.submitted_by,
        "published_at": one.published_at,
        "revision": one.revision,
        "content": msgspec.to_builtins(one.content),
    }


def _follow_up(row: Any) -> FollowUp:
    return FollowUp(
        **{name: getattr(row, name) for name in ("id", "text", "owner", "team", "created_at")},
        incident=row.incident_id,
        due=date.fromisoformat(row.due),
        created_by=row.created_by,
        state=FollowUpState(row.state),
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        note=row.note,
        reminded=row.reminded,
    )


def _follow_up_row(one: FollowUp) -> Row:
    names = ("id", "text", "owner", "team", "created_at", "created_by", "ended_at", "ended_by")
    row = {name: getattr(one, name) for name in (*names, "note", "reminded")}
    return {**row, "incident_id": one.incident, "due": one.due.isoformat(), "state": str(one.state)}
