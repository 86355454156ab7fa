"""Tokens: only their digests are kept, so that nobody who reads the store has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sothat.incidents.access.scope import EVERYTHING, Scope, plain, scope_of
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
    scope: Scope = EVERYTHING


class NameTaken(Exception):  # noqa: N818 – it is named for what it says
    """There is a token of this name, or was one: the audit log must not mix them up."""


class NoSuchToken(LookupError):  # noqa: N818 – it is named for what it says
    """There is no valid token of this name."""


def add_token(transaction: Transaction, new: KnownToken, digest: str) -> None:
    """Keep a new token.

    Raises:
        NameTaken: Another one has, or had, the name.
    """
    known = select(TOKEN.c.name).where(TOKEN.c.name == new.name)
    if transaction.connection.execute(known).first():
        raise NameTaken(f"there is, or was, a token named {new.name!r}")
    row = {
        "name": new.name,
        "role": str(new.role),
        "digest": digest,
        "created_at": new.created_at,
        "created_by": new.created_by,
        "scope": plain(new.scope),
    }
    transaction.connection.execute(insert(TOKEN), row)


def revoke_token(transaction: Transaction, name: str, scope: Scope = EVERYTHING) -> None:
    """End a token, and with it the sessions that were begun with it.

    Raises:
        NoSuchToken: None of this name that sees no more than the scope is valid.
    """
    valid = (TOKEN.c.name == name) & TOKEN.c.revoked_at.is_(None)
    found = transaction.connection.execute(select(TOKEN).where(valid)).first()
    if found is None or not scope.covers(scope_of(found.scope)):
        raise NoSuchToken(f"there is no valid token named {name!r}")
    digest = found.digest
    ended = update(TOKEN).where(TOKEN.c.name == name).values(revoked_at=transaction.now)
    transaction.connection.execute(ended)
    transaction.connection.execute(delete(SESSION).where(SESSION.c.token_digest == digest))


def tokens(connection: Connection, scope: Scope = EVERYTHING) -> Sequence[KnownToken]:
    """Return the tokens that see no more than a scope, by name, the revoked ones included."""
    found = map(_token, connection.execute(select(TOKEN).order_by(TOKEN.c.name)))
    return [token for token in found if scope.covers(token.scope)]


def find_token(
    connection: Connection, digest: str, client_label: str = "client"
) -> KnownToken | None:
    """Return the valid token with a digest."""
    query = select(TOKEN).where(TOKEN.c.digest == digest, TOKEN.c.revoked_at.is_(None))
    row = connection.execute(query).first()
    return None if row is None else _token(row, client_label)


def _token(row: Any, client_label: str = "client") -> KnownToken:
    return KnownToken(
        *(row.name, Role(row.role), row.created_at, row.created_by, row.revoked_at),
        scope_of(row.scope, client_label),
    )
