"""Reads and writes by the kind of process that does them; since PostgreSQL 16."""

from sothat.exporters.declare import counter
from sothat.exporters.postgresql.part import SERVER, Reading, plain
from sothat.model.metric import Label

_LABELS = (SERVER, Label("process", "Type of the process (backend_type)"))
_VALUES = (
    "postgresql_io_read_bytes_total",
    "postgresql_io_written_bytes_total",
    "postgresql_io_evictions_total",
    "postgresql_io_syncs_total",
)
# The log's own reads and writes came in with 18, and have another size.
_UNTIL_17 = """
SELECT backend_type, sum(reads * op_bytes), sum(writes * op_bytes), sum(evictions), sum(fsyncs)
FROM pg_stat_io GROUP BY 1
"""
_SINCE_18 = """
SELECT backend_type, sum(read_bytes), sum(write_bytes), sum(evictions), sum(fsyncs)
FROM pg_stat_io WHERE object <> 'wal' GROUP BY 1
"""

PART = plain(
    "io",
    (
        counter(_VALUES[0], "Bytes read from files.", _LABELS, feature=True),
        counter(_VALUES[1], "Bytes written to files.", _LABELS, feature=True),
        counter(_VALUES[2], "Blocks thrown out of the cache for others.", _LABELS, feature=True),
        counter(_VALUES[3], "Files synced.", _LABELS, feature=True),
    ),
    Reading(_VALUES, _UNTIL_17, ("process",), since=16, until=18),
    Reading(_VALUES, _SINCE_18, ("process",), since=18),
)
