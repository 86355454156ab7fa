"""Settings that limit the server or decide what a crash costs."""

from collections.abc import Iterator

from sothat.exporters.mysql.part import figure, figures, sample, shown
from sothat.exporters.mysql.session import Session
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain

_NUMBERS = (
    figure("buffer_pool_limit_bytes", "innodb_buffer_pool_size"),
    figure("temporary_table_limit_bytes", "tmp_table_size"),
    figure("packet_limit_bytes", "max_allowed_packet"),
    figure("table_cache_limit", "table_open_cache"),
    figure("open_files_limit", "open_files_limit"),
    figure("slow_statement_threshold_seconds", "long_query_time"),
    figure("lock_timeout_seconds", "innodb_lock_wait_timeout"),
    figure("idle_timeout_seconds", "wait_timeout"),
    figure("binlog_sync_interval", "sync_binlog"),
    figure("commit_flush_mode", "innodb_flush_log_at_trx_commit"),
)


def read(session: Session) -> Iterator[Sample]:
    """Yield the settings that this server has."""
    settings = session.settings
    yield from figures(settings, _NUMBERS)
    redo = [figure("redo_log_limit_bytes", "innodb_redo_log_capacity")]
    if "innodb_redo_log_capacity" not in settings:
        redo = [figure("redo_log_limit_bytes", "innodb_log_file_size")]
    yield from figures(settings, redo)
    if "performance_schema" in settings:
        yield sample("performance_schema_enabled", settings["performance_schema"].upper() == "ON")


PART = plain(
    "settings",
    (
        shown("buffer_pool_limit_bytes", "innodb_buffer_pool_size."),
        shown("redo_log_limit_bytes", "Size of the redo log, or of one of its files."),
        shown("temporary_table_limit_bytes", "tmp_table_size: beyond it, they go to disk."),
        shown("packet_limit_bytes", "max_allowed_packet."),
        shown("table_cache_limit", "table_open_cache."),
        shown("open_files_limit", "open_files_limit."),
        shown("slow_statement_threshold_seconds", "long_query_time."),
        shown("lock_timeout_seconds", "innodb_lock_wait_timeout."),
        shown("idle_timeout_seconds", "wait_timeout."),
        shown(
            "binlog_sync_interval", "sync_binlog: commits from one to the next; 1 loses nothing."
        ),
        shown("commit_flush_mode", "innodb_flush_log_at_trx_commit; 1 loses nothing."),
        shown("performance_schema_enabled", "Whether the server watches statements.", feature=True),
    ),
    read,
)
