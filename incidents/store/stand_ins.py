"""Stand-ins: rows of the table ``override``, which everybody sees from the next look on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sothat.incidents.roster import Roster, StandIn
from sothat.incidents.store.tables import OVERRIDE
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sqlalchemy import Connection, delete, insert, select

# Whose duty it was is asked of the past, too: whom to tell of an end.
_KEPT = 32 * 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Kept:
    """A stand-in as it is kept, with who made it."""

    id: int
    stand_in: StandIn
    created_at: int
    created_by: str


class NoSuchStandIn(LookupError):  # noqa: N818 – it is named for what it says
    """There is no stand-in of this number."""


def add_stand_ins(transaction: Transaction, rows: Sequence[StandIn], by: str) -> None:
    """Keep stand-ins; where two overlap, the later one counts."""
    common = {"created_at": transaction.now, "created_by": by}
    values = [
        {
            "rotation": row.rotation,
            "person": row.person,
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            **common,
        }
        for row in rows
    ]
    if values:
        transaction.connection.execute(insert(OVERRIDE), values)


def remove_stand_in(transaction: Transaction, number: int) -> None:
    """Remove a stand-in.

    Raises:
        NoSuchStandIn: There is none of this number.
    """
    removed = transaction.connection.execute(delete(OVERRIDE).where(OVERRIDE.c.id == number))
    if not removed.rowcount:
        raise NoSuchStandIn(f"there is no override {number}")


def rotation_of(connection: Connection, number: int) -> str | None:
    """Return the rotation of a stand-in, None if there is none of this number."""
    query = select(OVERRIDE.c.rotation).where(OVERRIDE.c.id == number)
    found: str | None = connection.execute(query).scalar()
    return found


def stand_ins(connection: Connection, since: int) -> Sequence[Kept]:
    """Return the stand-ins that end after a moment, in the order in which they were made."""
    query = select(OVERRIDE).where(OVERRIDE.c.ends_at > since).order_by(OVERRIDE.c.id)
    return [
        Kept(
            row.id,
            StandIn(row.rotation, row.person, row.starts_at, row.ends_at),
            row.created_at,
            row.created_by,
        )
        for row in connection.execute(query)
    ]


class Lookout:
    """Lets a roster go by the stand-ins of the store."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._seen: tuple[StandIn, ...] | None = None

    def look(self, connection: Connection, now: int) -> None:
        """Take stand-ins over that have changed since the last look."""
        found = tuple(kept.stand_in for kept in stand_ins(connection, now - _KEPT))
        if found != self._seen:
            self._roster.take_stand_ins(found)
            self._seen = found
