"""What a crash would cost: age and state of snapshots and of the append-only file."""

from collections.abc import Iterator

from sothat.exporters.redis.part import Figure, counted, figures, shown, status
from sothat.exporters.redis.session import Session
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain

_FIGURES = (
    Figure("snapshot_timestamp_seconds", "rdb_last_save_time"),
    Figure("snapshot_duration_seconds", "rdb_last_bgsave_time_sec"),
    Figure("snapshot_running", "rdb_bgsave_in_progress"),
    Figure("changes_since_snapshot", "rdb_changes_since_last_save"),
    Figure("append_only_enabled", "aof_enabled"),
    Figure("append_only_bytes", "aof_current_size"),
    Figure("append_only_delayed_synchronisations_total", "aof_delayed_fsync"),
    Figure("fork_duration_seconds", "latest_fork_usec", 1e-6),
)


def read(session: Session) -> Iterator[Sample]:
    """Yield what the server knows of its files."""
    info = session.info
    yield from figures(info, _FIGURES)
    yield from status(info, "snapshot_success", "rdb_last_bgsave_status", "ok")
    if info.get("aof_enabled") == "1":
        yield from status(info, "append_only_write_success", "aof_last_write_status", "ok")
        yield from status(info, "append_only_rewrite_success", "aof_last_bgrewrite_status", "ok")


PART = plain(
    "persistence",
    (
        shown(
            "snapshot_timestamp_seconds",
            "When data were last saved as a whole; the server's start before the first time.",
        ),
        shown("snapshot_success", "Whether the last attempt to save succeeded."),
        shown("snapshot_duration_seconds", "How long the last one took.", feature=True),
        shown("snapshot_running", "Whether one is under way."),
        shown("changes_since_snapshot", "Changes that the last one does not have."),
        shown("append_only_enabled", "Whether each change is written to a file."),
        shown("append_only_write_success", "Whether the last write succeeded.", feature=True),
        shown("append_only_rewrite_success", "Whether the last rewrite did.", feature=True),
        shown("append_only_bytes", "Size of the append-only file.", feature=True),
        counted("append_only_delayed_synchronisations_total", "Late writes.", feature=True),
        shown("fork_duration_seconds", "How long all clients waited for the last fork."),
    ),
    read,
)
