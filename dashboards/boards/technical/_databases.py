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
        "Time to connect",
        "How long the probe takes to get a connection.",
        "database_connect_duration_seconds",
        (),
    ),
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
    for title, description, name, alerts in _GAUGES:
        query = Query(f"max by (database) ({name})", "{{database}}")
        yield gauge_line(kit, title, description, name, query, empty=_EMPTY, alerts=alerts)
    yield _connections(kit)


def _connections(kit: Kit) -> Tile:
    name = "database_connections"
    expr = f"sum by (database, state) ({name})"
    return gauge_line(
        kit,
        "Connections by state",
        "Connections that the server holds; many idle ones in a transaction hold locks.",
        name,
        Query(expr, "{{database}} {{state}}"),
        empty="no data: no database server is watched (SQLite has no connections)",
    )
