"""What is old is let go, some rows at a time: nobody waits long for it."""

from dataclasses import dataclass

from sothat.incidents.store import sealing
from sothat.incidents.store.announcements import ANNOUNCEMENT
from sothat.incidents.store.conversation import CONVERSATION
from sothat.incidents.store.letters import LETTER
from sothat.incidents.store.majors import DECISION, MAJOR, TASK
from sothat.incidents.store.reports_in import forget_reports
from sothat.incidents.store.reviewing import FOLLOW_UP, REVIEW
from sothat.incidents.store.tables import ALERT, INCIDENT, MESSAGE, OUTAGE, OUTBOX, TIMELINE
from sothat.incidents.store.ticket_tables import TICKET
from sothat.incidents.transaction import Transaction
from sqlalchemy import Column, Connection, Table, delete, select

_AT_ONCE = 500
_RECORDS = (REVIEW, FOLLOW_UP, MAJOR, TASK, DECISION)
_BELONGINGS = (ALERT, TIMELINE, OUTBOX, OUTAGE, CONVERSATION, TICKET, ANNOUNCEMENT, *_RECORDS)


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long things are kept, in nanoseconds; None: for ever.

    Attributes:
        messages: Raw messages, from their receipt.
        incidents: Incidents with all that belongs to them, from their resolution; letters that were
            sent, and reports that were decided on, from their receipt.
        audit: Entries of the audit log.
    """

    messages: int | None = None
    incidents: int | None = None
    audit: int | None = None


def let_go(transaction: Transaction, keep: Retention) -> bool:
    """Delete some of what is too old; return whether there may be more."""
    connection, now = transaction.connection, transaction.now
    full = False
    if keep.messages is not None:
        full |= _delete(connection, MESSAGE, MESSAGE.c.received_at, now - keep.messages)
    if keep.audit is not None:
        full |= sealing.let_go(connection, now - keep.audit, _AT_ONCE)
    if keep.incidents is not None:
        full |= _delete_incidents(connection, now - keep.incidents)
        full |= _delete(connection, LETTER, LETTER.c.finished_at, now - keep.incidents)
        full |= forget_reports(connection, now - keep.incidents, _AT_ONCE)
    return full


def _delete(connection: Connection, table: Table, moment: Column[int], before: int) -> bool:
    query = select(table.c.id).where(moment < before).order_by(table.c.id).limit(_AT_ONCE)
    numbers = list(connection.execute(query).scalars())
    if numbers:
        connection.execute(delete(table).where(table.c.id.in_(numbers)))
    return len(numbers) == _AT_ONCE


def _delete_incidents(connection: Connection, before: int) -> bool:
    query = select(INCIDENT.c.id).where(INCIDENT.c.resolved_at < before)
    query = query.order_by(INCIDENT.c.resolved_at).limit(_AT_ONCE)
    numbers = list(connection.execute(query).scalars())
    if numbers:
        for table in _BELONGINGS:
            connection.execute(delete(table).where(table.c.incident_id.in_(numbers)))
        connection.execute(delete(INCIDENT).where(INCIDENT.c.id.in_(numbers)))
    return len(numbers) == _AT_ONCE
