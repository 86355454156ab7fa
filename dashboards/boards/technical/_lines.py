"""Time series of one metric each: what most panels of the technical board are."""

from collections.abc import Sequence

from sothat.dashboards.face import Face, Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.panels import time_series
from sothat.dashboards.query import Query


def gauge_line(
    kit: Kit,
    title: str,
    description: str,
    name: str,
    *queries: Query,
    empty: str,
    alerts: Sequence[str] = (),
) -> Tile:
    """Return a gauge over time, in its contract's unit and judged by its alerts."""
    bands = kit.bands(*alerts)
    face = Face(title, kit.describe(description, *alerts), kit.unit(name), empty, bands)
    return time_series(face, *queries, size=(8, 7))


def rate_line(
    kit: Kit, title: str, description: str, name: str, *queries: Query, empty: str
) -> Tile:
    """Return rates of counters over time; the first counter's unit is that of all."""
    face = Face(title, description, kit.rate_unit(name), empty)
    return time_series(face, *queries, size=(8, 7))
