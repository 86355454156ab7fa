"""Tokens and sessions: only their digests are kept, so that nobody who reads the store has them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sothat.incidents.roles import Role
from sothat.incidents.store.tables import SESSION, TOKEN
from sothat.incidents.transaction import Transaction
from sqlalchemy import Connection, delete, insert, select, update


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token as it is listed; moments in nanoseconds."""

    name: str
    role: Role
    created_at: int
    created_by: str
    revoked_at: int | None = None


class NameTaken(Exception):  # noqa: N818 – it is named for what it says
    """There is a token of this name, or was one: the audit log must not mix them up."""


class NoSuchToken(LookupError):  # noqa: N818 – it is named for what it says
    """There is no valid token of this name."""


def add_token(transaction: Transaction, name: str, role: Role, digest: str, by: str) -> None:
    """Keep a new token.

    Raises:
        NameTaken: Another one has, or had, the name.
    """
    known = select(TOKEN.c.name).where(TOKEN.c.name == name)
    if transaction.connection.execute(known).first():
        raise NameTaken(f"there is, or was, a token named {name!r}")
    row = {"name": name, "role": str(role), "digest": digest, "created_by": by}
    transaction.connection.execute(insert(TOKEN), {**row, "created_at": transaction.now})


def revoke_token(transaction: Transaction, name: str) -> None:
    """End a token, and with it the sessions that were begun with it.

    Raises:
        NoSuchToken: None of this name is valid.
    """
    valid = (TOKEN.c.name == name) & TOKEN.c.revoked_at.is_(None)
    digest = transaction.connection.execute(select(TOKEN.c.digest).where(valid)).scalar()
    if digest is None:
        raise NoSuchToken(f"there is no valid token named {name!r}")
    ended = update(TOKEN).where(TOKEN.c.name == name).values(revoked_at=transaction.now)
    transaction.connection.execute(ended)
    transaction.connection.execute(delete(SESSION).where(SESSION.c.token_digest == digest))


def tokens(connection: Connection) -> Sequence[KnownToken]:
    """Return all tokens, by name, the revoked ones included."""
    return [
        KnownToken(row.name, Role(row.role), row.created_at, row.created_by, row.revoked_at)
        for row in connection.execute(select(TOKEN).order_by(TOKEN.c.name))
    ]


def find_token(connection: Connection, digest: str) -> KnownToken | None:
    """Return the valid token with a digest."""
    query = select(TOKEN).where(TOKEN.c.digest == digest, TOKEN.c.revoked_at.is_(None))
    row = connection.execute(query).first()
    if row is None:
        return None
    return KnownToken(row.name, Role(row.role), row.created_at, row.created_by)


def begin_session(transaction: Transaction, digest: str, token: str, expires_at: int) -> None:
    """Keep a new session of a token, both as digests; forget those that are over."""
    over = delete(SESSION).where(SESSION.c.expires_at <= transaction.now)
    transaction.connection.execute(over)
    row = {"digest": digest, "token_digest": token, "expires_at": expires_at}
    transaction.connection.execute(insert(SESSION), row)


def end_session(transaction: Transaction, digest: str) -> None:
    """Forget a session; one that is not there is fine."""
    transaction.connection.execute(delete(SESSION).where(SESSION.c.digest == digest))


def token_of_session(connection: Connection, digest: str, now: int) -> str | None:
    """Return the digest of the token that a session was begun with, None if it is over."""
    query = select(SESSION.c.token_digest).where(
        SESSION.c.digest == digest, SESSION.c.expires_at > now
    )
    found: str | None = connection.execute(query).scalar()
    return found
