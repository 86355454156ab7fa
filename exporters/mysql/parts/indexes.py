"""Indexes that nobody uses, and those that another one makes superfluous."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sothat.exporters.mysql.names import SYSTEM, catalogue, table_of
from sothat.exporters.mysql.part import sample, shown
from sothat.exporters.mysql.session import Row, Session, number, text
from sothat.exporters.source import Sample
from sothat.exporters.watch import AbsentError, Part, plain
from sothat.model.metric import Label

# Of each of three lists: some twenty megabytes together while they are put together.
_MOST_ROWS = 50_000
_MOST_SCHEMAS = 200
_QUOTED = ", ".join(f"'{schema}'" for schema in SYSTEM)
_USE = f"""
SELECT object_schema, count(*), sum(count_star = 0) FROM
performance_schema.table_io_waits_summary_by_index_usage
WHERE index_name IS NOT NULL AND index_name <> 'PRIMARY' AND object_schema NOT IN ({_QUOTED})
GROUP BY 1 ORDER BY 1 LIMIT {_MOST_SCHEMAS}
"""  # noqa: S608 – names of ours
_OURS = (
    "WHERE name LIKE '%/%' AND name NOT LIKE '%/#sql%' "
    "AND name NOT LIKE 'mysql/%' AND name NOT LIKE 'sys/%'"
)
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
    numbers: Counter[str] = Counter()
    for table, indexes in _by_table(session).items():
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


def _by_table(session: Session) -> Mapping[str, list[Index]]:
    """Return the indexes of each table.

    The lists are put together here: some servers join these views row by row with all rows.
    """
    tables = {row[0]: row[1] for row in _all(session, "table_id, name FROM", "tables", _OURS)}
    columns: dict[bytes | None, list[str]] = defaultdict(list)
    for identifier, column in _all(session, "index_id, name FROM", "fields", "ORDER BY 1, pos"):
        columns[identifier].append(text(column))
    found: dict[str, list[Index]] = defaultdict(list)
    kinds = f"WHERE type IN ({_SECONDARY}, {_UNIQUE})"
    for identifier, table, kind in _all(session, "index_id, table_id, type FROM", "indexes", kinds):
        if table in tables and identifier in columns:
            index = Index(number(kind) == _UNIQUE, tuple(columns[identifier]))
            found[text(tables[table])].append(index)
    return found


def _all(session: Session, columns: str, view: str, condition: str) -> Sequence[Row]:
    rows = session.rows(
        f"SELECT {columns} {catalogue(session.flavour, view)} {condition} LIMIT {_MOST_ROWS + 1}"
    )
    if len(rows) > _MOST_ROWS:
        raise AbsentError("unsupported", f"InnoDB has more than {_MOST_ROWS} {view}")
    return rows


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
