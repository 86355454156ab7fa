"""How many new tickets a tracker is given in a minute; what is more waits, the worst come first.

A storm of incidents must not become a storm of requests that a ticket system answers with a ban.
The count is in the store: all replicas go by it.
"""

from collections.abc import Mapping, Sequence

from sothat.incidents.store.ticket_tables import TICKET, TRACKER
from sothat.incidents.tickets.linked import Stage
from sothat.incidents.tickets.mapping import Terms
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sqlalchemy import ColumnElement, Connection, func, select, update

_MINUTE = 60 * SECOND


def hold_back(transaction: Transaction, terms: Terms, due: Sequence[ColumnElement[bool]]) -> None:
    """Put off the tickets that are not there yet, if the minute has had as many as it may have.

    Args:
        transaction: The transaction.
        terms: Of the tracker.
        due: What the tickets fulfil that are due.
    """
    start, made = _minute(transaction, terms)
    until = start + _MINUTE
    if transaction.now >= until or made < terms.at_most:
        return
    later = update(TICKET).where(*due, TICKET.c.reference == "")
    error = f"held back: more than {terms.at_most} new tickets a minute"
    values = {"stage": str(Stage.HELD), "due_at": until, "error": error}
    transaction.connection.execute(later.values(values))


def take_turn(transaction: Transaction, terms: Terms) -> None:
    """Count a ticket that is about to be made."""
    start, made = _minute(transaction, terms)
    now = transaction.now
    if now >= start + _MINUTE:
        start, made = now, 0
    here = update(TRACKER).where(TRACKER.c.name == terms.name)
    transaction.connection.execute(here.values(minute_at=start, minute_made=made + 1))


def held_back(connection: Connection) -> Mapping[str, int]:
    """Return how many tickets of each tracker were put off."""
    query = select(TICKET.c.tracker, func.count()).where(TICKET.c.stage == str(Stage.HELD))
    found = connection.execute(query.group_by(TICKET.c.tracker))
    return {name: count for name, count in found}  # noqa: C416 – rows are no pairs


def _minute(transaction: Transaction, terms: Terms) -> tuple[int, int]:
    """Return when the minute began in which tickets are counted, and how many there were."""
    query = select(TRACKER.c.minute_at, TRACKER.c.minute_made).where(TRACKER.c.name == terms.name)
    row = transaction.connection.execute(query).one()
    return int(row.minute_at), int(row.minute_made)
