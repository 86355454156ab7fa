"""What is known of one series of backups, whatever program makes them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Backup:
    """One series of backups: of a cluster, a host, or a set of files.

    Attributes:
        item: What tells it apart from others of the same source; empty where there is one only.
        held: Number of usable backups.
        completed: When the newest usable one was finished, in seconds since the epoch.
        size: Bytes that the newest usable one holds, before compression where that is known.
        valid: What its program says of its state; None where it says nothing.
    """

    item: str
    held: int
    completed: float | None = None
    size: float | None = None
    valid: bool | None = None


Parse = Callable[[Any], Sequence[Backup]]
