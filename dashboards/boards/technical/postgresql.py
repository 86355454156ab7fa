"""PostgreSQL: who waits for whom, what is slow, what grows."""

from typing import Final

from sothat.dashboards import links, marks, variables
from sothat.dashboards.declared import (
    area,
    bands_of_states,
    board,
    folded,
    group,
    line,
    listing,
    tile,
)
from sothat.dashboards.empty import NO_POSTGRESQL as EMPTY
from sothat.dashboards.query import rows
from sothat.dashboards.tables import VALUE, Column
from sothat.dashboards.words import UP_DOWN

_ON: Final = variables.ON_SERVER
_RATE: Final = "[$__rate_interval]"

BOARD = board(
    "technical",
    links.POSTGRESQL,
    "PostgreSQL: locks, size",
    "Why does PostgreSQL wait, and what will fill up next?",
    group(
        "",
        bands_of_states(
            "Servers, up or down",
            "Whether each server answers a query.",
            (f"min by (server) (postgresql_up{{{_ON}}})", "{{server}}"),
            empty=EMPTY,
            words=UP_DOWN,
            size=(8, 6),
        ),
        tile(
            "Longest wait for a lock",
            "How long the session that waits longest has been waiting.",
            (f"max(postgresql_lock_wait_oldest_seconds{{{_ON}}})", ""),
            empty=EMPTY,
            alerts=["DatabaseLockWaitLong"],
            decimals=0,
            size=(4, 6),
        ),
        tile(
            "Connections in use",
            "Share of the connections that the fullest server accepts.",
            (
                (
                    f"max(sum by (server) (postgresql_connections{{{_ON}}}) "
                    f"/ sum by (server) (postgresql_connections_limit{{{_ON}}}))"
                ),
                "",
            ),
            empty=EMPTY,
            alerts=["DatabaseConnectionsExhausted"],
            unit="percentunit",
            decimals=0,
            size=(4, 6),
        ),
        tile(
            "Oldest transaction",
            "A forgotten transaction keeps vacuum from cleaning and holds locks.",
            (f"max(postgresql_oldest_transaction_seconds{{{_ON}}})", ""),
            empty="no transaction of a client is open, or no server is watched",
            tells=["DatabaseTransactionForgotten"],
            decimals=0,
            size=(4, 6),
        ),
        tile(
            "Replication lag",
            "How far the replica that is furthest behind is behind.",
            (f"max(postgresql_replay_lag_seconds{{{_ON}}})", ""),
            empty="no data: no replica is watched",
            alerts=["DatabaseReplicaLagging"],
            decimals=1,
            size=(4, 6),
        ),
    ),
    group(
        "Work",
        line(
            "Transactions",
            "Committed and rolled back a second; many rolled back ones are failing work.",
            (
                f"sum by (server) (rate(postgresql_transactions_committed_total{{{_ON}}}{_RATE}))",
                "{{server}} committed",
            ),
            (
                (
                    "sum by (server) "
                    f"(rate(postgresql_transactions_rolled_back_total{{{_ON}}}{_RATE}))"
                ),
                "{{server}} rolled back",
            ),
            empty=EMPTY,
        ),
        area(
            "Connections by state",
            "Connections that the server holds; many idle ones in a transaction hold locks.",
            (f"sum by (state) (postgresql_connections{{{_ON}}})", "{{state}}"),
            empty=EMPTY,
        ),
        line(
            "Found in memory",
            "Share of the blocks that were found in memory instead of on disk.",
            (
                (
                    "sum by (server) (rate(postgresql_blocks_hit_total"
                    f"{{{_ON}}}{_RATE})) / (sum by (server) (rate(postgresql_blocks_hit_total"
                    f"{{{_ON}}}{_RATE})) + sum by (server) "
                    f"(rate(postgresql_blocks_read_total{{{_ON}}}{_RATE})) > 0)"
                ),
                "{{server}}",
            ),
            empty=EMPTY,
            unit="percentunit",
        ),
        line(
            "Sessions that wait for a lock",
            "How many wait, and how many block them.",
            (f"max by (server) (postgresql_lock_waiters{{{_ON}}})", "{{server}} wait"),
            (f"max by (server) (postgresql_lock_blockers{{{_ON}}})", "{{server}} block"),
            empty=EMPTY,
        ),
        line(
            "Deadlocks",
            "Transactions a second that were ended because they waited for each other.",
            (
                f"sum by (server) (rate(postgresql_deadlocks_total{{{_ON}}}{_RATE}))",
                "{{server}}",
            ),
            empty=EMPTY,
        ),
        line(
            "Write-ahead log",
            "Bytes a second; it is what replicas and backups have to carry.",
            (
                f"sum by (server) (rate(postgresql_wal_written_bytes_total{{{_ON}}}{_RATE}))",
                "{{server}}",
            ),
            empty=EMPTY,
        ),
    ),
    folded(
        "Statements, size and upkeep",
        listing(
            "Statements that take most time",
            "Time spent in a statement for each second, the ten greediest; tune these first.",
            rows(
                "topk(10, sum by (queryid, database, server) "
                f"(rate(postgresql_statement_seconds_total{{{_ON}}}{_RATE})))"
            ),
            [
                Column("queryid", "Statement (queryid)", least=180),
                Column(VALUE, "Time a second", 120, unit="percentunit"),
                Column("database", "Database", 130),
                Column("server", "Server", 130),
            ],
            empty="no data: pg_stat_statements is not there, or no server is watched",
            sort="-Time a second",
        ),
        line(
            "Size",
            "Storage that each database takes.",
            (
                f"max by (server, database) (postgresql_database_size_bytes{{{_ON}}})",
                "{{server}} {{database}}",
            ),
            empty=EMPTY,
            tells=["DatabaseGrowingFast"],
            size=(12, 8),
        ),
        line(
            "Dead rows",
            "Rows that vacuum has to clean up; growing for long, it does not get to it.",
            (
                f"max by (server, database) (postgresql_dead_rows{{{_ON}}})",
                "{{server}} {{database}}",
            ),
            empty=EMPTY,
        ),
        line(
            "Age of transaction ids",
            "Transactions since the oldest row was frozen; at two billion, writing stops.",
            (
                f"max by (server, database) (postgresql_transaction_age{{{_ON}}})",
                "{{server}} {{database}}",
            ),
            empty=EMPTY,
        ),
        line(
            "Log kept for replicas",
            "Bytes that a replication slot keeps on disk; of a dead replica, they fill the disk.",
            (
                f"max by (server, slot) (postgresql_slot_retained_bytes{{{_ON}}})",
                "{{server}} {{slot}}",
            ),
            empty="no data: no server has a replication slot",
        ),
    ),
    filters=[variables.server("postgresql_up")],
    marks=[*marks.USUAL],
    topics=["database", "postgresql"],
)
