"""The write-ahead log: how much is written, kept and archived."""

from sothat.exporters.declare import counter, gauge
from sothat.exporters.postgresql.part import SERVER, Reading, plain

# On a replica it is what was received; not known where log comes from an archive only.
_WRITTEN = """
SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
                            ELSE pg_current_wal_lsn() END, '0/0')
"""
_STATISTICS = "SELECT wal_records, wal_fpi, wal_buffers_full FROM pg_stat_wal"
_FILES = "SELECT count(*), coalesce(sum(size), 0) FROM pg_ls_waldir()"
_ARCHIVER = """
SELECT archived_count, failed_count,
       extract(epoch FROM last_archived_time), extract(epoch FROM last_failed_time)
FROM pg_stat_archiver
"""
# Without archiving nothing waits for it, and nothing is said of it.
_WAITING = """
SELECT count(*) FROM pg_ls_archive_statusdir()
WHERE name LIKE '%.ready' AND current_setting('archive_mode') <> 'off'
HAVING current_setting('archive_mode') <> 'off'
"""

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
        gauge("postgresql_wal_segments", "Files of log on disk.", [SERVER]),
        gauge("postgresql_wal_size_bytes", "Their size.", [SERVER]),
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
        gauge(
            "postgresql_wal_waiting_segments",
            "Files that wait to be archived; absent without archiving.",
            [SERVER],
            feature=True,
        ),
    ),
    Reading(("postgresql_wal_written_bytes_total",), _WRITTEN),
    Reading(
        (
            "postgresql_wal_records_total",
            "postgresql_wal_full_pages_total",
            "postgresql_wal_buffers_full_total",
        ),
        _STATISTICS,
        since=14,
    ),
    Reading(
        (
            "postgresql_wal_archived_total",
            "postgresql_wal_archive_failures_total",
            "postgresql_wal_last_archived_timestamp_seconds",
            "postgresql_wal_last_archive_failure_timestamp_seconds",
        ),
        _ARCHIVER,
    ),
    Reading(("postgresql_wal_segments", "postgresql_wal_size_bytes"), _FILES),
    Reading(("postgresql_wal_waiting_segments",), _WAITING),
)
