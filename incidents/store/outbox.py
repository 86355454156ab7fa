"""The outbox: claimed with a lease, finished after the send."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sothat.incidents.incident import SERVICE, Entry, Note
from sothat.incidents.notification import Notice
from sothat.incidents.store.rows import incident_of, note_row
from sothat.incidents.store.tables import INCIDENT, OUTBOX, TIMELINE
from sothat.incidents.times import format_time
from sothat.incidents.transaction import Transaction
from sqlalchemy import Connection, Engine, bindparam, insert, select, update

_CLAIM = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("row"))
    .values(due_at=bindparam("lease"), attempts=OUTBOX.c.attempts + 1, error="")
)
_FINISH = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("row"), OUTBOX.c.finished_at.is_(None))
    .values(
        state=bindparam("new_state"),
        due_at=bindparam("due"),
        finished_at=bindparam("finished"),
        error=bindparam("reason_why", type_=OUTBOX.c.error.type),
    )
)


@dataclass(frozen=True, slots=True)
class Claim:
    """An outbox entry that this process sends now; ``attempt`` counts from 1."""

    id: int
    attempt: int
    channel: str
    notice: Notice


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an attempt.

    Attributes:
        outcome: ``sent``, ``retry`` or ``failed``.
        text: For the timeline.
        due: When the next attempt is due; None: there is none.
    """

    claim: Claim
    outcome: str
    text: str
    due: int | None = None


def is_due(connection: Connection, channel: str, now: int) -> bool:
    """Return whether a channel has something to send."""
    query = select(OUTBOX.c.id).where(OUTBOX.c.finished_at.is_(None))
    query = query.where(OUTBOX.c.channel == channel, OUTBOX.c.due_at <= now)
    return connection.execute(query.limit(1)).first() is not None


def release_leases(engine: Engine, now: int) -> None:
    """Make due again what a process that died had claimed; only for the store's single owner."""
    claimed = (OUTBOX.c.finished_at.is_(None), OUTBOX.c.attempts > 0, OUTBOX.c.error == "")
    with engine.begin() as connection:
        connection.execute(update(OUTBOX).where(*claimed).values(due_at=now))


def claim(
    transaction: Transaction, channel: str, limit: int, lease: int, external_url: str
) -> Sequence[Claim]:
    """Take entries of one channel that are due, the most urgent first, for the time of a lease.

    An entry whose lease ended without a verdict is due again: whoever held it has died.
    """
    query = (
        select(OUTBOX.c.id.label("entry"), OUTBOX.c.reason, OUTBOX.c.attempts, OUTBOX.c.error)
        .add_columns(INCIDENT)
        .join_from(OUTBOX, INCIDENT, OUTBOX.c.incident_id == INCIDENT.c.id)
        .where(OUTBOX.c.finished_at.is_(None), OUTBOX.c.channel == channel)
        .where(OUTBOX.c.due_at <= transaction.now)
        .order_by(OUTBOX.c.priority, OUTBOX.c.id)
        .limit(limit)
    )
    rows = transaction.connection.execute(query).all()
    if rows:
        until = transaction.now + lease
        transaction.connection.execute(_CLAIM, [{"row": r.entry, "lease": until} for r in rows])
    return [Claim(r.entry, r.attempts + 1, channel, _notice(r, external_url)) for r in rows]


def finish(transaction: Transaction, verdicts: Sequence[Verdict]) -> None:
    """Keep what became of attempts: the entry's state and a line in the incident's timeline."""
    transaction.connection.execute(_FINISH, [_row(v, transaction.now) for v in verdicts])
    notes = [note_row(_note(v, transaction.now)) for v in verdicts]
    transaction.connection.execute(insert(TIMELINE), notes)


def _notice(row: Any, external_url: str) -> Notice:
    incident = incident_of(row)
    promise = incident.promise
    return Notice(
        key=f"sothat-{incident.opened_at:x}-{incident.id}-{row.entry}",
        incident=incident.id,
        reason=row.reason,
        priority=str(incident.priority),
        title=promise.title,
        team=incident.team,
        condition=promise.condition,
        action=promise.action,
        so_that=promise.so_that,
        url=f"{external_url}/incidents/{incident.id}",
        opened_at=format_time(incident.opened_at),
        labels=incident.labels,
        repeated=row.attempts > 0 and not row.error,
    )


def _row(verdict: Verdict, now: int) -> dict[str, object]:
    states = {"sent": "sent", "retry": "pending", "failed": "dead"}
    return {
        "row": verdict.claim.id,
        "new_state": states[verdict.outcome],
        "due": now if verdict.due is None else verdict.due,
        "finished": now if verdict.due is None else None,
        "reason_why": "" if verdict.outcome == "sent" else verdict.text,
    }


def _note(verdict: Verdict, now: int) -> Note:
    kind = Entry.NOTIFIED if verdict.outcome == "sent" else Entry.NOTIFY_FAILED
    return Note(verdict.claim.notice.incident, now, kind, SERVICE, verdict.text)
