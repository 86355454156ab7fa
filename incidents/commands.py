"""What people tell incidents, carried out."""

from sothat.incidents.events import Command, Joining, Merge, Reopen, Split
from sothat.incidents.incident import Incident
from sothat.incidents.intake import SOURCE
from sothat.incidents.joining import merge, split
from sothat.incidents.refusal import Refused
from sothat.incidents.settling import settle
from sothat.incidents.store.members import members
from sothat.incidents.store.working import add_incidents, blank, unresolved_of
from sothat.incidents.transaction import Transaction
from sothat.incidents.transition import transition
from sothat.incidents.working_set import WorkingSet


class NoSuchIncident(LookupError):  # noqa: N818 – it is named for what it says
    """There is no incident of this number."""


def carry_out(transaction: Transaction, number: int, event: Command | Joining) -> None:
    """Apply a person's command to an incident.

    Raises:
        NoSuchIncident: There is none of this number.
        Refused: It contradicts the incident's state; the text is the reason.
    """
    work = blank(transaction.connection)
    before = _find(transaction, work, number)
    match event:
        case Merge():
            _merge(transaction, work, before, event)
        case Split():
            _split(transaction, work, before, event)
        case _:
            if isinstance(event, Reopen):
                _want_no_other(transaction, before)
            work.take(before, transition(before, event, transaction.now, transaction.rules))
    settle(transaction, work, before.source or SOURCE)


def _find(transaction: Transaction, work: WorkingSet, number: int) -> Incident:
    add_incidents(transaction.connection, work, [number])
    found = work.incidents.get(number)
    if found is None:
        raise NoSuchIncident(f"there is no incident {number}")
    return found


def _want_no_other(transaction: Transaction, incident: Incident) -> None:
    """At most one incident of a key is unresolved."""
    other = unresolved_of(transaction.connection, incident.key)
    if other is not None and other != incident.id:
        raise Refused(f"#{other} of the same group is open: go on there")


def _merge(transaction: Transaction, work: WorkingSet, one: Incident, event: Merge) -> None:
    into = _find(transaction, work, event.into)
    given, taking = merge(one, into, event, transaction.now, transaction.rules)
    work.take(one, given)
    work.take(into, taking)
    work.taken_over[one.id] = into.id


def _split(transaction: Transaction, work: WorkingSet, whole: Incident, event: Split) -> None:
    parts = members(transaction.connection, whole.id)
    number = work.new_incident()
    left, taken = split(whole, number, event, parts, transaction.now, transaction.rules)
    work.take(whole, left)
    work.take(None, taken)
    work.moved.update({parts[name][0].id: number for name in event.fingerprints})
