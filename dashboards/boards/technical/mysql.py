"""MySQL and MariaDB: who waits for whom, what is slow, what grows."""

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
from sothat.dashboards.empty import NO_MYSQL as EMPTY
from sothat.dashboards.query import rows
from sothat.dashboards.tables import VALUE, Column
from sothat.dashboards.words import UP_DOWN

_ON: Final = variables.ON_SERVER
_RATE: Final = "[$__rate_interval]"

BOARD = board(
    "technical",
    links.MYSQL,
    "MySQL and MariaDB",
    "Why does MySQL wait, and what will fill up next?",
    group(
        "",
        bands_of_states(
            "Servers, up or down",
            "Whether each server answers a query.",
            (f"min by (server) (mysql_server_up{{{_ON}}})", "{{server}}"),
            empty=EMPTY,
            words=UP_DOWN,
            size=(8, 6),
        ),
        tile(
            "Longest wait for a lock",
            "How long the transaction that waits longest has been waiting.",
            (f"max(mysql_server_longest_lock_wait_seconds{{{_ON}}})", ""),
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
                    f"max(sum by (server) (mysql_server_connections{{{_ON}}}) "
                    f"/ sum by (server) (mysql_server_connections_limit{{{_ON}}}))"
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
            "A forgotten transaction holds its locks and keeps old rows alive.",
            (f"max(mysql_server_oldest_transaction_seconds{{{_ON}}})", ""),
            empty="no transaction is open, or no server is watched",
            tells=["DatabaseTransactionForgotten"],
            decimals=0,
            size=(4, 6),
        ),
        tile(
            "Replication lag",
            "How far the replica that is furthest behind is behind.",
            (f"max(mysql_server_replication_lag_seconds{{{_ON}}})", ""),
            empty="no data: no replica is watched",
            alerts=["DatabaseReplicaLagging"],
            decimals=1,
            size=(4, 6),
        ),
    ),
    group(
        "Work",
        line(
            "Statements",
            "Statements that clients send a second.",
            (
                f"sum by (server) (rate(mysql_server_questions_total{{{_ON}}}{_RATE}))",
                "{{server}}",
            ),
            empty=EMPTY,
        ),
        line(
            "Slow statements",
            "Statements a second that took longer than the server's own limit for slow ones.",
            (
                f"sum by (server) (rate(mysql_server_slow_statements_total{{{_ON}}}{_RATE}))",
                "{{server}}",
            ),
            empty=EMPTY,
        ),
        area(
            "Connections by state",
            "Connections that the server holds, by what they do.",
            (f"sum by (state) (mysql_server_connections{{{_ON}}})", "{{state}}"),
            empty=EMPTY,
        ),
        line(
            "Read from disk",
            "Reads a second that the buffer pool could not serve from memory.",
            (
                (
                    "sum by (server) "
                    f"(rate(mysql_server_buffer_pool_disk_reads_total{{{_ON}}}{_RATE}))"
                ),
                "{{server}}",
            ),
            empty=EMPTY,
        ),
        line(
            "Waits for row locks",
            "Waits a second; each is a user who waits for another.",
            (
                f"sum by (server) (rate(mysql_server_row_lock_waits_total{{{_ON}}}{_RATE}))",
                "{{server}}",
            ),
            empty=EMPTY,
        ),
        line(
            "Deadlocks and timeouts",
            "Transactions a second that ended because they waited, for each other or too long.",
            (
                f"sum by (server) (rate(mysql_server_deadlocks_total{{{_ON}}}{_RATE}))",
                "{{server}} deadlocks",
            ),
            (
                f"sum by (server) (rate(mysql_server_lock_timeouts_total{{{_ON}}}{_RATE}))",
                "{{server}} timeouts",
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
                "topk(10, sum by (digest, schema, server) "
                f"(rate(mysql_server_digest_seconds_total{{{_ON}}}{_RATE})))"
            ),
            [
                Column("digest", "Statement (digest)", least=180),
                Column(VALUE, "Time a second", 120, unit="percentunit"),
                Column("schema", "Schema", 130),
                Column("server", "Server", 130),
            ],
            empty="no data: the performance schema is off, or no server is watched",
            sort="-Time a second",
        ),
        line(
            "Size",
            "Storage that each schema takes.",
            (
                f"max by (server, schema) (mysql_server_schema_bytes{{{_ON}}})",
                "{{server}} {{schema}}",
            ),
            empty=EMPTY,
            tells=["DatabaseGrowingFast"],
            size=(12, 8),
        ),
        line(
            "Old versions of rows",
            "Versions that purge has not removed; growing for long, an old transaction keeps them.",
            (f"max by (server) (mysql_server_history_length{{{_ON}}})", "{{server}}"),
            empty=EMPTY,
        ),
        line(
            "Temporary tables on disk",
            "A second; statements that sort or group more than memory holds.",
            (
                f"sum by (server) (rate(mysql_server_temporary_disk_tables_total{{{_ON}}}{_RATE}))",
                "{{server}}",
            ),
            empty=EMPTY,
        ),
        line(
            "Binary logs",
            "Bytes that they take; without an end they fill the disk.",
            (f"max by (server) (mysql_server_binlog_bytes{{{_ON}}})", "{{server}}"),
            empty="no data: no server writes binary logs",
        ),
    ),
    filters=[variables.server("mysql_server_up")],
    marks=[*marks.USUAL],
    topics=["database", "mysql", "mariadb"],
)
