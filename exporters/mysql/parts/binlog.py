"""Space that binary logs take."""

from collections.abc import Iterator

from sothat.exporters.mysql.part import sample, shown
from sothat.exporters.mysql.session import Session, number
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain


def read(session: Session) -> Iterator[Sample]:
    """Yield number and size of the binary logs; a server without them has no figures."""
    if session.settings.get("log_bin", "OFF").upper() not in {"ON", "1"}:
        return
    sizes = [number(row[1]) for row in session.rows("SHOW BINARY LOGS")]
    yield sample("binlog_files", len(sizes))
    yield sample("binlog_bytes", sum(size for size in sizes if size is not None))


PART = plain(
    "binlog",
    (
        shown("binlog_files", "Number of binary logs.", feature=True),
        shown("binlog_bytes", "Space that binary logs take.", feature=True),
    ),
    read,
)
