"""What follows from a working set that was changed, and its way back into the store."""

from collections.abc import Sequence

from sothat.incidents.events import CauseOver
from sothat.incidents.store.bulk import Write
from sothat.incidents.store.outages import dependents
from sothat.incidents.store.working import add_incidents, save
from sothat.incidents.transaction import Transaction
from sothat.incidents.transition import transition
from sothat.incidents.working_set import WorkingSet


def settle(
    transaction: Transaction, work: WorkingSet, source: str, more: Sequence[Write] = ()
) -> None:
    """Tell those that followed from an incident that it is over, and save everything."""
    _tell_dependents(transaction, work)
    save(transaction.connection, work, source, more)
    transaction.tallies.update(work.tallies)
    transaction.paged |= bool(work.pages)


def _tell_dependents(transaction: Transaction, work: WorkingSet) -> None:
    ended = {number for number in work.reported if work.incidents[number].over}
    if not ended:
        return
    found = set(dependents(transaction.connection, ended))
    found |= {one.id for one in work.incidents.values() if one.cause in ended}
    add_incidents(transaction.connection, work, found - set(work.incidents))
    for number in sorted(found):
        before = work.incidents[number]
        if before.cause in ended:
            step = transition(before, CauseOver(), transaction.now, transaction.rules)
            work.take(before, step)
