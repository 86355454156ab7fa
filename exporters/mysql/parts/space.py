"""Space of schemas and of the largest tables, from InnoDB's own list of files."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from sothat.exporters.mysql.names import SYSTEM, catalogue, table_of
from sothat.exporters.mysql.part import sample, shown
from sothat.exporters.mysql.session import Row, Session, number, text
from sothat.exporters.source import Sample
from sothat.exporters.topmost import Topmost
from sothat.exporters.watch import Part
from sothat.model.metric import Label

K = TypeVar("K", bound=Hashable)

_MOST_SCHEMAS = 200
# How many files are looked at for the tables' own series: partitions are files of their own.
_CANDIDATES = 20
_FILE = "name LIKE '%/%' AND name NOT LIKE '%/#sql%'"


class Space:
    """The largest tables of one server; seats are kept."""

    def __init__(self, seats: int) -> None:
        self._candidates = seats * _CANDIDATES
        self._tables: Topmost[tuple[str, str]] = Topmost(seats)

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield the size of each schema and of the largest tables."""
        files = catalogue(session.flavour, "tablespaces")
        schemas = _sums(session.rows(_by_schema(files)), _schema)
        for schema, size in schemas.items():
            yield sample("schema_bytes", size, schema=schema)
        tables = _sums(session.rows(self._largest(files)), table_of)
        yield from self._seated(tables)

    def _largest(self, files: str) -> str:
        return (
            f"SELECT name, file_size FROM {files} WHERE {_FILE} "  # noqa: S608 – names of ours
            f"ORDER BY file_size DESC LIMIT {self._candidates}"
        )

    def _seated(self, tables: Counter[tuple[str, str]]) -> Iterator[Sample]:
        weights = {key: size for key, size in tables.items() if key[0] not in SYSTEM}
        for schema, table in self._tables.choose(weights):
            yield sample("table_bytes", tables[schema, table], schema=schema, table=table)


def _by_schema(files: str) -> str:
    return (
        "SELECT substring_index(name, '/', 1), sum(file_size) "  # noqa: S608 – a name of ours
        f"FROM {files} WHERE {_FILE} GROUP BY 1 ORDER BY 2 DESC LIMIT {_MOST_SCHEMAS}"
    )


def _schema(name: str) -> str:
    return table_of(name)[0]


def _sums(rows: Iterable[Row], key: Callable[[str], K]) -> Counter[K]:
    sums: Counter[K] = Counter()
    for name, size in rows:
        sums[key(text(name))] += int(number(size) or 0)
    return sums


_SCHEMA = Label("schema", "Schema")
_KEPT = "InnoDB's files; looked at every slow_interval."
PART: Part[Session] = Part(
    "space",
    (
        shown("schema_bytes", f"Space of a schema. {_KEPT}", _SCHEMA),
        shown(
            "table_bytes",
            f"Space of the largest tables. {_KEPT}",
            _SCHEMA,
            Label("table", "Table"),
            feature=True,
        ),
    ),
    lambda seats: Space(seats).read,
    slow=True,
)
