"""Who waits for whose lock, how deep and for how long."""

from collections.abc import Iterator

from sothat.exporters.mysql.part import sample, shown
from sothat.exporters.mysql.session import Flavour, Session, text
from sothat.exporters.mysql.waits import summarise
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain

_MOST_PAIRS = 10_000
_LONGEST = """
SELECT coalesce(max(unix_timestamp(now(6)) - unix_timestamp(trx_wait_started)), 0)
FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'
"""
_PAIRS = f"""
SELECT DISTINCT requesting_trx_id, blocking_trx_id
FROM information_schema.innodb_lock_waits LIMIT {_MOST_PAIRS}
"""  # noqa: S608 – a number of ours
# MySQL 8 has moved it.
_PAIRS_MYSQL_8 = f"""
SELECT DISTINCT requesting_engine_transaction_id, blocking_engine_transaction_id
FROM performance_schema.data_lock_waits LIMIT {_MOST_PAIRS}
"""  # noqa: S608 – a number of ours
_TABLES = """
SELECT count(*), coalesce(max(time), 0) FROM information_schema.processlist
WHERE state LIKE 'Waiting for % lock' AND id <> connection_id()
"""


def read(session: Session) -> Iterator[Sample]:
    """Yield the figures of waits for rows and for whole tables; zeros when nobody waits."""
    longest = session.first(_LONGEST)
    waiting = session.rows(_TABLES)[0]
    yield sample("table_lock_waiting", float(waiting[0] or 0))
    yield sample("longest_table_lock_wait_seconds", float(waiting[1] or 0))
    if longest is not None:
        yield sample("longest_lock_wait_seconds", longest)
    pairs = session.rows(pairs_of(session.flavour))
    waits = summarise((text(waiter), text(blocker)) for waiter, blocker in pairs)
    yield sample("blocked_transactions", waits.waiting)
    yield sample("blocking_transactions", waits.roots)
    yield sample("lock_queue_depth", waits.depth)


def pairs_of(flavour: Flavour) -> str:
    """Return the statement for who waits for whom."""
    moved = not flavour.mariadb and flavour.version >= (8, 0, 0)
    return _PAIRS_MYSQL_8 if moved else _PAIRS


PART = plain(
    "locks",
    (
        shown("blocked_transactions", "Transactions that wait for a row's lock."),
        shown(
            "blocking_transactions", "Transactions that others wait for and that wait for nobody."
        ),
        shown("lock_queue_depth", "Waits one behind the other in the longest queue."),
        shown("longest_lock_wait_seconds", "How long somebody has waited for a row's lock."),
        shown("table_lock_waiting", "Sessions that wait for the lock of a table or of all."),
        shown("longest_table_lock_wait_seconds", "How long the first of them has been waiting."),
    ),
    read,
)
