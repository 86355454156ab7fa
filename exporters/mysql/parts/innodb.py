"""InnoDB: the buffer pool, its logs and its row locks."""

from collections.abc import Iterator

from sothat.exporters.mysql.part import counted, figure, figures, known, shown
from sothat.exporters.mysql.session import Session, number
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain
from sothat.model.metric import Label

_STATUS = (
    figure("buffer_pool_read_requests_total", "innodb_buffer_pool_read_requests"),
    figure("buffer_pool_disk_reads_total", "innodb_buffer_pool_reads"),
    figure("buffer_pool_waits_total", "innodb_buffer_pool_wait_free"),
    figure("log_waits_total", "innodb_log_waits"),
    figure("log_written_bytes_total", "innodb_os_log_written"),
    figure("row_lock_waits_total", "innodb_row_lock_waits"),
    figure("row_lock_seconds_total", "innodb_row_lock_time", scale=0.001),
    figure("data_read_bytes_total", "innodb_data_read"),
    figure("data_written_bytes_total", "innodb_data_written"),
    figure("data_synchronisations_total", "innodb_data_fsyncs"),
)
_PAGES = ("total", "data", "free", "dirty")


def read(session: Session) -> Iterator[Sample]:
    """Yield InnoDB's figures."""
    status = session.status
    page = number(status.get("innodb_page_size"))
    for state in _PAGES:
        pages = number(status.get(f"innodb_buffer_pool_pages_{state}"))
        if pages is not None and page is not None:
            yield from known("buffer_pool_bytes", pages * page, state=state)
    yield from figures(status, _STATUS)


PART = plain(
    "innodb",
    (
        shown(
            "buffer_pool_bytes", "Size of the buffer pool.", Label("state", "What is in it", _PAGES)
        ),
        counted("buffer_pool_read_requests_total", "Pages that were wanted."),
        counted("buffer_pool_disk_reads_total", "Those that had to be read from disk."),
        counted("buffer_pool_waits_total", "Waits for a free page."),
        counted("log_waits_total", "Waits for room in the log buffer."),
        counted("log_written_bytes_total", "Bytes written to the redo log."),
        counted("row_lock_waits_total", "Waits for a row's lock."),
        counted("row_lock_seconds_total", "Time spent in waits for rows' locks."),
        counted("data_read_bytes_total", "Bytes read from data files."),
        counted("data_written_bytes_total", "Bytes written to data files."),
        counted(
            "data_synchronisations_total", "Calls that had data files written through to disk."
        ),
    ),
    read,
)
