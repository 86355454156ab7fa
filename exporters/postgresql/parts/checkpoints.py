"""Checkpoints, and who writes what they leave over; PostgreSQL 17 has these in other views."""

from sothat.exporters.declare import counter
from sothat.exporters.postgresql.part import SERVER, Reading, plain

_CHECKPOINTS = (
    "postgresql_checkpoints_timed_total",
    "postgresql_checkpoints_requested_total",
    "postgresql_checkpoint_write_time_seconds_total",
    "postgresql_checkpoint_sync_time_seconds_total",
    "postgresql_checkpoint_written_bytes_total",
)
_WRITER = (
    "postgresql_background_written_bytes_total",
    "postgresql_background_stops_total",
    "postgresql_buffers_allocated_bytes_total",
)
_BACKENDS = (
    "postgresql_backend_written_bytes_total",
    "postgresql_backend_syncs_total",
)
_SIZE = "current_setting('block_size')::bigint"

PART = plain(
    "checkpoints",
    (
        counter(_CHECKPOINTS[0], "Checkpoints because it was time.", [SERVER]),
        counter(_CHECKPOINTS[1], "Checkpoints because much was written, or asked for.", [SERVER]),
        counter(_CHECKPOINTS[2], "Time that checkpoints spent on writing.", [SERVER]),
        counter(_CHECKPOINTS[3], "Time that checkpoints spent on syncing.", [SERVER]),
        counter(_CHECKPOINTS[4], "Bytes of blocks that checkpoints wrote.", [SERVER]),
        counter(_WRITER[0], "Bytes of blocks that the background writer wrote.", [SERVER]),
        counter(_WRITER[1], "Times that it stopped, having written its share.", [SERVER]),
        counter(_WRITER[2], "Bytes of buffers given to blocks.", [SERVER]),
        counter(
            _BACKENDS[0],
            "Bytes of blocks that clients' processes had to write themselves; 17: see io.",
            [SERVER],
            feature=True,
        ),
        counter(
            _BACKENDS[1],
            "Times that they had to sync themselves; until PostgreSQL 16.",
            [SERVER],
            feature=True,
        ),
    ),
    Reading(
        (*_CHECKPOINTS, *_WRITER, *_BACKENDS),
        f"""
SELECT checkpoints_timed, checkpoints_req, checkpoint_write_time / 1000,
       checkpoint_sync_time / 1000, buffers_checkpoint * {_SIZE},
       buffers_clean * {_SIZE}, maxwritten_clean, buffers_alloc * {_SIZE},
       buffers_backend * {_SIZE}, buffers_backend_fsync
FROM pg_stat_bgwriter
""",  # noqa: S608 – of our own words
        until=17,
    ),
    Reading(
        _CHECKPOINTS,
        f"""
SELECT num_timed, num_requested, write_time / 1000, sync_time / 1000, buffers_written * {_SIZE}
FROM pg_stat_checkpointer
""",  # noqa: S608 – of our own words
        since=17,
    ),
    Reading(
        _WRITER,
        f"""
SELECT buffers_clean * {_SIZE}, maxwritten_clean, buffers_alloc * {_SIZE} FROM pg_stat_bgwriter
""",  # noqa: S608 – of our own words
        since=17,
    ),
)
