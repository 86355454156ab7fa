"""Ids: the next free one of each table, given once and never again."""

from collections.abc import Callable, Iterable, Mapping

from sothat.incidents.store.bulk import Read, Write
from sothat.incidents.store.tables import SUPPLY

NEXT = Read("SELECT name, next FROM supply")
_CLASH = "(name) DO UPDATE SET next = excluded.next"


class Supply:
    """The next free ids, asked for when the first is wanted; whoever asks holds the write lock."""

    def __init__(self, ask: Callable[[], Iterable[tuple[str, int]]]) -> None:
        self._ask = ask
        self._next: dict[str, int] = {}
        self._given: set[str] = set()

    def take(self, table: str) -> int:
        """Return the next id of a table."""
        if not self._next:
            self._next = dict(self._ask())
        found = self._next[table]
        self._next[table] = found + 1
        self._given.add(table)
        return found

    def given(self) -> Mapping[str, int]:
        """Return the id that is next now, by each table of which one was taken."""
        return {table: self._next[table] for table in self._given}


def used(given: Mapping[str, int]) -> Write:
    """Return what keeps that ids were given: none is given again."""
    rows = [{"name": name, "next": number} for name, number in given.items()]
    return Write(SUPPLY, rows, clash=_CLASH)
