"""Deadlocks, and how much old data readers hold up."""

from collections.abc import Iterator

from sothat.exporters.mysql.part import counted, known, shown
from sothat.exporters.mysql.session import Session, number, text
from sothat.exporters.source import Sample
from sothat.exporters.watch import AbsentError, plain

# Counted by InnoDB itself on MySQL, which has no status variables for them.
_METRICS = """
SELECT name, count FROM information_schema.innodb_metrics
WHERE name IN ('lock_deadlocks', 'lock_timeouts', 'trx_rseg_history_len') AND status <> 'disabled'
"""


def read(session: Session) -> Iterator[Sample]:
    """Yield deadlocks, given-up waits and the length of the history.

    Raises:
        AbsentError: The server tells none of them to this user.
    """
    status = session.status
    metrics: dict[str, float | None] = {}
    refused: AbsentError | None = None
    try:
        metrics = {text(name): number(count) for name, count in session.rows(_METRICS)}
    except AbsentError as error:  # MariaDB has two of them as status variables too
        refused = error
    found = {
        "deadlocks_total": _either(status.get("innodb_deadlocks"), metrics.get("lock_deadlocks")),
        "lock_timeouts_total": metrics.get("lock_timeouts"),
        "history_length": _either(
            status.get("innodb_history_list_length"), metrics.get("trx_rseg_history_len")
        ),
    }
    for name, value in found.items():
        yield from known(name, value)
    if refused and found["deadlocks_total"] is None:
        raise refused


def _either(said: str | None, counted_by_innodb: float | None) -> float | None:
    value = number(said)
    return counted_by_innodb if value is None else value


PART = plain(
    "deadlocks",
    (
        counted(
            "deadlocks_total", "Transactions that were ended because they waited for each other."
        ),
        counted("lock_timeouts_total", "Waits for a row's lock that were given up.", feature=True),
        shown("history_length", "Old versions of rows that are kept for open transactions."),
    ),
    read,
)
