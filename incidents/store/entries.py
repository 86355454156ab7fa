"""Rows of the outbox: how they are read, and how they are changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sothat.incidents.incident import SERVICE, Entry, Incident, Note, Reason
from sothat.incidents.notification import Notice
from sothat.incidents.store.rows import incident_of, note_row
from sothat.incidents.store.tables import INCIDENT, OUTBOX, TIMELINE
from sothat.incidents.transaction import Transaction
from sothat.model.policy import Priority
from sqlalchemy import bindparam, insert, select, update

_NAMES = ("channel", "reason", "attempts", "error", "created_at", "recipient", "details")
DUE = (
    select(OUTBOX.c.id.label("entry_id"), *(OUTBOX.c[n].label(f"entry_{n}") for n in _NAMES))
    .add_columns(INCIDENT)
    .join_from(OUTBOX, INCIDENT, OUTBOX.c.incident_id == INCIDENT.c.id)
    .where(OUTBOX.c.finished_at.is_(None), OUTBOX.c.channel == bindparam("by"))
    .where(OUTBOX.c.due_at <= bindparam("at"))
    .order_by(OUTBOX.c.priority, OUTBOX.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=OUTBOX)
)
SET = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("row"), OUTBOX.c.finished_at.is_(None))
    .values(
        state=bindparam("new_state"),
        due_at=bindparam("due"),
        finished_at=bindparam("finished"),
        error=bindparam("reason_why", type_=OUTBOX.c.error.type),
        details=bindparam("new_details", type_=OUTBOX.c.details.type),
    )
)


@dataclass(frozen=True, slots=True)
class Entered:
    """A row of the outbox."""

    id: int
    channel: str
    reason: Reason
    priority: Priority
    incident: Incident
    created_at: int
    attempts: int
    recipient: str
    details: dict[str, Any]
    answered: bool

    @property
    def held(self) -> str:
        """Return why it has waited, empty if it has not."""
        return str(self.details.get("held", ""))

    @property
    def tried(self) -> tuple[str, ...]:
        """Return the channels that failed before."""
        return tuple(self.details.get("tried", ()))

    @property
    def repeated(self) -> bool:
        """Return whether an earlier attempt may have arrived."""
        return self.attempts > 0 and (not self.answered or bool(self.details.get("unsure")))


@dataclass(frozen=True, slots=True)
class Claim:
    """What this process sends now; ``attempt`` counts from 1.

    Attributes:
        rows: One, or those that come together in one message; the first is the message's own.
    """

    rows: tuple[Entered, ...]
    attempt: int
    notice: Notice

    @property
    def channel(self) -> str:
        """Return the channel that sends it."""
        return self.rows[0].channel


def entered(row: Any) -> Entered:
    """Return the entry in a row of `DUE`."""
    incident = incident_of(row)
    return Entered(
        id=row.entry_id,
        channel=row.entry_channel,
        reason=Reason(row.entry_reason),
        priority=incident.priority,
        incident=incident,
        created_at=row.entry_created_at,
        attempts=row.entry_attempts,
        recipient=row.entry_recipient,
        details=row.entry_details,
        answered=bool(row.entry_error),
    )


def values(
    row: Entered, state: str, due: int, finished: int | None, details: dict[str, Any], why: str
) -> dict[str, object]:
    """Return the values of `SET` for a row; without ``finished`` it is to be sent at ``due``."""
    return {
        "row": row.id,
        "new_state": state,
        "due": due,
        "finished": finished,
        "reason_why": why,
        "new_details": details,
    }


def note(transaction: Transaction, kind: Entry, text: str, rows: Sequence[Entered]) -> None:
    """Write a line into the timeline of each incident that some rows are about."""
    numbers = dict.fromkeys(row.incident.id for row in rows)
    notes = [note_row(Note(number, transaction.now, kind, SERVICE, text)) for number in numbers]
    transaction.connection.execute(insert(TIMELINE), notes)
