"""The outbox: claimed one by one with a lease, finished after the send."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sothat.incidents.incident import SERVICE, Entry, Incident, Note, Reason
from sothat.incidents.notification import Brief, Notice
from sothat.incidents.people import Limit
from sothat.incidents.recipients import moot
from sothat.incidents.store.rows import incident_of, note_row
from sothat.incidents.store.tables import INCIDENT, OUTBOX, TIMELINE
from sothat.incidents.times import SECOND, format_time, seconds
from sothat.incidents.transaction import Transaction
from sothat.model.policy import Priority
from sqlalchemy import Connection, Engine, bindparam, func, insert, select, update

# So many rows are looked at in one query; what is held together is sent together up to this.
_LOOK = 100
# Messages that were too many: those of P1 come together a minute later.
_FOLDED_AFTER = 60 * SECOND
TOO_MANY = "too many messages"
# Outcomes of an attempt.
SENT, RETRY, FAILED, HANDED_ON = "sent", "retry", "failed", "handed-on"
# Rows that were held for these reasons are sent in one message.
_TOGETHER = frozenset({"digest", TOO_MANY})
_SET = (
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
_NAMES = ("channel", "reason", "attempts", "error", "created_at", "recipient", "details")
_DUE = (
    select(OUTBOX.c.id.label("entry_id"), *(OUTBOX.c[n].label(f"entry_{n}") for n in _NAMES))
    .add_columns(INCIDENT)
    .join_from(OUTBOX, INCIDENT, OUTBOX.c.incident_id == INCIDENT.c.id)
    .where(OUTBOX.c.finished_at.is_(None), OUTBOX.c.channel == bindparam("by"))
    .where(OUTBOX.c.due_at <= bindparam("at"))
    .order_by(OUTBOX.c.priority, OUTBOX.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=OUTBOX)
)
_LEASE = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("row"))
    .values(due_at=bindparam("lease"), attempts=OUTBOX.c.attempts + 1, error="")
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
    """

    claim: Claim
    outcome: str
    text: str
    due: int | None = None
    successors: tuple[str, ...] = ()
    pause: int | None = None
    unsure: bool = False


def due_channels(connection: Connection, now: int) -> Sequence[str]:
    """Return the channels that have something to send."""
    query = select(OUTBOX.c.channel).where(OUTBOX.c.finished_at.is_(None), OUTBOX.c.due_at <= now)
    return list(connection.execute(query.distinct()).scalars())


def release_leases(engine: Engine, now: int) -> None:
    """Make due again what a process that died had claimed; only for the store's single owner."""
    claimed = (OUTBOX.c.finished_at.is_(None), OUTBOX.c.attempts > 0, OUTBOX.c.error == "")
    with engine.begin() as connection:
        connection.execute(update(OUTBOX).where(*claimed).values(due_at=now))


def claim(
    transaction: Transaction,
    channel: str,
    lease: int,
    external_url: str,
    limit: Limit | None = None,
) -> Claim | None:
    """Take the most urgent entry of a channel that is due, for the time of a lease.

    What was settled meanwhile is withdrawn in this very transaction: an acknowledgement that was
    committed before it calls nobody. An entry whose lease ended without a verdict is due again:
    whoever held it has died.

    Args:
        transaction: The transaction.
        channel: Name of the channel.
        lease: Nanoseconds for which nobody else takes it.
        external_url: Where people reach the service.
        limit: How much may be sent; what is more is put off, and then comes together.
    """
    # Most entries go alone: only where one is withdrawn, put off or not alone are others looked at.
    look = 1
    while found := _due(transaction, channel, look):
        for row in found:
            if _withdrawn(transaction, row) or _put_off(transaction, row, limit):
                continue
            if look == 1 and row.held in _TOGETHER:
                break
            together = [row, *(r for r in found if r.id != row.id and _goes_with(row, r))]
            return _taken(transaction, together, lease, external_url)
        look = _LOOK
    return None


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
    connection.execute(_SET, [_settled(verdict, row, now) for row in rows])
    kind = Entry.NOTIFIED if verdict.outcome == SENT else Entry.NOTIFY_FAILED
    _note(transaction, kind, text, rows)
    if verdict.pause is not None:
        _pause(connection, rows[0].channel, verdict.pause)
    if successor:
        connection.execute(insert(OUTBOX), [_handed_on(row, successor, now) for row in rows])
        transaction.paged = True
    if verdict.outcome == FAILED and (successor or _carried(connection, rows[0])):
        return HANDED_ON
    return verdict.outcome


def _due(transaction: Transaction, channel: str, look: int) -> list[Entered]:
    bounds = {"by": channel, "at": transaction.now, "most": look}
    return [_entered(row) for row in transaction.connection.execute(_DUE, bounds)]


def _entered(row: Any) -> Entered:
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


