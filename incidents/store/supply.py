"""Ids: the next free one of each table, given once and never again."""

from collections.abc import Callable, Iterable, Mapping
from itertools import count

from sothat.incidents.store.bulk import Read, Write
from sothat.incidents.store.tables import SUPPLY

NEXT = Read("SELECT name, next FROM supply")
_CLASH = "(name) DO UPDATE SET next = excluded.next"


class Supply:
    """The next free ids, asked for when the first is wanted; whoever asks holds the write lock."""

    def __init__(self, ask: Callable[[], Iterable[tuple[str, int]]]) -> None:
        self._ask = ask
        self._next: dict[str, count[int]] | None = None

    def take(self, table: str) -> int:
        """Return the next id of a table."""
        if self._next is None:
            self._next = {name: count(number) for name, number in self._ask()}
        return next(self._next[table])


def used(last: Mapping[str, int]) -> Write:
    """Return what keeps the last ids that were given, by table; 0: none was."""
    rows = [{"name": name, "next": number + 1} for name, number in last.items() if number]
    return Write(SUPPLY, rows, clash=_CLASH)
