"""What time alone brings about: every incident whose moment has come is given it.

One that stumbles does not hold up the others: it is put off, longer each time, and both its
timeline and the metrics say so.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sothat.incidents.events import Tick
from sothat.incidents.incident import SERVICE, Entry, Note
from sothat.incidents.intake import SOURCE
from sothat.incidents.settling import settle
from sothat.incidents.store.bulk import Read, bulk
from sothat.incidents.store.engines import unavailable
from sothat.incidents.store.rows import note_row
from sothat.incidents.store.tables import INCIDENT, TIMELINE
from sothat.incidents.store.working import add_incidents, blank
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sothat.incidents.transition import transition
from sqlalchemy import Connection, insert, select, update

_LOG = logging.getLogger(__name__)
# No more in one transaction, so that the messages that come meanwhile wait a moment only.
_AT_ONCE = 50
_FIRST_PAUSE, _LONGEST_PAUSE = 60, 3600
_DUE = (
    "SELECT id, stumbles FROM incident WHERE attention_at IS NOT NULL AND attention_at <= {}"
    " ORDER BY attention_at LIMIT {}"
)


@dataclass(frozen=True, slots=True)
class Appointment:
    """An incident whose moment has come.

    Attributes:
        stumbles: How often in a row it could not be given its moment.
    """

    incident: int
    stumbles: int = 0


def due(connection: Connection, now: int) -> list[Appointment]:
    """Return the incidents whose moment has come, the longest overdue first."""
    (found,) = bulk(connection).read([Read(_DUE, (now, _AT_ONCE))])
    return [Appointment(*row) for row in found]


def anything_due(connection: Connection, now: int) -> bool:
    """Return whether some incident's moment has come."""
    query = select(INCIDENT.c.id).where(INCIDENT.c.attention_at.is_not(None))
    return (
        connection.execute(query.where(INCIDENT.c.attention_at <= now).limit(1)).first() is not None
    )


def keep_appointments(transaction: Transaction) -> bool:
    """Do what is due: all at once, or one after the other if one of them stumbles.

    Returns:
        Whether there may be more.
    """
    waiting = due(transaction.connection, transaction.now)
    if waiting:
        _keep_all(transaction, waiting)
    return len(waiting) == _AT_ONCE


def _keep_all(transaction: Transaction, waiting: Sequence[Appointment]) -> None:
    try:
        _keep(transaction, waiting)
    except Exception as error:
        if unavailable(error):
            raise
        for one in waiting:
            _keep_alone(transaction, one)


def _keep_alone(transaction: Transaction, one: Appointment) -> None:
    try:
        _keep(transaction, [one])
    except Exception as error:
        if unavailable(error):
            raise
        _LOG.exception("an incident's time cannot be kept", extra={"incident": one.incident})
        _put_off(transaction, one, error)


def _keep(transaction: Transaction, waiting: Sequence[Appointment]) -> None:
    """Give incidents their moment: all of it or nothing."""
    trial = Transaction(transaction.connection, transaction.now, transaction.rules)
    with transaction.connection.begin_nested():
        _tick(trial, [one.incident for one in waiting])
        _steady(trial, [one for one in waiting if one.stumbles])
        # A refusal has to come while there is still a savepoint to go back to.
        bulk(transaction.connection).sync()
    transaction.tallies.update(trial.tallies)
    transaction.paged |= trial.paged


def _tick(transaction: Transaction, numbers: Sequence[int]) -> None:
    work = blank(transaction.connection)
    add_incidents(transaction.connection, work, numbers)
    for number in numbers:
        before = work.incidents[number]
        work.take(before, transition(before, Tick(), transaction.now, transaction.rules))
    settle(transaction, work, SOURCE)


def _steady(transaction: Transaction, recovered: Sequence[Appointment]) -> None:
    for one in recovered:
        text = f"its time is kept again, after {one.stumbles} attempts that failed"
        _write(transaction, one, text, stumbles=0)


def _put_off(transaction: Transaction, one: Appointment, error: Exception) -> None:
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(one.stumbles, 10))
    text = (
        f"what time should have brought about has failed: {type(error).__name__}; "
        f"deadlines and escalation stand still, again in {pause} s"
    )
    until = transaction.now + pause * SECOND
    _write(transaction, one, text, stumbles=one.stumbles + 1, attention_at=until)


def _write(transaction: Transaction, one: Appointment, text: str, **change: int) -> None:
    connection = transaction.connection
    connection.execute(update(INCIDENT).where(INCIDENT.c.id == one.incident).values(change))
    note = Note(one.incident, transaction.now, Entry.NOTE, SERVICE, text)
    connection.execute(insert(TIMELINE), note_row(note))
