"""Who wants to hear of the status page: asked for, confirmed, ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sothat.incidents.store.letters import withdraw
from sothat.incidents.store.tables import METADATA, Json, new_id
from sothat.incidents.transaction import Transaction
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    String,
    Table,
    insert,
    select,
    update,
)

SUBSCRIPTION = Table(
    "subscription",
    METADATA,
    new_id(),
    Column("way", String(16), nullable=False),
    Column("address", Json, nullable=False),
    Column("services", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger),
    Column("ended_at", BigInteger),
)
Index("subscription_state", SUBSCRIPTION.c.state)
Index("subscription_address", SUBSCRIPTION.c.address)

PENDING, CONFIRMED, ENDED = "pending", "confirmed", "ended"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody who wants to hear; moments in nanoseconds.

    Attributes:
        way: ``email`` or ``webhook``.
        services: Keys of the services; empty: all.
        asked_at: When the last letter that asks for a confirmation was written.
    """

    id: int
    way: str
    address: str
    services: tuple[str, ...]
    state: str
    asked_at: int


def subscription(connection: Connection, number: int) -> Subscription | None:
    """Return a subscription."""
    row = connection.execute(select(SUBSCRIPTION).where(SUBSCRIPTION.c.id == number)).first()
    return None if row is None else _subscription(row)


def of_address(connection: Connection, way: str, address: str) -> Subscription | None:
    """Return the subscription of an address that has not ended."""
    query = select(SUBSCRIPTION).where(
        SUBSCRIPTION.c.address == address,
        SUBSCRIPTION.c.way == way,
        SUBSCRIPTION.c.state != ENDED,
    )
    row = connection.execute(query).first()
    return None if row is None else _subscription(row)


def confirmed(connection: Connection, service: str) -> Sequence[Subscription]:
    """Return who wants to hear of a service and has confirmed it."""
    query = select(SUBSCRIPTION).where(SUBSCRIPTION.c.state == CONFIRMED)
    found = map(_subscription, connection.execute(query.order_by(SUBSCRIPTION.c.id)))
    return [one for one in found if not one.services or service in one.services]


def living(connection: Connection) -> Sequence[Subscription]:
    """Return all subscriptions that have not ended."""
    query = select(SUBSCRIPTION).where(SUBSCRIPTION.c.state != ENDED)
    return [*map(_subscription, connection.execute(query.order_by(SUBSCRIPTION.c.id)))]


def add_subscription(
    transaction: Transaction, way: str, address: str, services: Sequence[str], state: str
) -> int:
    """Keep a new subscription; return its number."""
    now = transaction.now
    row = {
        "way": way,
        "address": address,
        "services": list(services),
        "state": state,
        "created_at": now,
        "asked_at": now,
        "confirmed_at": now if state == CONFIRMED else None,
    }
    done = transaction.connection.execute(insert(SUBSCRIPTION).values(row))
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def change_subscription(transaction: Transaction, number: int, **values: Any) -> None:
    """Change a subscription's columns."""
    here = update(SUBSCRIPTION).where(SUBSCRIPTION.c.id == number)
    transaction.connection.execute(here.values(values))


def end_subscription(transaction: Transaction, number: int) -> None:
    """End a subscription: its address is forgotten, and what waits for it is not sent."""
    change_subscription(
        transaction, number, state=ENDED, ended_at=transaction.now, address="", services=[]
    )
    withdraw(transaction, number)


def _subscription(row: Any) -> Subscription:
    return Subscription(
        *(row.id, row.way, row.address, tuple(row.services), row.state, row.asked_at)
    )
