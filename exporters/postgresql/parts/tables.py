"""The largest tables of the database: size, rows, scans, vacuum."""

from sothat.exporters.declare import counter, gauge
from sothat.exporters.postgresql.largest import Largest
from sothat.exporters.postgresql.part import DATABASE, SERVER, Part, Reading
from sothat.model.metric import Label

_GAUGES = {
    "postgresql_table_size_bytes": "Size of a table with its indexes and all it keeps aside.",
    "postgresql_table_heap_bytes": "Size of a table's rows alone.",
    "postgresql_table_indexes_bytes": "Size of a table's indexes.",
    "postgresql_table_live_rows": "Rows of a table, as estimated by the server.",
    "postgresql_table_dead_rows": "Dead rows of a table, as estimated by the server.",
    "postgresql_table_modified_rows": "Rows changed since the table was last analysed.",
    "postgresql_table_transaction_age": "Transactions since the oldest not frozen in a table.",
}
_COUNTERS = {
    "postgresql_table_sequential_scans_total": "Times that a table was read from end to end.",
    "postgresql_table_sequential_rows_total": "Rows read that way.",
    "postgresql_table_index_scans_total": "Times that a table was read through an index.",
    "postgresql_table_inserted_rows_total": "Rows inserted.",
    "postgresql_table_updated_rows_total": "Rows updated.",
    "postgresql_table_deleted_rows_total": "Rows deleted.",
}
_MOMENTS = {
    "postgresql_table_last_vacuum_timestamp_seconds": "When it was last vacuumed, by whomever.",
    "postgresql_table_last_analyze_timestamp_seconds": "When it was last analysed, by whomever.",
}
# To measure a table that somebody has locked would mean to wait for it.
_FIGURES = Reading(
    (*_GAUGES, *_COUNTERS, *_MOMENTS),
    """
WITH locked AS MATERIALIZED (
  SELECT relation FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL)
SELECT s.schemaname, s.relname,
       CASE WHEN m.free THEN pg_total_relation_size(c.oid) END,
       CASE WHEN m.free THEN pg_relation_size(c.oid) END,
       CASE WHEN m.free THEN pg_indexes_size(c.oid) END,
       s.n_live_tup, s.n_dead_tup, s.n_mod_since_analyze, age(nullif(c.relfrozenxid, '0')),
       s.seq_scan, s.seq_tup_read, coalesce(s.idx_scan, 0),
       s.n_tup_ins, s.n_tup_upd, s.n_tup_del,
       extract(epoch FROM greatest(s.last_vacuum, s.last_autovacuum)),
       extract(epoch FROM greatest(s.last_analyze, s.last_autoanalyze))
FROM pg_class c JOIN pg_stat_all_tables s ON s.relid = c.oid,
     LATERAL (SELECT c.oid NOT IN (SELECT relation FROM locked)) AS m(free)
WHERE c.oid = ANY($1::oid[])
""",
    ("schema", "table"),
)


_LABELS = (SERVER, DATABASE, Label("schema", "Schema"), Label("table", "Table"))

PART = Part(
    "tables",
    (
        *(gauge(name, said, _LABELS, feature=True) for name, said in _GAUGES.items()),
        *(counter(name, said, _LABELS, feature=True) for name, said in _COUNTERS.items()),
        *(gauge(name, said, _LABELS, event=True) for name, said in _MOMENTS.items()),
    ),
    lambda seats: Largest(_FIGURES, "rm", seats),
    slow=True,
)
