"""What names a person, put out of a store: every text in every table, raw messages too."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from sothat.incidents.store.schema import whole
from sothat.incidents.store.swapping import Swap
from sqlalchemy import (
    Connection,
    Table,
    Text,
    column,
    select,
    update,
)
from sqlalchemy import table as lightweight
from sqlalchemy.exc import IntegrityError

_CHUNK = 500


def replace_names(connection: Connection, names: Sequence[str], instead: str) -> Mapping[str, int]:
    """Replace names, addresses and numbers, each as a word of its own, wherever they stand.

    Returns:
        The number of rows that were changed, by table.
    """
    changed = {t.name: _replace_in(connection, t, names, instead) for t in whole().sorted_tables}
    return {table: count for table, count in changed.items() if count}


def _replace_in(connection: Connection, table: Table, names: Sequence[str], instead: str) -> int:
    plain, swap = _plain(table), Swap(names, instead)
    keys = [plain.c[key.name] for key in table.primary_key.columns]
    found = [row for row in _rows(connection, plain) if _fresh(row, swap)]
    for row in found:
        here = [key == row[key.name] for key in keys]
        for fresh in _variants(row, names, instead):
            if _taken_over(connection, update(plain).where(*here).values(fresh)):
                break
    return len(found)


def _variants(
    row: Mapping[str, Any], names: Sequence[str], instead: str
) -> Iterator[Mapping[str, Any]]:
    """Yield the columns of a row that change, numbered if another row has become the same."""
    yield _fresh(row, Swap(names, instead))
    for number in count(2):
        yield _fresh(row, Swap(names, f"{instead} {number}"))


def _taken_over(connection: Connection, statement: Any) -> bool:
    """Execute an update; return whether it left what has to be unique so."""
    try:
        with connection.begin_nested():
            connection.execute(statement)
    except IntegrityError:
        return False
    return True


def _fresh(row: Mapping[str, Any], swap: Swap) -> Mapping[str, Any]:
    """Return the columns of a row that change."""
    swapped = ((name, value, swap.of(value)) for name, value in row.items())
    return {name: fresh for name, value, fresh in swapped if fresh != value}


def _raw(kind: Any) -> Any:
    return getattr(kind, "impl", kind)


def _plain(table: Table) -> Any:
    """Return a table whose JSON columns are plain texts."""
    kinds = ((c.name, Text() if isinstance(_raw(c.type), Text) else c.type) for c in table.columns)
    return lightweight(table.name, *(column(name, kind) for name, kind in kinds))


def _rows(connection: Connection, table: Any) -> Iterator[Mapping[str, Any]]:
    query = select(*table.c)
    found = connection.execute(query, execution_options={"yield_per": _CHUNK})
    for chunk in found.mappings().partitions(_CHUNK):
        yield from map(dict, chunk)
