"""Each database: transactions, rows, cache, deadlocks, temporary files."""

from sothat.exporters.declare import counter, gauge
from sothat.exporters.postgresql.part import DATABASE, SERVER, Reading, plain
from sothat.model.metric import MetricFamily

# Of servers with more databases the oldest: an order in which nobody comes and goes.
_MOST = 200
_BOTH = (SERVER, DATABASE)
_OPERATIONS = ("fetched", "returned", "inserted", "updated", "deleted")
_VALUES = (
    "postgresql_database_connections",
    "postgresql_transactions_committed_total",
    "postgresql_transactions_rolled_back_total",
    "postgresql_blocks_read_total",
    "postgresql_blocks_hit_total",
    *(f"postgresql_rows_{operation}_total" for operation in _OPERATIONS),
    "postgresql_conflicts_total",
    "postgresql_deadlocks_total",
    "postgresql_temporary_files_total",
    "postgresql_temporary_bytes_total",
    "postgresql_checksum_failures_total",
    "postgresql_statistics_reset_timestamp_seconds",
    "postgresql_block_read_time_seconds_total",
    "postgresql_block_write_time_seconds_total",
)
# Without track_io_timing times stay 0, which would be a lie.
_TIMED = "CASE WHEN current_setting('track_io_timing')::bool THEN"
_COLUMNS = f"""
datname, numbackends, xact_commit, xact_rollback, blks_read, blks_hit,
tup_fetched, tup_returned, tup_inserted, tup_updated, tup_deleted,
conflicts, deadlocks, temp_files, temp_bytes, checksum_failures, extract(epoch FROM stats_reset),
{_TIMED} blk_read_time / 1000 END, {_TIMED} blk_write_time / 1000 END
"""
_SESSION_COLUMNS = """
sessions, sessions_abandoned, sessions_fatal, sessions_killed,
session_time / 1000, active_time / 1000, idle_in_transaction_time / 1000
"""
_FROM = f"FROM pg_stat_database WHERE datname IS NOT NULL ORDER BY datid LIMIT {_MOST}"
_SESSION_VALUES = (
    "postgresql_sessions_total",
    "postgresql_sessions_abandoned_total",
    "postgresql_sessions_fatal_total",
    "postgresql_sessions_killed_total",
    "postgresql_session_time_seconds_total",
    "postgresql_active_time_seconds_total",
    "postgresql_idle_in_transaction_time_seconds_total",
)
_SESSION_HELP = (
    "Sessions begun.",
    "Sessions that ended because the client was gone.",
    "Sessions that ended with a fatal error.",
    "Sessions that an operator ended.",
    "Time that sessions have lasted.",
    "Time that sessions have worked.",
    "Time that sessions were idle within a transaction.",
)


def _newer(name: str, help_text: str) -> MetricFamily:
    return counter(name, f"{help_text} Since PostgreSQL 14.", _BOTH, feature=True)


PART = plain(
    "databases",
    (
        gauge("postgresql_database_connections", "Connections to a database.", _BOTH),
        counter("postgresql_transactions_committed_total", "Transactions committed.", _BOTH),
        counter("postgresql_transactions_rolled_back_total", "Transactions rolled back.", _BOTH),
        counter("postgresql_blocks_read_total", "Blocks that were not in the cache.", _BOTH),
        counter("postgresql_blocks_hit_total", "Blocks found in the cache.", _BOTH),
        *(
            counter(f"postgresql_rows_{operation}_total", f"Rows {operation}.", _BOTH)
            for operation in _OPERATIONS
        ),
        counter(
            "postgresql_conflicts_total",
            "Statements that a replica ended because replaying needed it.",
            _BOTH,
        ),
        counter("postgresql_deadlocks_total", "Transactions ended by deadlocks.", _BOTH),
        counter("postgresql_temporary_files_total", "Files that statements spilled to.", _BOTH),
        counter("postgresql_temporary_bytes_total", "Bytes that statements spilled.", _BOTH),
        counter(
            "postgresql_checksum_failures_total",
            "Blocks whose checksum was wrong; absent without checksums.",
            _BOTH,
            feature=True,
        ),
        gauge(
            "postgresql_statistics_reset_timestamp_seconds",
            "When the counters were last reset; absent if never.",
            _BOTH,
            event=True,
        ),
        *(
            counter(
                f"postgresql_block_{way}_time_seconds_total",
                f"Time spent on block {way}s; absent without track_io_timing.",
                _BOTH,
                feature=True,
            )
            for way in ("read", "write")
        ),
        *(_newer(*pair) for pair in zip(_SESSION_VALUES, _SESSION_HELP, strict=True)),
    ),
    Reading(_VALUES, f"SELECT {_COLUMNS} {_FROM}", ("database",), until=14),
    Reading(
        (*_VALUES, *_SESSION_VALUES),
        f"SELECT {_COLUMNS}, {_SESSION_COLUMNS} {_FROM}",
        ("database",),
        since=14,
    ),
)
