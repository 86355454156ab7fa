"""The audit log: who called which command, with which token, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sothat.incidents.access.scope import EVERYTHING, Scope
from sothat.incidents.roles import Caller
from sothat.incidents.store.browsing import Slice
from sothat.incidents.store.cursors import opened, sealed
from sothat.incidents.store.narrowing import narrowed
from sothat.incidents.store.sealing import append
from sothat.incidents.store.tables import AUDIT
from sothat.incidents.transaction import Transaction
from sqlalchemy import Connection, func, select

DONE = "done"
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Deed:
    """A command that somebody called.

    Attributes:
        detail: What was asked for.
        digest: Tells one request from another.
        key: The caller's own key of the request, by which a repeat of it is known; may be empty.
    """

    caller: Caller
    action: str
    incident: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    digest: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Audited:
    """An entry of the log."""

    id: int
    at: int
    caller: str
    role: str
    action: str
    incident: int | None
    outcome: str
    detail: Mapping[str, object]
    subject: str


def record(transaction: Transaction, deed: Deed, outcome: str, **more: object) -> None:
    """Write an entry; a key is kept of what was done only: what was refused may be tried again."""
    row = {
        "at": transaction.now,
        "caller": deed.caller.name,
        "role": str(deed.caller.role),
        "action": deed.action,
        "incident_id": deed.incident,
        "outcome": outcome,
        "detail": {**deed.detail, **more},
        "idempotency_key": (deed.key or None) if outcome == DONE else None,
        "request_digest": deed.digest,
        "subject": deed.caller.subject,
    }
    append(transaction.connection, row)


def digest_of_key(connection: Connection, caller: Caller, key: str) -> str | None:
    """Return the digest of the request that a caller's key stands for; None if it is new."""
    query = select(AUDIT.c.request_digest)
    query = query.where(AUDIT.c.caller == caller.name, AUDIT.c.idempotency_key == key)
    found: str | None = connection.execute(query).scalar()
    return found


def last_done(connection: Connection, incident: int, action: str) -> int:
    """Return when a command was last carried out on an incident; 0: never."""
    query = select(func.max(AUDIT.c.at)).where(
        AUDIT.c.incident_id == incident, AUDIT.c.action == action, AUDIT.c.outcome == DONE
    )
    return connection.execute(query).scalar() or 0


def audited(
    connection: Connection, limit: int, after: str = "", scope: Scope = EVERYTHING
) -> Slice[Audited]:
    """Return a page of the log, the newest entry first; with a scope only what its incidents got.

    Raises:
        BadCursor: ``after`` is none of this list's.
    """
    query = narrowed(select(AUDIT), scope, AUDIT.c.incident_id).order_by(AUDIT.c.id.desc())
    if after:
        query = query.where(AUDIT.c.id < opened(after, (int,))[0])
    rows = list(connection.execute(query.limit(limit + 1)))
    following = sealed((rows[limit - 1].id,)) if len(rows) > limit else ""
    entries = [
        Audited(
            *(row.id, row.at, row.caller, row.role, row.action),
            *(row.incident_id, row.outcome, row.detail, row.subject),
        )
        for row in rows[:limit]
    ]
    return Slice(entries, following)
