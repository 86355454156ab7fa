"""Is the audit log as it was written? Which entries were edited, removed or reordered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sothat.incidents.store.sealing import Mark, entries, head, start
from sqlalchemy import Connection

# So many findings say what there is to say.
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written.

    Attributes:
        number: Of the entry in the chain.
        entry: Its id in the log; None: it is not there.
        what: A sentence.
    """

    number: int
    entry: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying has found.

    Attributes:
        entries: How many there are.
        start: After which entry the chain begins: those before retention has let go.
        head: Where it ends; noted elsewhere, it proves later that nothing before it was changed.
        faults: In the order of the chain; empty: all is as it was written.
    """

    entries: int
    start: Mark
    head: Mark
    faults: Sequence[Fault]


@dataclass(slots=True)
class _Walk:
    known: Mapping[int, str]
    last: Mark
    row: int = 0
    count: int = 0
    faults: list[Fault] = field(default_factory=list)

    def blame(self, number: int, entry: int | None, what: str) -> None:
        if len(self.faults) < _MOST:
            self.faults.append(Fault(number, entry, what))

    def miss(self, until: int) -> None:
        """Blame what lacks before an entry."""
        first = self.last.number + 1
        if first < until:
            what = "was removed" if first == until - 1 else f"to {until - 1} were removed"
            self.blame(first, None, what)


def verify(connection: Connection, known: Sequence[Mark] = ()) -> Verdict:
    """Return whether the log is as it was written.

    Args:
        connection: In a transaction that sees one moment.
        known: Marks that were noted before; one that no longer fits is a fault.
    """
    begin, end = start(connection), head(connection)
    walk = _Walk({mark.number: mark.digest for mark in known}, begin)
    for row, own, digest_after in entries(connection):
        walk.miss(own.number)
        follows = own.number == walk.last.number + 1
        if follows and digest_after(walk.last.digest) != own.digest:
            walk.blame(own.number, row, "was edited")
        if row <= walk.row:
            walk.blame(own.number, row, "does not stand where it was written: reordered")
        if walk.known.get(own.number, own.digest) != own.digest:
            walk.blame(own.number, row, "is another one than when its mark was noted")
        walk.last, walk.row, walk.count = own, row, walk.count + 1
    walk.miss(end.number + 1)
    if walk.last.number > end.number or (walk.last.number == end.number and walk.last != end):
        walk.blame(walk.last.number, walk.row, "is not what the mark of the head says")
    for number in sorted(set(walk.known) - {0}):
        if number > max(walk.last.number, end.number):
            walk.blame(number, None, "was noted, and is not there")
    return Verdict(walk.count, begin, end, tuple(walk.faults))
