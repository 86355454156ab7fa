"""Sessions of browsers: of a token, or of a person whom a provider has identified.

Only digests are kept, so that nobody who reads the store has one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sothat.incidents.access.grants import Person
from sothat.incidents.store.tables import SESSION
from sothat.incidents.transaction import Transaction
from sqlalchemy import Connection, delete, insert, select, update


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in; moments in nanoseconds.

    Attributes:
        token: Digest of the token that it was begun with; empty with a person.
        person: Whom a provider has identified; None with a token.
        seen_at: When it was last used, not to the second.
    """

    token: str
    person: Person | None
    expires_at: int
    seen_at: int = 0


def begin(transaction: Transaction, digest: str, session: Session, idle: int) -> None:
    """Keep a new session; forget those that are over."""
    columns = SESSION.c
    over = (columns.expires_at <= transaction.now) | (columns.seen_at <= transaction.now - idle)
    transaction.connection.execute(delete(SESSION).where(over))
    row = {
        "digest": digest,
        "token_digest": session.token,
        "person": None if session.person is None else asdict(session.person),
        "expires_at": session.expires_at,
        "seen_at": transaction.now,
    }
    transaction.connection.execute(insert(SESSION), row)


def end(transaction: Transaction, digest: str) -> None:
    """Forget a session; one that is not there is fine."""
    transaction.connection.execute(delete(SESSION).where(SESSION.c.digest == digest))


def use(transaction: Transaction, digest: str) -> None:
    """Note that a session is used."""
    used = update(SESSION).where(SESSION.c.digest == digest).values(seen_at=transaction.now)
    transaction.connection.execute(used)


def find(connection: Connection, digest: str, now: int, idle: int) -> Session | None:
    """Return a session, None if there is none or it is over."""
    columns = SESSION.c
    query = select(SESSION).where(
        columns.digest == digest, columns.expires_at > now, columns.seen_at > now - idle
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return Session(row.token_digest, _person(row.person), row.expires_at, row.seen_at)


def _person(data: Mapping[str, Any] | None) -> Person | None:
    if data is None:
        return None
    claims = {name: tuple(values) for name, values in data["claims"].items()}
    return Person(data["subject"], data["name"], claims)
