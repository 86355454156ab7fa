"""Databases: do they answer, can they be written to, how long do locks last."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards import links
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.panels import time_series
from sothat.dashboards.query import Query
from sothat.dashboards.states import state_timeline
from sothat.dashboards.words import FREE_BLOCKED, UP_DOWN

# Recordings: they hold for every exporter of databases, ours and the others'.
_UP: Final = "database:database_up:min"
_EMPTY: Final = "no data: the exporter watches no database"


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on databases."""
    yield _up(kit)
    yield _blocked(kit)
    yield _lock_wait(kit)


def _up(kit: Kit) -> Tile:
    face = Face(
        "Databases, up or down",
        kit.describe("Whether each database answers a query.", "DatabaseDown"),
        kit.unit(_UP),
        _EMPTY,
        words=UP_DOWN,
        links=(links.drill(links.SIGNALS, "Database timings"),),
    )
    query = Query(f"min by (database) ({_UP})", "{{database}}")
    return state_timeline(face, query, size=(8, 6))


def _blocked(kit: Kit) -> Tile:
    alerts = ("DatabaseWriteBlocked",)
    face = Face(
        "Writing",
        kit.describe("Whether a writer gets its lock in time.", *alerts),
        kit.unit("database_write_blocked"),
        _EMPTY,
        words=FREE_BLOCKED,
    )
    query = Query("max by (database) (database_write_blocked)", "{{database}}")
    return state_timeline(face, query, size=(8, 6))


def _lock_wait(kit: Kit) -> Tile:
    name = "database:database_lock_wait_seconds:max"
    face = Face(
        "Wait for a lock",
        "How long a writer waits; rising waits come before blocked ones.",
        kit.unit(name),
        _EMPTY,
    )
    return time_series(face, Query(f"max by (database) ({name})", "{{database}}"), size=(8, 6))
