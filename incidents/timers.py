"""What time alone brings about: hold-downs that end."""

from sothat.incidents.delivery import SOURCE
from sothat.incidents.events import Tick
from sothat.incidents.store.tables import INCIDENT
from sothat.incidents.store.working import add_incidents, blank, save
from sothat.incidents.transaction import Transaction
from sothat.incidents.transition import transition
from sqlalchemy import Connection, select

_AT_ONCE = 500


def due(connection: Connection, now: int) -> list[int]:
    """Return the ids of incidents whose hold-down is over, the longest first."""
    query = select(INCIDENT.c.id).where(INCIDENT.c.quiet_until.is_not(None))
    query = query.where(INCIDENT.c.quiet_until <= now).order_by(INCIDENT.c.quiet_until)
    return list(connection.execute(query.limit(_AT_ONCE)).scalars())


def end_hold_downs(transaction: Transaction) -> None:
    """Resolve the incidents that have been quiet for long enough."""
    numbers = due(transaction.connection, transaction.now)
    if not numbers:
        return
    work = blank(transaction.connection)
    add_incidents(transaction.connection, work, numbers)
    for number in numbers:
        before = work.incidents[number]
        work.take(before, transition(before, Tick(), transaction.now, transaction.rules))
    save(transaction.connection, work, SOURCE)
    transaction.tallies.update(work.tallies)
    transaction.paged |= bool(work.pages)
