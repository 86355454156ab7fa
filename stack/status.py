"""What the supervisor says about its parts, as data."""

from dataclasses import dataclass

from sothat.stack.lifecycle import State
from sothat.stack.part import Address


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part at one moment.

    Attributes:
        seconds: For how long the state has lasted.
        pid: Its process id, None while there is no process.
        detail: Why it is not up, for people.
    """

    name: str
    state: State
    seconds: float
    address: Address
    pid: int | None
    restarts: int
    detail: str


Status = tuple[PartStatus, ...]


def all_up(status: Status) -> bool:
    """Return whether every part is up."""
    return all(part.state is State.UP for part in status)
