"""Whether tables have changed their form: a fingerprint of InnoDB's catalogue, by schema."""

from collections import Counter
from collections.abc import Iterator

from sothat.exporters.mysql.names import SYSTEM, catalogue, table_of
from sothat.exporters.mysql.part import counted, sample, shown
from sothat.exporters.mysql.session import Session, number, text
from sothat.exporters.source import Sample
from sothat.exporters.watch import Part
from sothat.model.metric import Label

_MOST_SCHEMAS = 200


class Schemas:
    """What the schemas of one server looked like when they were last looked at."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[bytes | None, ...]] | None = None
        self._changes: Counter[str] = Counter()
        self._changed: dict[str, float] = {}

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield tables, and the changes that were seen since we began to look."""
        tables = catalogue(session.flavour, "tables")
        columns = catalogue(session.flavour, "columns")
        found = {
            table_of(text(schema))[0]: tuple(rest)
            for schema, *rest in session.rows(_fingerprints(tables, columns))
        }
        now = {schema: rest for schema, rest in found.items() if schema not in SYSTEM}
        self._compare(now, session.now)
        for schema, (count, *_) in now.items():
            yield sample("schema_tables", number(count) or 0, schema=schema)
        for schema in now.keys() | self._changed.keys():
            yield sample("schema_changes_total", self._changes[schema], schema=schema)
        for schema, moment in self._changed.items():
            yield sample("schema_last_change_timestamp_seconds", moment, schema=schema)

    def _compare(self, now: dict[str, tuple[bytes | None, ...]], moment: float) -> None:
        before = now if self._before is None else self._before
        for schema in before.keys() | now.keys():
            if before.get(schema) != now.get(schema):
                self._changes[schema] += 1
                self._changed[schema] = moment
        self._before = now
        for schema in [*self._changed][: max(0, len(self._changed) - _MOST_SCHEMAS)]:
            del self._changed[schema], self._changes[schema]


def _fingerprints(tables: str, columns: str) -> str:
    """Return the statement for each schema's number of tables, of columns, and their checksum."""
    return (
        "SELECT substring_index(t.name, '/', 1), count(DISTINCT t.table_id), count(*), "  # noqa: S608
        "bit_xor(crc32(concat_ws('|', t.name, c.name, c.pos, c.mtype, c.prtype, c.len))) "
        f"FROM {tables} t JOIN {columns} c ON c.table_id = t.table_id "
        "WHERE t.name LIKE '%/%' AND t.name NOT LIKE '%/#sql%' AND t.name NOT LIKE '%/FTS\\_%' "
        f"GROUP BY 1 ORDER BY 1 LIMIT {_MOST_SCHEMAS}"
    )


_SCHEMA = Label("schema", "Schema")
_KEPT = "InnoDB's catalogue; looked at every slow_interval."
PART: Part[Session] = Part(
    "schema",
    (
        shown("schema_tables", f"Number of tables, partitions counted singly. {_KEPT}", _SCHEMA),
        counted(
            "schema_changes_total",
            f"Times that a schema's tables or columns were found changed. {_KEPT}",
            _SCHEMA,
        ),
        shown(
            "schema_last_change_timestamp_seconds",
            "When a change was last seen; absent before the first.",
            _SCHEMA,
            feature=True,
        ),
    ),
    lambda _: Schemas().read,
    slow=True,
)
