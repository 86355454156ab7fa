"""What is asked of every package manager."""

from typing import NamedTuple, Protocol

from sothat.exporters.clock import Deadline


class Pending(NamedTuple):
    """Numbers of packages that wait to be upgraded, and of those that close a hole."""

    all: int
    security: int


class Manager(Protocol):
    """One package manager."""

    name: str

    def present(self) -> bool:
        """Return whether it manages the packages of this machine."""

    def pending(self, deadline: Deadline) -> Pending | None:
        """Return what waits to be upgraded, or None where that cannot be known.

        Raises:
            PollFailed: It could not be asked.
        """

    def lists_fetched(self) -> float | None:
        """Return when its package lists were last fetched, or None where that is not known.

        Raises:
            OSError: They cannot be looked at.
        """
