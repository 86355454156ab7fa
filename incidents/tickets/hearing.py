"""What people did in a ticket becomes commands of the incident, in one transaction with it."""

import hashlib
from dataclasses import dataclass, replace

from sothat.incidents.commands import carry_out
from sothat.incidents.incident import SERVICE, Entry, Incident, Note
from sothat.incidents.refusal import Refused
from sothat.incidents.roles import Caller, Role
from sothat.incidents.store import browsing
from sothat.incidents.store.audit import DONE, REFUSED, Deed, digest_of_key, record
from sothat.incidents.store.bulk import bulk
from sothat.incidents.store.rows import note_row
from sothat.incidents.store.tables import TIMELINE
from sothat.incidents.store.ticketing import Claim, Lost, entries_after, keep, reload
from sothat.incidents.tickets.linked import Linked
from sothat.incidents.tickets.mapping import Terms, standing
from sothat.incidents.tickets.news import Gesture, News, news
from sothat.incidents.tickets.telling import answer
from sothat.incidents.tickets.tracker import View
from sothat.incidents.transaction import Transaction
from sqlalchemy import insert

_QUARREL = "its ticket is ended and opened again all the time: left alone for an hour"


@dataclass(frozen=True, slots=True)
class Heard:
    """How both sides stand after a look.

    Attributes:
        entries: Of the timeline with their ids, those that are still to be told.
    """

    ticket: Linked
    incident: Incident
    entries: tuple[tuple[int, Note], ...]
    quarrel: bool = False


def hear(transaction: Transaction, claim: Claim, view: View, terms: Terms) -> Heard:
    """Take in what a look at a ticket says; a thing is heard once, however often it is looked at.

    Raises:
        Lost: Another process has the ticket.
    """
    ticket = reload(transaction.connection, claim)
    incident = _incident(transaction, ticket)
    found = news(ticket, view, incident, terms, transaction.now)
    ticket = found.ticket
    for gesture in found.gestures:
        ticket = _carried_out(transaction, ticket, gesture, terms)
    if found.quarrel:
        say(transaction, ticket, _QUARREL, once=True)
    keep(transaction, claim, replace(ticket, error=_error(found, ticket, incident, terms)))
    incident = _incident(transaction, ticket)
    entries = entries_after(transaction.connection, ticket.incident, ticket.told)
    return Heard(ticket, incident, entries, found.quarrel)


def _error(found: News, ticket: Linked, incident: Incident, terms: Terms) -> str:
    """Return what is still wrong with a ticket that could be looked at."""
    if found.quarrel:
        return _QUARREL
    return ticket.error if ticket.facts.refused == standing(terms, incident) else ""


def _incident(transaction: Transaction, ticket: Linked) -> Incident:
    """Return the incident as it is now, with all that this transaction has written."""
    bulk(transaction.connection).sync()
    found = browsing.incident(transaction.connection, ticket.incident)
    if found is None:
        raise Lost(f"incident {ticket.incident} is let go")
    return found


def _carried_out(
    transaction: Transaction, ticket: Linked, gesture: Gesture, terms: Terms
) -> Linked:
    """Carry a gesture out and put it on record; a refusal is owed to those who made it."""
    caller = Caller(f"tracker {ticket.tracker}", Role.RESPONDER)
    digest = hashlib.sha256(gesture.key.encode("utf-8", "replace")).hexdigest()
    deed = Deed(
        *(caller, gesture.name, ticket.incident, {"by": gesture.event.by}),
        digest=digest,
        key=gesture.key,
    )
    if digest_of_key(transaction.connection, caller, gesture.key) is not None:
        return ticket
    try:
        carry_out(transaction, ticket.incident, gesture.event)
    except Refused as refusal:
        record(transaction, deed, REFUSED, reason=str(refusal))
        owed = (*ticket.facts.owed, answer(gesture.name, str(refusal)))
        return replace(ticket, facts=replace(ticket.facts, owed=owed))
    record(transaction, deed, DONE)
    # What they have made of it is what it has to be: it is not given back to them in other words.
    status = standing(terms, _incident(transaction, ticket)).status
    pushed = replace(ticket.facts.pushed, status=status)
    if gesture.name == "note":
        return ticket
    return replace(ticket, facts=replace(ticket.facts, pushed=pushed))


def say(transaction: Transaction, ticket: Linked, text: str, *, once: bool = False) -> None:
    """Write something about a ticket on its incident's timeline.

    Args:
        transaction: The transaction.
        ticket: The ticket.
        text: What is said.
        once: Not if it is what was said last, or the ticket's error.
    """
    if once and ticket.error == text:
        return
    note = Note(ticket.incident, transaction.now, Entry.NOTE, SERVICE, f"{ticket.tracker}: {text}")
    transaction.connection.execute(insert(TIMELINE), note_row(note))
