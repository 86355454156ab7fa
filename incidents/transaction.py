"""A transaction under way."""

from collections import Counter
from dataclasses import dataclass, field

from sothat.incidents.incident import Rules
from sothat.incidents.tallies import Delta
from sqlalchemy import Connection


@dataclass(slots=True)
class Transaction:
    """The connection that holds the write lock, the moment, and what is to be known afterwards.

    Attributes:
        now: The moment of everything in it, nanoseconds.
        tallies: By how much the tallies grow.
        paged: Whether there is something new in the outbox.
    """

    connection: Connection
    now: int
    rules: Rules
    tallies: Counter[Delta] = field(default_factory=Counter)
    paged: bool = False
