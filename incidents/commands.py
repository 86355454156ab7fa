"""What people tell an incident: acknowledge, resolve."""

from sothat.incidents.delivery import SOURCE
from sothat.incidents.events import Acknowledge, Resolve
from sothat.incidents.store.working import add_incidents, blank, save
from sothat.incidents.transaction import Transaction
from sothat.incidents.transition import transition


class NoSuchIncident(LookupError):  # noqa: N818 – it is named for what it says
    """There is no incident of this number."""


def carry_out(transaction: Transaction, number: int, event: Acknowledge | Resolve) -> None:
    """Apply a person's command to an incident.

    Raises:
        NoSuchIncident: There is none of this number.
        Refused: It contradicts the incident's state; the text is the reason.
    """
    work = blank(transaction.connection)
    add_incidents(transaction.connection, work, [number])
    before = work.incidents.get(number)
    if before is None:
        raise NoSuchIncident(f"there is no incident {number}")
    work.take(before, transition(before, event, transaction.now, transaction.rules))
    save(transaction.connection, work, SOURCE)
    transaction.tallies.update(work.tallies)
    transaction.paged |= bool(work.pages)
