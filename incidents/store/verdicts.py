"""What became of an attempt to send: kept, noted, and handed on where something stands in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sothat.incidents.incident import Entry
from sothat.incidents.store.entries import SET, Claim, Entered, note, values
from sothat.incidents.store.tables import OUTBOX
from sothat.incidents.transaction import Transaction
from sqlalchemy import Connection, insert, select, update

# Outcomes of an attempt.
SENT, RETRY, FAILED, HANDED_ON = "sent", "retry", "failed", "handed-on"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an attempt.

    Attributes:
        outcome: ``sent``, ``retry`` or ``failed``.
        text: For the timeline.
        due: When the next attempt is due; None: there is none.
        successors: Channels that may take over, in order; the first that is not under way does.
        pause: Until when nothing is sent by the channel: the provider has asked for it.
        unsure: Whether it may have arrived.
        reference: The provider's name of the message, if a later one may refer to it.
    """

    claim: Claim
    outcome: str
    text: str
    due: int | None = None
    successors: tuple[str, ...] = ()
    pause: int | None = None
    unsure: bool = False
    reference: str = ""


def finish(transaction: Transaction, verdict: Verdict) -> str:
    """Keep what became of an attempt: the rows' state and a line in each incident's timeline.

    Returns:
        The outcome: the verdict's, or `HANDED_ON` where something else carries what is given up.
        What has ``failed`` reaches nobody: somebody else must be told.
    """
    connection, now = transaction.connection, transaction.now
    rows = verdict.claim.rows
    successor = _successor(connection, rows[0], verdict.successors)
    text = verdict.text + (f"; now by {successor}" if successor else "")
    connection.execute(SET, [_settled(verdict, row, now) for row in rows])
    kind = Entry.NOTIFIED if verdict.outcome == SENT else Entry.NOTIFY_FAILED
    note(transaction, kind, text, rows)
    if verdict.pause is not None:
        _pause(connection, rows[0].channel, verdict.pause)
    if successor:
        connection.execute(insert(OUTBOX), [_handed_on(row, successor) for row in rows])
        transaction.paged = True
    if verdict.outcome == FAILED and (successor or _carried(connection, rows[0])):
        return HANDED_ON
    return verdict.outcome


def _settled(verdict: Verdict, row: Entered, now: int) -> dict[str, object]:
    """Return the row's state after an attempt; what came along with another was folded into it."""
    first = row.id == verdict.claim.rows[0].id
    states = {SENT: "sent" if first else "folded", RETRY: "pending", FAILED: "dead"}
    details = {**row.details, "unsure": True} if verdict.unsure else row.details
    why = "" if verdict.outcome == SENT else verdict.text
    due, finished = (now, now) if verdict.due is None else (verdict.due, None)
    return values(row, states[verdict.outcome], due, finished, details, why)


def _handed_on(row: Entered, channel: str) -> dict[str, object]:
    return {
        "incident_id": row.incident.id,
        "channel": channel,
        "reason": str(row.reason),
        "priority": str(row.priority),
        "state": "pending",
        "created_at": row.created_at,
        "due_at": 0,
        "attempts": 0,
        "error": "",
        "recipient": row.recipient,
        "details": {**row.details, "tried": [*row.tried, row.channel]},
    }


def _successor(connection: Connection, row: Entered, candidates: Sequence[str]) -> str:
    """Return the first channel that may take over and is not under way with the same already."""
    if not candidates:
        return ""
    taken = {row.channel, *row.tried, *_siblings(connection, row, ("sent", "pending", "dead"))}
    return next((name for name in candidates if name not in taken), "")


def _carried(connection: Connection, row: Entered) -> bool:
    """Return whether the same reader has the same by another channel, or will have it."""
    return bool(row.recipient) and any(_siblings(connection, row, ("sent", "folded", "pending")))


def _siblings(connection: Connection, row: Entered, states: Sequence[str]) -> Iterator[str]:
    query = select(OUTBOX.c.channel).where(
        OUTBOX.c.incident_id == row.incident.id,
        OUTBOX.c.id != row.id,
        OUTBOX.c.reason == str(row.reason),
        OUTBOX.c.recipient == row.recipient,
        OUTBOX.c.created_at == row.created_at,
        OUTBOX.c.state.in_(states),
    )
    yield from connection.execute(query).scalars()


def _pause(connection: Connection, channel: str, until: int) -> None:
    """Let nothing of a channel be due before its provider wants it."""
    waiting = (OUTBOX.c.finished_at.is_(None), OUTBOX.c.channel == channel)
    later = update(OUTBOX).where(*waiting, OUTBOX.c.due_at < until, OUTBOX.c.state == "pending")
    connection.execute(later.values(due_at=until))
