"""The panels for states over time: state timeline and status history."""

from collections.abc import Sequence
from typing import Any

from grafanalib import core
from sothat.dashboards import extra
from sothat.dashboards.face import Face, Tile, common, defaults
from sothat.dashboards.layout import Size
from sothat.dashboards.palette import NEUTRAL
from sothat.dashboards.query import Query


def state_timeline(face: Face, *queries: Query, size: tuple[int, int] = (12, 7)) -> Tile:
    """Return one band a series that changes colour and word with the state."""
    panel = core.StateTimeline(
        **common(face, queries),
        showValue="auto",
        alignValue="center",  # at the left edge the word would begin outside the range
        mergeValues=True,
        extraJson=_config(face, queries),
    )
    return Tile(panel, Size(*size))


def status_history(face: Face, *queries: Query, size: tuple[int, int] = (12, 7)) -> Tile:
    """Return one row a series with a cell for each sample; keep the range short."""
    panel = extra.status_history(
        **common(face, queries), maxDataPoints=60, extraJson=_config(face, queries)
    )
    return Tile(panel, Size(*size))


def _config(face: Face, queries: Sequence[Query]) -> dict[str, Any]:
    if not face.words:
        names = ", ".join(query.expr for query in queries)
        raise ValueError(f"'{face.title}' shows states without words: {names}")
    # By its thresholds Grafana would name the states as ranges; the words bring their colours.
    shown = defaults(face) | {"color": {"mode": "fixed", "fixedColor": NEUTRAL}}
    shown["thresholds"] = {"mode": "absolute", "steps": []}
    return {"fieldConfig": {"defaults": shown, "overrides": []}}
