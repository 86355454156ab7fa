"""What the collector needs to know of a kind of database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.engine import URL


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what the exporter may cost a database, in seconds.

    Attributes:
        lock: How long writes may wait for a lock before they count as blocked.
        statement: How long any one statement may take, the connect included.
    """

    lock: float
    statement: float


@dataclass(frozen=True, slots=True)
class LockState:
    """Whether writes get their locks.

    Attributes:
        blocked: Whether they waited longer than the limit.
        waited: Seconds.
    """

    blocked: bool
    waited: float


class Dialect(Protocol):
    """One kind of database."""

    name: str

    def driver(self, url: URL) -> URL:
        """Return the URL with the driver that this dialect is written for."""

    def options(self, url: URL, limits: Limits) -> Mapping[str, Any]:
        """Return the driver's arguments that bound connecting, statements and locks."""

    def settle(self, connection: Connection) -> None:
        """Make a new connection harmless: read-only where that can be."""

    def locks(self, connection: Connection, limits: Limits) -> LockState:
        """Return whether writes get their locks; must not wait beyond the limits.

        Raises:
            SQLAlchemyError: The database does not answer.
        """

    def read(self, connection: Connection) -> bool:
        """Do a small read; return whether it was possible, or a lock was in the way.

        Raises:
            SQLAlchemyError: The database does not answer.
        """

    def size(self, connection: Connection) -> int | None:
        """Return the bytes that the database takes, None where that cannot be told."""

    def connections(self, connection: Connection) -> Mapping[str, int]:
        """Return the number of others' connections by state; nothing without a server."""

    def connections_limit(self, connection: Connection) -> int | None:
        """Return the most connections the server accepts."""

    def cut(self, connection: Any) -> None:
        """Make a driver's connection that hangs come back with an error, from another thread."""
