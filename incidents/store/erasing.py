"""A person's name, put out of a store: every text in every table, raw messages too."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sothat.incidents.store.tables import METADATA
from sqlalchemy import (
    Connection,
    Table,
    Text,
    column,
    select,
    update,
)
from sqlalchemy import table as lightweight

_CHUNK = 500


def replace_name(connection: Connection, name: str, instead: str) -> Mapping[str, int]:
    """Replace a name, as a word of its own, wherever it stands.

    Returns:
        The number of rows that were changed, by table.
    """
    swap = _Swap(name, instead)
    changed = {t.name: _replace_in(connection, t, swap) for t in METADATA.sorted_tables}
    return {table: count for table, count in changed.items() if count}


class _Swap:
    """One name for another, in each form that a text may have here."""

    def __init__(self, name: str, instead: str) -> None:
        forms = {name, json.dumps(name)[1:-1], json.dumps(name, ensure_ascii=False)[1:-1]}
        longest = sorted(forms, key=len, reverse=True)
        words = "|".join(map(re.escape, longest))
        # A word's border: Anna is not erased from Annabel.
        self._text = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
        self._instead = instead

    def of(self, value: Any) -> Any:
        """Return a value without the name; the same object where it is not in it."""
        if isinstance(value, str):
            return self._text.sub(lambda _: self._instead, value)
        if isinstance(value, bytes):
            shown = value.decode("utf-8", "surrogateescape")
            return self.of(shown).encode("utf-8", "surrogateescape")
        return value


def _replace_in(connection: Connection, table: Table, swap: _Swap) -> int:
    plain = _plain(table)
    keys = [plain.c[key.name] for key in table.primary_key.columns]
    changes = [(row, fresh) for row in _rows(connection, plain) if (fresh := _fresh(row, swap))]
    for row, fresh in changes:
        here = (key == row[key.name] for key in keys)
        connection.execute(update(plain).where(*here).values(fresh))
    return len(changes)


def _fresh(row: Mapping[str, Any], swap: _Swap) -> dict[str, Any]:
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
