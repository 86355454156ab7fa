"""Conversations: which message of a channel is about which incident, and what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sothat.incidents.incident import Incident
from sothat.incidents.store.rows import incident_of
from sothat.incidents.store.tables import INCIDENT, METADATA, Json
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

CONVERSATION = Table(
    "conversation",
    METADATA,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("incident_id", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    # The provider's name of the message.
    Column("reference", Json, nullable=False),
    # What the message shows of the incident; where that differs from it, an update is due.
    Column("shown_state", String(16), nullable=False),
    Column("shown_priority", String(2), nullable=False),
    Column("shown_acknowledged_at", BigInteger, nullable=False),
    # Not before this moment: a lease, a pause after a failure, or what the provider wants.
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Until when changes are looked for.
    Column("live_until", BigInteger, nullable=False),
)
Index(
    "conversation_message",
    *(CONVERSATION.c.incident_id, CONVERSATION.c.channel),
    unique=True,
)
Index("conversation_live", CONVERSATION.c.live_until)

_FOR_EVER = 2**62
# So long after its end an incident's messages still change: it may be verified, closed, re-opened.
_LIVES_ON = 7 * 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Stale:
    """A message that shows what is no longer so, and the incident as it is."""

    id: int
    incident: Incident
    channel: str
    reference: str
    attempts: int


def reference_of(connection: Connection, incident: int, channel: str) -> str:
    """Return the provider's name of a channel's message about an incident; empty if none."""
    query = select(CONVERSATION.c.reference).where(*_one(incident, channel))
    found: str | None = connection.execute(query).scalar()
    return found or ""


def keep(transaction: Transaction, incident: Incident, channel: str, reference: str) -> None:
    """Keep the name of a message that shows an incident as it was when it was sent.

    A further message that goes by the name of the one before, as a reply in its thread does, leaves
    that one as it is: what it shows has not changed.
    """
    connection = transaction.connection
    values = {"reference": reference, **_shown(incident, transaction.now)}
    if reference_of(connection, incident.id, channel) == reference:
        values = {"live_until": _FOR_EVER}
    here = update(CONVERSATION).where(*_one(incident.id, channel)).values(values)
    if not connection.execute(here).rowcount:
        key = {"incident_id": incident.id, "channel": channel}
        connection.execute(insert(CONVERSATION).values({**key, **values}))


def stale_channels(connection: Connection, now: int) -> Sequence[str]:
    """Return the channels that have a message to change."""
    query = _changed(select(CONVERSATION.c.channel), now).distinct()
    return list(connection.execute(query).scalars())


def claim_stale(transaction: Transaction, channel: str, lease: int) -> Stale | None:
    """Take a message that is to be changed, for the time of a lease; the oldest change first."""
    entry = (CONVERSATION.c.id.label("entry"), CONVERSATION.c.reference, CONVERSATION.c.attempts)
    query = _changed(select(*entry, INCIDENT), transaction.now)
    query = query.where(CONVERSATION.c.channel == channel).order_by(CONVERSATION.c.due_at)
    row = transaction.connection.execute(query.limit(1)).first()
    if row is None:
        return None
    attempts = row.attempts + 1
    _set(transaction, row.entry, due_at=transaction.now + lease, attempts=attempts)
    return Stale(row.entry, incident_of(row), channel, row.reference, attempts)


def shown(transaction: Transaction, stale: Stale) -> None:
    """Keep that a message shows the incident as it was when it was claimed."""
    _set(transaction, stale.id, **_shown(stale.incident, transaction.now))


def put_off(transaction: Transaction, stale: Stale, until: int, *, all_of_channel: bool) -> None:
    """Try a message, or all of its channel's, again at a moment."""
    _set(transaction, stale.id, due_at=until)
    if all_of_channel:
        later = update(CONVERSATION).where(CONVERSATION.c.channel == stale.channel)
        later = later.where(CONVERSATION.c.due_at < until)
        transaction.connection.execute(later.values(due_at=until))


def forget(transaction: Transaction, stale: Stale) -> None:
    """Forget a message that cannot be changed: the next one stands alone."""
    gone = delete(CONVERSATION).where(CONVERSATION.c.id == stale.id)
    transaction.connection.execute(gone)


def _changed(query: Select[Any], now: int) -> Select[Any]:
    acknowledged = func.coalesce(INCIDENT.c.acknowledged_at, 0)
    return (
        query.join_from(CONVERSATION, INCIDENT, CONVERSATION.c.incident_id == INCIDENT.c.id)
        .where(CONVERSATION.c.live_until > now, CONVERSATION.c.due_at <= now)
        .where(
            or_(
                INCIDENT.c.state != CONVERSATION.c.shown_state,
                INCIDENT.c.priority != CONVERSATION.c.shown_priority,
                acknowledged != CONVERSATION.c.shown_acknowledged_at,
            )
        )
    )


def _shown(incident: Incident, now: int) -> dict[str, Any]:
    return {
        "shown_state": str(incident.state),
        "shown_priority": str(incident.priority),
        "shown_acknowledged_at": incident.acknowledged_at or 0,
        "due_at": 0,
        "attempts": 0,
        "live_until": now + _LIVES_ON if incident.over else _FOR_EVER,
    }


def _set(transaction: Transaction, entry: int, **values: Any) -> None:
    here = update(CONVERSATION).where(CONVERSATION.c.id == entry)
    transaction.connection.execute(here.values(values))


def _one(incident: int, channel: str) -> tuple[Any, ...]:
    return (CONVERSATION.c.incident_id == incident, CONVERSATION.c.channel == channel)
