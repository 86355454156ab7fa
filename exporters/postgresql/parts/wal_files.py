"""The files of the write-ahead log: how many are kept, and wait to be archived."""

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.part import SERVER, Reading, plain

_FILES = "SELECT count(*), coalesce(sum(size), 0) FROM pg_ls_waldir()"
# Without archiving nothing waits for it, and nothing is said of it.
_WAITING = """
SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'
HAVING current_setting('archive_mode') <> 'off'
"""

PART = plain(
    "wal_files",
    (
        gauge("postgresql_wal_segments", "Files of log on disk.", [SERVER]),
        gauge("postgresql_wal_size_bytes", "Their size.", [SERVER]),
        gauge(
            "postgresql_wal_waiting_segments",
            "Files that wait to be archived; absent without archiving.",
            [SERVER],
            feature=True,
        ),
    ),
    Reading(("postgresql_wal_segments", "postgresql_wal_size_bytes"), _FILES),
    Reading(("postgresql_wal_waiting_segments",), _WAITING),
    slow=True,
)
