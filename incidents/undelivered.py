"""A page that nobody got: somebody else is told."""

from collections.abc import Iterator
from dataclasses import replace

from sothat.incidents.directory import Directory
from sothat.incidents.escalation import due_steps
from sothat.incidents.incident import SERVICE, Entry, Incident, Note, Page, Reason
from sothat.incidents.recipients import moot
from sothat.incidents.rehearsal import participants
from sothat.incidents.store.entries import Claim
from sothat.incidents.store.rows import incident_of, incident_row, note_row, page_row
from sothat.incidents.store.tables import INCIDENT, OUTBOX, TIMELINE
from sothat.incidents.transaction import Transaction
from sqlalchemy import insert, select, update

# That something is over, that nobody heard of it, or what was told to others wakes nobody else.
_QUIETLY = frozenset({Reason.RESOLVED, Reason.UNDELIVERED, Reason.ANNOUNCED, Reason.FOLLOW_UP})


def carry_on(transaction: Transaction, claim: Claim, directory: Directory) -> None:
    """Ask the next level at once for each incident of a message that is given up.

    The last resort is told besides; it is told of what failed on others, never of its own.
    """
    numbers = [
        row.incident.id
        for row in claim.rows
        if row.reason not in _QUIETLY and row.channel not in directory.last_resort
    ]
    # As they are now: since the claim somebody may have taken them.
    query = select(INCIDENT).where(INCIDENT.c.id.in_(numbers))
    for incident in map(incident_of, transaction.connection.execute(query).all()):
        rehearsed = participants(incident.labels) is not None
        if not rehearsed and not moot(incident, Reason.ESCALATED, personal=False, held=""):
            _carry_on(transaction, incident, claim.channel, directory)


def _carry_on(
    transaction: Transaction, incident: Incident, channel: str, directory: Directory
) -> None:
    connection = transaction.connection
    urged = (transaction.rules.policy.first_ladder(incident.team),)
    climb = due_steps(incident, transaction.now, transaction.rules, urged=urged)
    pages = [*climb.pages, *_last_resort(incident, transaction.now, directory)]
    pages = list({page.channel: page for page in pages}.values())
    text = f"nobody got the message to {channel}"
    notes = [Note(incident.id, transaction.now, Entry.NOTE, SERVICE, text), *climb.notes]
    connection.execute(insert(TIMELINE), [note_row(note) for note in notes])
    if pages:
        connection.execute(insert(OUTBOX), [page_row(page) for page in pages])
        transaction.paged = True
    if climb.escalation != incident.escalation:
        row = incident_row(replace(incident, escalation=climb.escalation))
        later = update(INCIDENT).where(INCIDENT.c.id == incident.id)
        connection.execute(later.values(document=row["document"]))


def _last_resort(incident: Incident, now: int, directory: Directory) -> Iterator[Page]:
    for channel in directory.last_resort:
        yield Page(incident.id, channel, Reason.UNDELIVERED, incident.priority, now)
