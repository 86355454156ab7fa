"""Indexes that nobody uses, and those that another one makes superfluous."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sothat.exporters.mysql.names import SYSTEM, catalogue, table_of
from sothat.exporters.mysql.part import plain, sample, shown
from sothat.exporters.mysql.session import Row, Session, number, text
from sothat.exporters.source import Sample
from sothat.exporters.watch import AbsentError, Part
from sothat.model.metric import Label

_MOST_FIELDS = 50_000
_MOST_SCHEMAS = 200
_QUOTED = ", ".join(f"'{schema}'" for schema in SYSTEM)
_USE = f"""
SELECT object_schema, count(*), sum(count_star = 0) FROM
performance_schema.table_io_waits_summary_by_index_usage
WHERE index_name IS NOT NULL AND index_name <> 'PRIMARY' AND object_schema NOT IN ({_QUOTED})
GROUP BY 1 ORDER BY 1 LIMIT {_MOST_SCHEMAS}
"""  # noqa: S608 – names of ours
# Bits of an index's type: 1 clustered, 2 unique, 32 full text, 64 spatial.
_SECONDARY = 0
_UNIQUE = 2


@dataclass(frozen=True, slots=True)
class Index:
    """An index that only speeds things up, or keeps values unique."""

    unique: bool
    columns: tuple[str, ...]


def read_use(session: Session) -> Iterator[Sample]:
    """Yield indexes, and those not used since the server was started.

    Raises:
        AbsentError: The server does not watch their use, or not for this user.
    """
    if session.settings.get("performance_schema", "").upper() == "OFF":
        raise AbsentError("off", "performance_schema is off")
    for schema, indexes, unused in session.rows(_USE):
        name = text(schema)
        yield sample("watched_indexes", number(indexes) or 0, schema=name)
        yield sample("unused_indexes", number(unused) or 0, schema=name)


def read_duplicates(session: Session) -> Iterator[Sample]:
    """Yield superfluous indexes by schema; zeros for schemas that have none.

    Raises:
        AbsentError: There are too many to look at.
    """
    rows = session.rows(_fields(session))
    if len(rows) > _MOST_FIELDS:
        raise AbsentError("unsupported", f"more than {_MOST_FIELDS} columns of indexes")
    numbers: Counter[str] = Counter()
    for table, indexes in _by_table(rows).items():
        numbers[table_of(table)[0]] += superfluous(indexes)
    for schema, count in list(numbers.items())[:_MOST_SCHEMAS]:
        yield sample("duplicate_indexes", count, schema=schema)


def superfluous(indexes: Iterable[Index]) -> int:
    """Return how many indexes could go because another one begins with the same columns."""
    found = sorted(indexes, key=lambda index: (-len(index.columns), not index.unique))
    kept: list[Index] = []
    for index in found:
        if not any(_replaces(other, index) for other in kept):
            kept.append(index)
    return len(found) - len(kept)


def _replaces(other: Index, index: Index) -> bool:
    if index.unique:  # it keeps a promise that only its equal keeps too
        return other.unique and other.columns == index.columns
    return other.columns[: len(index.columns)] == index.columns


def _fields(session: Session) -> str:
    tables, indexes, fields = (
        catalogue(session.flavour, name) for name in ("tables", "indexes", "fields")
    )
    return (
        "SELECT t.name, i.index_id, i.type, f.name "  # noqa: S608 – names of ours
        f"FROM {indexes} i JOIN {tables} t ON t.table_id = i.table_id "
        f"JOIN {fields} f ON f.index_id = i.index_id "
        f"WHERE i.type IN ({_SECONDARY}, {_UNIQUE}) AND t.name NOT LIKE '%/#sql%' "
        "AND t.name LIKE '%/%' AND t.name NOT LIKE 'mysql/%' AND t.name NOT LIKE 'sys/%' "
        f"ORDER BY i.index_id, f.pos LIMIT {_MOST_FIELDS + 1}"
    )


def _by_table(rows: Iterable[Row]) -> Mapping[str, list[Index]]:
    columns: dict[tuple[str, bytes | None, bool], list[str]] = defaultdict(list)
    for owned, identifier, kind, column in rows:
        key = (text(owned), identifier, number(kind) == _UNIQUE)
        columns[key].append(text(column))
    found: dict[str, list[Index]] = defaultdict(list)
    for (owner, _, unique), names in columns.items():
        found[owner].append(Index(unique, tuple(names)))
    return found


_SCHEMA = Label("schema", "Schema")
_KEPT = "Looked at every slow_interval."
USE: Part[Session] = plain(
    "index-use",
    (
        shown("watched_indexes", f"Indexes, primary keys left out. {_KEPT}", _SCHEMA),
        shown("unused_indexes", f"Those not used since the server's start. {_KEPT}", _SCHEMA),
    ),
    read_use,
    slow=True,
)
DUPLICATES: Part[Session] = plain(
    "duplicate-indexes",
    (
        shown(
            "duplicate_indexes",
            f"Indexes whose columns another one begins with; lengths are not looked at. {_KEPT}",
            _SCHEMA,
            feature=True,
        ),
    ),
    read_duplicates,
    slow=True,
)
