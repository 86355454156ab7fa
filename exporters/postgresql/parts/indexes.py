"""Indexes of the database: the largest, those that nobody uses, and those there are twice."""

from collections.abc import Iterator

from sothat.exporters.declare import counter, gauge
from sothat.exporters.postgresql.largest import OURS, Largest
from sothat.exporters.postgresql.part import DATABASE, SERVER, Part, Reading, Session
from sothat.exporters.source import Sample
from sothat.model.metric import Label

_OURS = f"c.relkind = 'i' AND {OURS}"
_LABELS = ("schema", "table", "index")
# Sizes as the catalogue estimates them: an index is as large as vacuum last saw it.
_FIGURES = Reading(
    ("postgresql_index_size_bytes", "postgresql_index_scans_total"),
    """
SELECT n.nspname, t.relname, c.relname,
       c.relpages * current_setting('block_size')::bigint, pg_stat_get_numscans(c.oid)
FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY($1::oid[])
""",
    _LABELS,
)
# What keeps rows unique, or serves a constraint or replication, is of use though never read.
_SUMMARY = Reading(
    (
        "postgresql_indexes",
        "postgresql_indexes_bytes",
        "postgresql_indexes_unused",
        "postgresql_indexes_unused_bytes",
        "postgresql_indexes_invalid",
    ),
    f"""
SELECT count(*), coalesce(sum(size), 0), count(*) FILTER (WHERE unused),
       coalesce(sum(size) FILTER (WHERE unused), 0), count(*) FILTER (WHERE NOT valid)
FROM (SELECT c.relpages * current_setting('block_size')::bigint AS size, i.indisvalid AS valid,
             pg_stat_get_numscans(c.oid) = 0 AND NOT i.indisunique AND NOT i.indisprimary
             AND NOT i.indisexclusion AND NOT i.indisreplident AS unused
      FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE {_OURS}) AS x
""",  # noqa: S608 – of our own words
)
_DUPLICATES = Reading(
    ("postgresql_indexes_duplicate", "postgresql_indexes_duplicate_bytes"),
    f"""
SELECT coalesce(sum(surplus), 0), coalesce(sum(size), 0)
FROM (SELECT count(*) - 1 AS surplus,
             (sum(c.relpages) - max(c.relpages)) * current_setting('block_size')::bigint AS size
      FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE {_OURS}
      GROUP BY i.indrelid, c.relam, i.indkey::text, i.indclass::text, i.indcollation::text,
               i.indoption::text, i.indnkeyatts, i.indexprs::text, i.indpred::text
      HAVING count(*) > 1) AS x
""",  # noqa: S608 – of our own words
)


class Indexes:
    """The indexes of the database that one server is connected to.

    Args:
        seats: Number of indexes with series of their own.
    """

    def __init__(self, seats: int) -> None:
        self._largest = Largest(_FIGURES, "i", seats)

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield the sums, then the largest."""
        for reading in (_SUMMARY, _DUPLICATES):
            yield from session.of_database(reading.samples(session.ask(reading.statement)))
        yield from self._largest.read(session)


_BOTH = (SERVER, DATABASE)
_ONE = (*_BOTH, Label("schema", "Schema"), Label("table", "Table"), Label("index", "Index"))

PART = Part(
    "indexes",
    (
        gauge("postgresql_indexes", "Indexes of the database.", _BOTH),
        gauge("postgresql_indexes_bytes", "Their size, as last estimated.", _BOTH),
        gauge(
            "postgresql_indexes_unused",
            "Indexes not read on this server since its counters began, and of no other use.",
            _BOTH,
        ),
        gauge("postgresql_indexes_unused_bytes", "Their size, as last estimated.", _BOTH),
        gauge(
            "postgresql_indexes_duplicate",
            "Indexes that another one of the same table equals in all but its name.",
            _BOTH,
        ),
        gauge("postgresql_indexes_duplicate_bytes", "Their size, as last estimated.", _BOTH),
        gauge(
            "postgresql_indexes_invalid",
            "Indexes that are kept up but not read: an interrupted CREATE INDEX CONCURRENTLY.",
            _BOTH,
        ),
        gauge("postgresql_index_size_bytes", "Size of a large index.", _ONE, feature=True),
        counter("postgresql_index_scans_total", "Times that it was read.", _ONE, feature=True),
    ),
    Indexes,
    slow=True,
)
