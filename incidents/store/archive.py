"""A store as one file, whatever database it is on: gzip of JSON lines, a row each.

The first line says what follows and of which schema it is; the last how many rows there were, so
that half a file is never taken for a whole one.
"""

import gzip
import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from alembic import command
from alembic.migration import MigrationContext
from sothat.incidents.store.migrate import configuration
from sothat.incidents.store.sealing import unguarded
from sothat.model.problem import Position, unusable
from sqlalchemy import Connection, LargeBinary, MetaData, Table, insert, select, text

_FORMAT = "sothat-incidents-1"
_CHUNK = 1000
_INTERNAL = "alembic_version"


def write_archive(connection: Connection, stream: BinaryIO) -> Mapping[str, int]:
    """Write a store as it is at this moment; return the number of rows by table.

    Args:
        connection: In a transaction that sees one moment.
        stream: Where to.
    """
    counts: Counter[str] = Counter()
    with gzip.open(stream, "wb", compresslevel=3) as packed:
        revision = MigrationContext.configure(connection).get_current_revision()
        packed.write(_line({"format": _FORMAT, "revision": revision}))
        for table in _tables(connection):
            for row in connection.execute(select(table), execution_options={"yield_per": _CHUNK}):
                values = [_plain(value) for value in row]
                packed.write(_line({"table": table.name, "row": values}))
                counts[table.name] += 1
        packed.write(_line({"rows": counts}))
    return counts


def read_archive(connection: Connection, path: Path) -> Mapping[str, int]:
    """Fill an empty store from an archive, of this schema or one before; bring it up to date.

    Raises:
        Unusable: The file is no whole archive, of a newer schema, or the store is not empty.
    """
    counts: Counter[str] = Counter()
    lines = _lines(path)
    head: Mapping[str, Any] = next(lines, {})
    if head.get("format") != _FORMAT:
        raise _broken(path, "it is no backup of an incident store")
    _make_schema(connection, head["revision"])
    tables = {table.name: table for table in _tables(connection)}
    if any(connection.execute(select(t).limit(1)).first() for t in _filled(tables)):
        message = "the store holds something already; a backup is restored into an empty one"
        raise unusable("store-unusable", message, position=Position(str(path)))
    with unguarded(connection) if "audit" in tables else nullcontext():
        for table in tables.values():
            connection.execute(table.delete())
    rows: list[Mapping[str, Any]] = []
    for line in lines:
        if "rows" in line:
            _insert(connection, tables, rows)
            if line["rows"] != counts:
                raise _broken(path, "rows are missing in it")
            _go_on(connection, tables)
            command.upgrade(configuration(connection), "head")
            return counts
        rows.append(line)
        counts[line["table"]] += 1
        if len(rows) == _CHUNK:
            _insert(connection, tables, rows)
            rows = []
    raise _broken(path, "its end is missing")


def _tables(connection: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != _INTERNAL]


def _filled(tables: Mapping[str, Table]) -> Iterator[Table]:
    return (tables[name] for name in ("message", "incident", "alert") if name in tables)


def _make_schema(connection: Connection, revision: str) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        command.upgrade(configuration(connection), revision)
    elif current != revision:
        message = f"the backup is of schema {revision}, the empty store of {current}"
        hint = "restore into a store that does not exist yet: it is made as the backup wants it"
        raise unusable("store-unusable", message, hint=hint)


def _insert(
    connection: Connection, tables: Mapping[str, Table], rows: list[Mapping[str, Any]]
) -> None:
    by_table: dict[str, list[dict[str, Any]]] = {}
    for line in rows:
        columns = tables[line["table"]].columns
        values = dict(zip(columns.keys(), line["row"], strict=True))
        for column in columns:
            if isinstance(column.type, LargeBinary) and values[column.name] is not None:
                values[column.name] = b64decode(values[column.name])
        by_table.setdefault(line["table"], []).append(values)
    for name, found in by_table.items():
        connection.execute(insert(tables[name]), found)


def _go_on(connection: Connection, tables: Mapping[str, Table]) -> None:
    """Let PostgreSQL's own numbers go on after those that were restored."""
    if connection.dialect.name != "postgresql":
        return
    for name, table in tables.items():
        if "id" in table.c:
            query = (
                "SELECT setval(pg_get_serial_sequence(:name, 'id'), max(id)) "  # noqa: S608
                f'FROM "{name}" HAVING max(id) IS NOT NULL'
            )
            connection.execute(text(query), {"name": f'"{name}"'})


def _lines(path: Path) -> Iterator[Any]:
    try:
        with gzip.open(path, "rb") as packed:
            for line in packed:
                yield json.loads(line)
    except (OSError, EOFError, ValueError) as error:
        raise _broken(path, str(error)) from error


def _broken(path: Path, why: str) -> Exception:
    return unusable(
        "broken-backup", f"this backup cannot be used: {why}", position=Position(str(path))
    )


def _plain(value: Any) -> Any:
    return b64encode(value).decode() if isinstance(value, bytes) else value


def _line(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode("ascii") + b"\n"
