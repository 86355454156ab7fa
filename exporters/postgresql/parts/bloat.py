"""How much of the largest tables is estimated to be air."""

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.largest import Largest
from sothat.exporters.postgresql.part import DATABASE, SERVER, Part, Reading
from sothat.model.metric import Label

# Rows as the planner counts them, times their average width, against the pages there are. Cheap, as
# nothing is read but statistics; off by some tenths for odd types. pg_stats shows the columns of
# tables that the role may read: of others nothing is known, and there is no sample.
_ESTIMATE = Reading(
    ("postgresql_table_bloat_bytes", "postgresql_table_dead_bytes"),
    """
SELECT n.nspname, c.relname,
       CASE WHEN w.known THEN greatest(0, c.relpages - ceil(c.reltuples * w.row / w.room)) * b.size
       END,
       CASE WHEN s.live + s.dead > 0 THEN c.relpages * b.size * s.dead / (s.live + s.dead) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
     (SELECT current_setting('block_size')::float8 AS size) AS b,
     LATERAL (SELECT pg_stat_get_live_tuples(c.oid)::float8 AS live,
                     pg_stat_get_dead_tuples(c.oid)::float8 AS dead) AS s,
     LATERAL (SELECT count(*) > 0 AS known,
                     -- head of a row and its pointer, data rounded up to eight bytes
                     28 + ceil(sum((1 - t.null_frac) * t.avg_width) / 8) * 8 AS row,
                     (b.size - 24) * coalesce((SELECT substr(o, 12)::float8 / 100
                                               FROM unnest(c.reloptions) AS o
                                               WHERE o LIKE 'fillfactor=%'), 1) AS room
              FROM pg_stats t
              WHERE t.schemaname = n.nspname AND t.tablename = c.relname AND NOT t.inherited) AS w
WHERE c.oid = ANY($1::oid[]) AND c.reltuples >= 0
""",
    ("schema", "table"),
)


_LABELS = (SERVER, DATABASE, Label("schema", "Schema"), Label("table", "Table"))

PART = Part(
    "bloat",
    (
        gauge(
            "postgresql_table_bloat_bytes",
            "Estimate of the space that a table takes beyond what its rows need; absent where the "
            "role may not read the table.",
            _LABELS,
            feature=True,
        ),
        gauge(
            "postgresql_table_dead_bytes",
            "Estimate of the space that dead rows take until vacuum frees it.",
            _LABELS,
            feature=True,
        ),
    ),
    lambda seats: Largest(_ESTIMATE, "rm", seats),
    slow=True,
)
