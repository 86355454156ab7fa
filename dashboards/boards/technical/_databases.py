"""Databases: connecting, querying, locks, size."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards.boards.technical._lines import gauge_line
from sothat.dashboards.face import Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.query import Query

_EMPTY: Final = "no data: the exporter watches no database, or none answers"
# Recordings where there are any: they hold for every exporter of databases, ours and the others'.
_GAUGES: Final = (
    (
        "Time of a query",
        "How long the probe's query takes, as a user's would.",
        "database:database_query_duration_seconds:max",
        ("DatabaseSlow",),
    ),
    (
        "Wait for a lock",
        "How long the probe waits before it may write; of a server, the longest wait of a session.",
        "database:database_lock_wait_seconds:max",
        (),
    ),
    (
        "Size",
        "Storage that the database takes.",
        "database:database_size_bytes:sum",
        (),
    ),
)


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on the databases."""
    yield _connecting(kit)
    for title, description, name, alerts in _GAUGES:
        query = Query(f"max by (database) ({name})", "{{database}}")
        yield gauge_line(kit, title, description, name, query, empty=_EMPTY, alerts=alerts)
    yield _connections(kit)


def _connecting(kit: Kit) -> Tile:
    probed, opened = "database_connect_duration_seconds", "postgresql_connect_duration_seconds"
    return gauge_line(
        kit,
        "Time to connect",
        "How long a connection took to open; of a PostgreSQL server, the one that is kept open.",
        probed,
        Query(f"max by (database) ({probed})", "{{database}}"),
        Query(f"max by (server) ({opened})", "{{server}}"),
        empty=_EMPTY,
    )


def _connections(kit: Kit) -> Tile:
    name = "database_connections"
    servers = ("postgresql_connections", "mysql_server_connections")
    return gauge_line(
        kit,
        "Connections by state",
        "Connections that the server holds; many idle ones in a transaction hold locks.",
        name,
        Query(f"sum by (database, state) ({name})", "{{database}} {{state}}"),
        *(Query(f"sum by (server, state) ({one})", "{{server}} {{state}}") for one in servers),
        empty="no data: no database server is watched (SQLite has no connections)",
    )
