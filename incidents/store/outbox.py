"""The outbox: claimed one by one with a lease, finished after the send."""

from collections.abc import Sequence
from dataclasses import replace

from sothat.incidents.communication.notices import spoken
from sothat.incidents.incident import Entry, Incident, Reason
from sothat.incidents.notification import Brief, Notice
from sothat.incidents.people import Limit
from sothat.incidents.recipients import moot
from sothat.incidents.store.entries import DUE, SET, Claim, Entered, entered, note, values
from sothat.incidents.store.tables import OUTBOX
from sothat.incidents.times import SECOND, format_time, seconds
from sothat.incidents.transaction import Transaction
from sothat.model.policy import Priority
from sqlalchemy import Connection, Engine, bindparam, func, select, update

# So many rows are looked at in one query; what is held together is sent together up to this.
_LOOK = 100
# Messages that were too many: those of P1 come together a minute later.
_FOLDED_AFTER = 60 * SECOND
TOO_MANY = "too many messages"
# Rows that were held for these reasons are sent in one message.
_TOGETHER = frozenset({"digest", TOO_MANY})
_LEASE = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("row"))
    .values(due_at=bindparam("lease"), attempts=OUTBOX.c.attempts + 1, error="")
)


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


def _due(transaction: Transaction, channel: str, look: int) -> list[Entered]:
    bounds = {"by": channel, "at": transaction.now, "most": look}
    return [entered(row) for row in transaction.connection.execute(DUE, bounds)]


def _withdrawn(transaction: Transaction, row: Entered) -> bool:
    """Withdraw an entry that is not to be sent any more; return whether it was."""
    personal = bool(row.recipient)
    why = moot(row.incident, row.reason, personal=personal, held=row.held)
    if not why and personal and row.reason is Reason.RESOLVED and not _heard(transaction, row):
        why = "it never told of the incident"
    if why:
        now = transaction.now
        changed = values(row, "withdrawn", now, now, row.details, why)
        transaction.connection.execute(SET, [changed])
        note(transaction, Entry.NOTE, f"{row.channel}: {row.reason} withdrawn, {why}", [row])
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
    # What failed before was due, and still is.
    if limit is None or row.held in _TOGETHER or row.attempts:
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
    changed = values(row, "pending", due, None, details, "")
    transaction.connection.execute(SET, [changed])
    text = f"{row.channel}: {row.reason} held until {format_time(due)}, {TOO_MANY}"
    note(transaction, Entry.HELD, text, [row])
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
    if rows[0].reason is Reason.ANNOUNCED:
        return spoken(rows[0].details, rows[0].id, repeated=rows[0].repeated)
    return replace(
        notice_of(incident, str(rows[0].reason), rows[0].id, external_url),
        repeated=any(row.repeated for row in rows),
        others=tuple(_brief(row, external_url) for row in rows[1:]),
    )


def notice_of(incident: Incident, reason: str, number: int, external_url: str) -> Notice:
    """Return what is said of an incident; the number tells its notices apart."""
    promise = incident.promise
    return Notice(
        key=f"sothat-{incident.opened_at:x}-{incident.id}-{number}",
        incident=incident.id,
        reason=reason,
        priority=str(incident.priority),
        title=promise.title,
        team=incident.team,
        condition=promise.condition,
        action=promise.action,
        so_that=promise.so_that,
        url=f"{external_url}/incidents/{incident.id}",
        opened_at=format_time(incident.opened_at),
        labels=incident.labels,
        state=str(incident.state),
        taken_by=incident.resolved_by or incident.acknowledged_by,
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
