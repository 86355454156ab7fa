"""The write-ahead log: how much is written and archived."""

from sothat.exporters.declare import counter, gauge
from sothat.exporters.postgresql.part import SERVER, Reading, plain

# On a replica it is what was received; not known where log comes from an archive only.
_ALWAYS = """
pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
                     ELSE pg_current_wal_lsn() END, '0/0'),
archived_count, failed_count, extract(epoch FROM last_archived_time),
extract(epoch FROM last_failed_time)
"""
_VALUES = (
    "postgresql_wal_written_bytes_total",
    "postgresql_wal_archived_total",
    "postgresql_wal_archive_failures_total",
    "postgresql_wal_last_archived_timestamp_seconds",
    "postgresql_wal_last_archive_failure_timestamp_seconds",
)
_NEWER = (
    "postgresql_wal_records_total",
    "postgresql_wal_full_pages_total",
    "postgresql_wal_buffers_full_total",
)

PART = plain(
    "wal",
    (
        counter("postgresql_wal_written_bytes_total", "Log written, or received.", [SERVER]),
        counter(
            "postgresql_wal_records_total",
            "Records written; since PostgreSQL 14.",
            [SERVER],
            feature=True,
        ),
        counter(
            "postgresql_wal_full_pages_total",
            "Whole pages written, after a checkpoint; since PostgreSQL 14.",
            [SERVER],
            feature=True,
        ),
        counter(
            "postgresql_wal_buffers_full_total",
            "Times that log had to be written because its buffers were full; since PostgreSQL 14.",
            [SERVER],
            feature=True,
        ),
        counter("postgresql_wal_archived_total", "Files of log archived.", [SERVER]),
        counter("postgresql_wal_archive_failures_total", "Attempts that failed.", [SERVER]),
        gauge(
            "postgresql_wal_last_archived_timestamp_seconds",
            "When a file was last archived; absent if never.",
            [SERVER],
            event=True,
        ),
        gauge(
            "postgresql_wal_last_archive_failure_timestamp_seconds",
            "When it last failed; absent if never.",
            [SERVER],
            event=True,
        ),
    ),
    Reading(_VALUES, f"SELECT {_ALWAYS} FROM pg_stat_archiver", until=14),  # noqa: S608 – our own
    Reading(
        (*_VALUES, *_NEWER),
        f"SELECT {_ALWAYS}, wal_records, wal_fpi, wal_buffers_full"  # noqa: S608 – our own
        " FROM pg_stat_archiver, pg_stat_wal",
        since=14,
    ),
)
