"""Which of several processes takes a target: by rendezvous, so that one more moves only its share.

Every process weighs each target for every process, itself included, and the heaviest takes it: all
come to the same answer, and none has to talk to another. One more process takes from each of the
others what it is heaviest for; nothing moves between those.
"""

from dataclasses import dataclass
from hashlib import blake2b

_BYTES = 8


@dataclass(frozen=True, slots=True)
class Before:
    """How targets were shared out until a moment, at which all processes change over at once.

    Attributes:
        of: How many processes.
        until: Seconds since the epoch.
    """

    of: int
    until: float


@dataclass(frozen=True, slots=True)
class Shard:
    """One process among those that share targets out.

    Attributes:
        index: Its number, from 0; one of a number beyond takes nothing.
        of: How many there are.
        fleet: What they are called together.
        before: How many there were, while that still holds.
    """

    index: int = 0
    of: int = 1
    fleet: str = ""
    before: Before | None = None

    def processes(self, now: float) -> int:
        """Return how many processes share at a moment, in seconds since the epoch."""
        return self.before.of if self.before and now < self.before.until else self.of


WHOLE = Shard()


def owner(key: str, processes: int) -> int:
    """Return the number of the process that takes a target.

    Args:
        key: The target's stable id.
        processes: How many there are.
    """
    raw = key.encode("utf-8", "backslashreplace")
    return max(range(processes), key=lambda number: _weight(raw, number))


def _weight(key: bytes, number: int) -> bytes:
    return blake2b(key, digest_size=_BYTES, salt=number.to_bytes(_BYTES, "big")).digest()