def _withdrawn(transaction: Transaction, row: Entered) -> bool:
    """Withdraw an entry that is not to be sent any more; return whether it was."""
    personal = bool(row.recipient)
    why = moot(row.incident, row.reason, personal=personal, held=row.held)
    if not why and personal and row.reason is Reason.RESOLVED and not _heard(transaction, row):
        why = "it never told of the incident"
    if why:
        now = transaction.now
        values = _values(row, "withdrawn", now, now, row.details, why)
        transaction.connection.execute(_SET, [values])
        _note(transaction, Entry.NOTE, f"{row.channel}: {row.reason} withdrawn, {why}", [row])
    return bool(why)


def _heard(transaction: Transaction, row: Entered) -> bool:
    """Return whether the channel has told of the incident, or may have."""
    query = select(OUTBOX.c.id).where(
        OUTBOX.c.incident_id == row.incident.id,
        OUTBOX.c.channel == row.channel,
        OUTBOX.c.id != row.id,
        OUTBOX.c.state.in_(("sent", "folded", "pending")),
    )
    return transaction.connection.execute(query.limit(1)).first() is not None


def _put_off(transaction: Transaction, row: Entered, limit: Limit | None) -> bool:
    """Put an entry off that would be too much for its reader; return whether it was."""
    if limit is None or row.held in _TOGETHER:
        return False
    now = transaction.now
    since = now - seconds(limit.within)
    query = select(func.count(), func.min(OUTBOX.c.finished_at)).where(
        OUTBOX.c.recipient == row.recipient,
        OUTBOX.c.finished_at > since,
        OUTBOX.c.channel == row.channel,
        OUTBOX.c.state == "sent",
    )
    sent, oldest = transaction.connection.execute(query).one()
    if sent < limit.messages:
        return False
    due = oldest + seconds(limit.within)
    if row.priority is Priority.P1:
        due = min(due, now + _FOLDED_AFTER)
    details = {**row.details, "held": TOO_MANY}
    values = _values(row, "pending", due, None, details, "")
    transaction.connection.execute(_SET, [values])
    text = f"{row.channel}: {row.reason} held until {format_time(due)}, {TOO_MANY}"
    _note(transaction, Entry.HELD, text, [row])
    return True


def _goes_with(row: Entered, other: Entered) -> bool:
    """Return whether two entries come in one message; digests tell of everything."""
    if row.held not in _TOGETHER or other.held != row.held:
        return False
    personal = bool(other.recipient)
    return not moot(other.incident, other.reason, personal=personal, held=other.held)


def _taken(
    transaction: Transaction, rows: Sequence[Entered], lease: int, external_url: str
) -> Claim:
    until = transaction.now + lease
    transaction.connection.execute(_LEASE, [{"row": row.id, "lease": until} for row in rows])
    return Claim(tuple(rows), rows[0].attempts + 1, _notice(rows, external_url))


def _notice(rows: Sequence[Entered], external_url: str) -> Notice:
    incident = rows[0].incident
    promise = incident.promise
    return Notice(
        key=f"sothat-{incident.opened_at:x}-{incident.id}-{rows[0].id}",
        incident=incident.id,
        reason=str(rows[0].reason),
        priority=str(incident.priority),
        title=promise.title,
        team=incident.team,
        condition=promise.condition,
        action=promise.action,
        so_that=promise.so_that,
        url=f"{external_url}/incidents/{incident.id}",
        opened_at=format_time(incident.opened_at),
        labels=incident.labels,
        repeated=any(row.repeated for row in rows),
        state=str(incident.state),
        others=tuple(_brief(row, external_url) for row in rows[1:]),
    )


def _brief(row: Entered, external_url: str) -> Brief:
    incident = row.incident
    return Brief(
        incident=incident.id,
        reason=str(row.reason),
        priority=str(incident.priority),
        title=incident.promise.title,
        state=str(incident.state),
        url=f"{external_url}/incidents/{incident.id}",
    )


def _settled(verdict: Verdict, row: Entered, now: int) -> dict[str, object]:
    """Return the row's state after an attempt; what came along with another was folded into it."""
    first = row.id == verdict.claim.rows[0].id
    states = {SENT: "sent" if first else "folded", RETRY: "pending", FAILED: "dead"}
    details = {**row.details, "unsure": True} if verdict.unsure else row.details
    why = "" if verdict.outcome == SENT else verdict.text
    due, finished = (now, now) if verdict.due is None else (verdict.due, None)
    return _values(row, states[verdict.outcome], due, finished, details, why)


def _values(
    row: Entered, state: str, due: int, finished: int | None, details: dict[str, Any], why: str
) -> dict[str, object]:
    return {
        "row": row.id,
        "new_state": state,
        "due": due,
        "finished": finished,
        "reason_why": why,
        "new_details": details,
    }


def _handed_on(row: Entered, channel: str, now: int) -> dict[str, object]:
    return {
        "incident_id": row.incident.id,
        "channel": channel,
        "reason": str(row.reason),
        "priority": str(row.priority),
        "state": "pending",
        "created_at": row.created_at,
        "due_at": now,
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


def _note(transaction: Transaction, kind: Entry, text: str, rows: Sequence[Entered]) -> None:
    numbers = dict.fromkeys(row.incident.id for row in rows)
    notes = [note_row(Note(number, transaction.now, kind, SERVICE, text)) for number in numbers]
    transaction.connection.execute(insert(TIMELINE), notes)
