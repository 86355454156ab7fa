"""What a server answers, or that it does not; needs no driver."""

from collections.abc import Sequence
from typing import Protocol

# Values as the server writes them, None for NULL.
Row = Sequence[bytes | None]


class BrokenError(Exception):
    """There is no connection, or none any more.

    Attributes:
        reason: refused, unresolved, authentication, starting, full, timeout, lost or other.
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class RefusedError(Exception):
    """The server does not answer one statement; the connection is as good as before.

    Attributes:
        state: PostgreSQL's five characters for what is wrong.
    """

    def __init__(self, state: str, message: str) -> None:
        self.state = state
        super().__init__(message)


class Connection(Protocol):
    """An open connection; `line` has the real one."""

    @property
    def version(self) -> int:
        """Return the server's major version."""

    def allow(self, seconds: float) -> None:
        """Have the server end statements after that long, if it is less than it allows anyway."""

    def rows(self, statement: str, *parameters: str) -> Sequence[Row]:
        """Return what a statement gives.

        Raises:
            RefusedError: The server says that it cannot.
            BrokenError: The connection is gone, or the server silent.
        """

    def close(self) -> None:
        """Hang up."""
