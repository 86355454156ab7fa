"""Major incidents, their tasks and decisions: tables, and what is asked of them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import msgspec
from sothat.incidents.absent import Absent
from sothat.incidents.access.scope import Scope
from sothat.incidents.incident import Incident
from sothat.incidents.major.major import Major, MajorState
from sothat.incidents.major.work import Decision, Task
from sothat.incidents.store import numbered
from sothat.incidents.store.browsing import Slice
from sothat.incidents.store.cursors import opened, sealed
from sothat.incidents.store.narrowing import narrowed
from sothat.incidents.store.rows import incident_of
from sothat.incidents.store.tables import ALERT, INCIDENT, METADATA, Json, new_id
from sothat.incidents.transaction import Transaction
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    String,
    Table,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

MAJOR = Table(
    "major",
    METADATA,
    Column("incident_id", BigInteger, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    # Every other field of `Major`, by name.
    Column("document", Json, nullable=False),
)
_LED = MAJOR.c.state == MajorState.DECLARED.value
Index("major_led", MAJOR.c.incident_id, sqlite_where=_LED, postgresql_where=_LED)

TASK = Table(
    "task",
    METADATA,
    new_id(),
    Column("incident_id", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Json, nullable=False),
    Column("owner", Json, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_at", BigInteger),
    Column("ended_by", Json, nullable=False),
    Column("note", Json, nullable=False),
)
Index("task_incident", TASK.c.incident_id)

# Rows are only ever added.
DECISION = Table(
    "decision",
    METADATA,
    new_id(),
    Column("incident_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Json, nullable=False),
    Column("text", Json, nullable=False),
    Column("reason", Json, nullable=False),
)
Index("decision_incident", DECISION.c.incident_id)

# So many alerts say how far an incident reaches; what is more reaches further still.
_MOST_ALERTS = 2_000
_MOST_SHOWN = 500


def major(connection: Connection, number: int) -> Major | None:
    """Return the record of an incident as a major one."""
    row = connection.execute(select(MAJOR).where(MAJOR.c.incident_id == number)).first()
    return None if row is None else _major(row)


def the_major(connection: Connection, number: int) -> Major:
    """Return the record of an incident as a major one.

    Raises:
        Absent: There is none.
    """
    found = major(connection, number)
    if found is None:
        raise Absent(f"incident {number} is no major incident, and none has proposed that it is")
    return found


def keep_major(transaction: Transaction, one: Major) -> None:
    """Keep the record of an incident as it is now."""
    document = {each.name: getattr(one, each.name) for each in fields(one)}
    number, state = document.pop("incident"), document.pop("state")
    values = {"state": str(state), "document": document}
    connection = transaction.connection
    done = connection.execute(update(MAJOR).where(MAJOR.c.incident_id == number).values(values))
    if not done.rowcount:
        connection.execute(insert(MAJOR), {"incident_id": number, **values})


def majors(
    connection: Connection, states: Sequence[str], scope: Scope, limit: int, after: str = ""
) -> Slice[tuple[Incident, Major]]:
    """Return a page of major incidents, the newest incidents first.

    Raises:
        BadCursor: ``after`` is none of this list's.
    """
    query = select(INCIDENT, MAJOR.c.state.label("major_state"), MAJOR.c.document.label("record"))
    query = query.join_from(INCIDENT, MAJOR, MAJOR.c.incident_id == INCIDENT.c.id)
    if states:
        query = query.where(MAJOR.c.state.in_(states))
    if after:
        query = query.where(INCIDENT.c.id < opened(after, (int,))[0])
    query = narrowed(query, scope).order_by(INCIDENT.c.id.desc()).limit(limit + 1)
    rows = list(connection.execute(query))
    following = sealed((rows[limit - 1].id,)) if len(rows) > limit else ""
    found = [
        (incident_of(row), _record(row.id, row.major_state, row.record)) for row in rows[:limit]
    ]
    return Slice(found, following)


def led(connection: Connection) -> Sequence[Major]:
    """Return the major incidents that are led now."""
    return [_major(row) for row in connection.execute(select(MAJOR).where(_LED))]


def count_led(connection: Connection) -> int:
    """Return the number of major incidents that are led now."""
    return connection.execute(select(func.count()).select_from(MAJOR).where(_LED)).scalar_one()


def candidates(
    connection: Connection, priorities: Sequence[str], after: int, limit: int
) -> Sequence[Incident]:
    """Return unresolved incidents of which nobody has decided whether they are major ones.

    Args:
        connection: Where to read.
        priorities: Only these; empty: all.
        after: Those with a higher number.
        limit: Most of them.
    """
    decided = exists(select(1).where(MAJOR.c.incident_id == INCIDENT.c.id)).correlate(INCIDENT)
    query = select(INCIDENT).where(
        INCIDENT.c.resolved_at.is_(None),
        INCIDENT.c.cause.is_(None),
        INCIDENT.c.id > after,
        ~decided,
    )
    if priorities:
        query = query.where(INCIDENT.c.priority.in_(priorities))
    rows = connection.execute(query.order_by(INCIDENT.c.id).limit(limit))
    return [incident_of(row) for row in rows]


def reach(connection: Connection, number: int) -> Sequence[Mapping[str, str]]:
    """Return labels of the alerts that fire in an incident and in those that follow from it."""
    followers = select(INCIDENT.c.id).where(INCIDENT.c.cause == number)
    query = select(ALERT.c.labels).where(
        ALERT.c.firing, or_(ALERT.c.incident_id == number, ALERT.c.incident_id.in_(followers))
    )
    return list(connection.execute(query.limit(_MOST_ALERTS)).scalars())


def add_task(transaction: Transaction, one: Task) -> int:
    """Keep a new task; return its number."""
    return numbered.add(transaction, TASK, _task_row(one))


def keep_task(transaction: Transaction, one: Task) -> None:
    """Keep a task as it is now."""
    numbered.keep(transaction, TASK, _task_row(one))


def the_task(connection: Connection, number: int) -> Task:
    """Return a task.

    Raises:
        Absent: There is none of this number.
    """
    return _task(numbered.found(connection, TASK, number, "task"))


def tasks(connection: Connection, number: int) -> Sequence[Task]:
    """Return the tasks of a major incident, in the order in which they came up."""
    query = select(TASK).where(TASK.c.incident_id == number).order_by(TASK.c.id)
    return [_task(row) for row in connection.execute(query.limit(_MOST_SHOWN))]


def add_decision(transaction: Transaction, one: Decision) -> None:
    """Keep a decision."""
    row = msgspec.to_builtins(one)
    row["incident_id"] = row.pop("incident")
    numbered.add(transaction, DECISION, row)


def decisions(connection: Connection, number: int) -> Sequence[Decision]:
    """Return the decisions of a major incident, in order."""
    query = select(DECISION).where(DECISION.c.incident_id == number).order_by(DECISION.c.id)
    rows = connection.execute(query.limit(_MOST_SHOWN))
    return [Decision(row.id, row.incident_id, row.at, row.by, row.text, row.reason) for row in rows]


def _major(row: Any) -> Major:
    return _record(row.incident_id, row.state, row.document)


def _record(number: int, state: str, document: Mapping[str, Any]) -> Major:
    return msgspec.convert({**document, "incident": number, "state": state}, Major)


def _task_row(one: Task) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(one)
    row["incident_id"] = row.pop("incident")
    return row


def _task(row: Any) -> Task:
    values = {str(column.name): getattr(row, column.name) for column in TASK.c}
    values["incident"] = values.pop("incident_id")
    return msgspec.convert(values, Task)
