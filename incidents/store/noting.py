"""Lines of timelines that are no transition of the machine: records about an incident."""

from typing import Any

from sothat.incidents.incident import Entry, Note, Page
from sothat.incidents.store.rows import note_row, page_row
from sothat.incidents.store.tables import OUTBOX, TIMELINE
from sothat.incidents.transaction import Transaction
from sqlalchemy import insert


def note(transaction: Transaction, incident: int, kind: Entry, actor: str, text: str) -> None:
    """Write a line of an incident's timeline."""
    line = Note(incident, transaction.now, kind, actor, text)
    transaction.connection.execute(insert(TIMELINE), note_row(line))


def send(transaction: Transaction, pages: tuple[Page, ...]) -> None:
    """Put pages into the outbox."""
    if pages:
        transaction.connection.execute(insert(OUTBOX), [page_row(page) for page in pages])
        transaction.paged = True


def note_of(row: Any) -> Note:
    """Return the timeline entry in a row."""
    return Note(row.incident_id, row.at, Entry(row.kind), row.actor, row.text)
