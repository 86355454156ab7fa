"""Letters that wait to be sent: claimed one by one with a lease, finished after the send."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sothat.incidents.communication.wording import Text
from sothat.incidents.store.tables import METADATA, Json, new_id
from sothat.incidents.transaction import Transaction
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

LETTER = Table(
    "letter",
    METADATA,
    new_id(),
    Column("way", String(16), nullable=False),
    Column("address", Json, nullable=False),
    Column("subject", Json, nullable=False),
    Column("body", Json, nullable=False),
    Column("headers", Json, nullable=False),
    Column("subscription_id", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("finished_at", BigInteger),
    Column("error", Json, nullable=False),
)
_WAITING = LETTER.c.finished_at.is_(None)
Index("letter_due", LETTER.c.due_at, sqlite_where=_WAITING, postgresql_where=_WAITING)
Index("letter_subscription", LETTER.c.subscription_id)

EMAIL, WEBHOOK = "email", "webhook"
SENT, DEAD, WITHDRAWN = "sent", "dead", "withdrawn"
_BLANK = {"address": "", "body": "", "headers": {}}


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one address.

    Attributes:
        way: ``email`` or ``webhook``.
        headers: Of the e-mail, besides the usual ones.
        subscription: The one that it is sent for; once that has ended, it is not sent.
    """

    way: str
    address: str
    text: Text
    headers: Mapping[str, str] = field(default_factory=dict)
    subscription: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that this process sends now; ``attempt`` counts from 1, ``since`` is its writing."""

    id: int
    letter: Letter
    attempt: int
    since: int


def post(transaction: Transaction, letters: Iterable[Letter]) -> None:
    """Put letters on their way."""
    rows = [
        {
            "way": one.way,
            "address": one.address,
            "subject": one.text.subject,
            "body": one.text.body,
            "headers": dict(one.headers),
            "subscription_id": one.subscription,
            "created_at": transaction.now,
            "due_at": transaction.now,
            "attempts": 0,
            "state": "pending",
            "error": "",
        }
        for one in letters
    ]
    if rows:
        transaction.connection.execute(insert(LETTER), rows)


def claim_letter(transaction: Transaction, lease: int) -> Claimed | None:
    """Take the letter that is due first, for nanoseconds in which nobody else takes it."""
    query = select(LETTER).where(_WAITING, LETTER.c.due_at <= transaction.now)
    row = transaction.connection.execute(query.order_by(LETTER.c.due_at).limit(1)).first()
    if row is None:
        return None
    attempts = row.attempts + 1
    later = update(LETTER).where(LETTER.c.id == row.id)
    transaction.connection.execute(later.values(attempts=attempts, due_at=transaction.now + lease))
    text = Text(row.subject, row.body)
    letter = Letter(row.way, row.address, text, row.headers, row.subscription_id)
    return Claimed(row.id, letter, attempts, row.created_at)


def settle_letter(transaction: Transaction, number: int, state: str, error: str = "") -> None:
    """Keep how a letter ended; whom it went to and what it said is forgotten."""
    here = update(LETTER).where(LETTER.c.id == number)
    values = {"state": state, "finished_at": transaction.now, "error": error, **_BLANK}
    transaction.connection.execute(here.values(values))


def put_off_letter(transaction: Transaction, number: int, due: int, error: str) -> None:
    """Try a letter again at a moment."""
    here = update(LETTER).where(LETTER.c.id == number)
    transaction.connection.execute(here.values(due_at=due, error=error))


def withdraw(transaction: Transaction, subscription: int) -> None:
    """Send nothing more for a subscription that has ended."""
    here = update(LETTER).where(LETTER.c.subscription_id == subscription, _WAITING)
    values = {"state": WITHDRAWN, "finished_at": transaction.now, **_BLANK}
    transaction.connection.execute(here.values(values))


def letters_waiting(connection: Connection) -> int:
    """Return how many letters wait to be sent."""
    query = select(func.count()).select_from(LETTER).where(_WAITING)
    return int(connection.execute(query).scalar_one())


def is_due(connection: Connection, now: int) -> bool:
    """Return whether a letter is to be sent."""
    query = select(LETTER.c.id).where(_WAITING, LETTER.c.due_at <= now).limit(1)
    return connection.execute(query).first() is not None
