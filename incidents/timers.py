"""What time alone brings about: every incident whose moment has come is given it."""

from sothat.incidents.events import Tick
from sothat.incidents.intake import SOURCE
from sothat.incidents.settling import settle
from sothat.incidents.store.tables import INCIDENT
from sothat.incidents.store.working import add_incidents, blank
from sothat.incidents.transaction import Transaction
from sothat.incidents.transition import transition
from sqlalchemy import Connection, select

_AT_ONCE = 500


def due(connection: Connection, now: int) -> list[int]:
    """Return the ids of incidents whose moment has come, the longest overdue first."""
    query = select(INCIDENT.c.id).where(INCIDENT.c.attention_at.is_not(None))
    query = query.where(INCIDENT.c.attention_at <= now).order_by(INCIDENT.c.attention_at)
    return list(connection.execute(query.limit(_AT_ONCE)).scalars())


def keep_appointments(transaction: Transaction) -> None:
    """Do what is due."""
    numbers = due(transaction.connection, transaction.now)
    if not numbers:
        return
    work = blank(transaction.connection)
    add_incidents(transaction.connection, work, numbers)
    for number in numbers:
        before = work.incidents[number]
        work.take(before, transition(before, Tick(), transaction.now, transaction.rules))
    settle(transaction, work, SOURCE)
