"""Transactions and statements that take long, and what holds vacuum back."""

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.part import SERVER, Reading, plain
from sothat.model.metric import Label

_STATES = ("active", "idle in transaction", "idle in transaction (aborted)")
_OLDEST = """
SELECT state, max(extract(epoch FROM clock_timestamp() - xact_start)),
       max(extract(epoch FROM clock_timestamp() - query_start)) FILTER (WHERE state = 'active')
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
  AND state IN ('active', 'idle in transaction', 'idle in transaction (aborted)')
GROUP BY 1
"""
_REST = """
SELECT p.number, p.oldest, s.long, s.oldest
FROM (SELECT count(*) AS number, max(extract(epoch FROM clock_timestamp() - prepared)) AS oldest
      FROM pg_prepared_xacts) AS p,
     (SELECT count(*) FILTER (WHERE backend_type = 'client backend'
                              AND xact_start < clock_timestamp() - interval '1 minute') AS long,
             max(age(backend_xmin)) AS oldest
      FROM pg_stat_activity WHERE pid <> pg_backend_pid()) AS s
"""

PART = plain(
    "transactions",
    (
        gauge(
            "postgresql_oldest_transaction_seconds",
            "Age of the oldest open transaction of a client, by what it is doing; absent without.",
            [SERVER, Label("state", "What its connection is doing", _STATES)],
            event=True,
        ),
        gauge(
            "postgresql_oldest_statement_seconds",
            "Age of the oldest statement that runs; absent without.",
            [SERVER, Label("state", "Always active", ("active",))],
            event=True,
        ),
        gauge(
            "postgresql_long_transactions",
            "Transactions of clients that have been open for over a minute.",
            [SERVER],
        ),
        gauge(
            "postgresql_oldest_snapshot_transactions",
            "Transactions since the oldest snapshot that a session holds: vacuum removes nothing "
            "newer. Absent without.",
            [SERVER],
            event=True,
        ),
        gauge("postgresql_prepared_transactions", "Transactions left prepared.", [SERVER]),
        gauge(
            "postgresql_oldest_prepared_transaction_seconds",
            "Age of the oldest prepared transaction; absent without.",
            [SERVER],
            event=True,
        ),
    ),
    Reading(
        (
            "postgresql_prepared_transactions",
            "postgresql_oldest_prepared_transaction_seconds",
            "postgresql_long_transactions",
            "postgresql_oldest_snapshot_transactions",
        ),
        _REST,
        monitor=True,
    ),
    Reading(
        ("postgresql_oldest_transaction_seconds", "postgresql_oldest_statement_seconds"),
        _OLDEST,
        ("state",),
        monitor=True,
    ),
)
