"""Tiles of the panel types that came after grafanalib: node graph, histogram, trend, XY, canvas."""

from collections.abc import Sequence
from typing import Any

from sothat.dashboards import lines
from sothat.dashboards.extra import Modern
from sothat.dashboards.face import Face, Tile, by_query, common, defaults
from sothat.dashboards.layout import Size
from sothat.dashboards.query import Query, rows

Json = dict[str, Any]

_LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True}
_TOOLTIP = {"mode": "single", "sort": "none"}


def node_graph(face: Face, nodes: str, edges: str, *, size: tuple[int, int] = (24, 16)) -> Tile:
    """Return what hangs on what.

    Args:
        face: The reader's side.
        nodes: Series with the labels ``id`` and ``title``, and ``mainstat`` for what stands in the
            node: the panel finds fields by name, so that a value would not be found.
        edges: Series with the labels ``id``, ``source`` and ``target``, each an id of a node.
        size: Columns and grid rows.
    """
    tidy = {
        "id": "organize",
        "options": {"excludeByName": {"Time": True}, "indexByName": {}, "renameByName": {}},
    }
    shape: Json = {
        "type": "nodeGraph",
        "options": {"nodes": {"mainStatUnit": face.unit}, "edges": {}},
        "transformations": [tidy],
    }
    return _tile(face, [rows(nodes), rows(edges)], shape, size)


def histogram(
    face: Face, query: Query, *, width: float = 0, size: tuple[int, int] = (8, 7)
) -> Tile:
    """Return how often values lie where; ``width`` is that of a bucket, 0 the panel's choice."""
    options = {"bucketOffset": 0, "combine": True, "legend": _LEGEND, "tooltip": _TOOLTIP}
    if width:
        options["bucketSize"] = width
    custom = {"lineWidth": 1, "fillOpacity": 60, "gradientMode": "none"}
    return _tile(face, [query], {"type": "histogram", "options": options}, size, custom)


def trend(face: Face, *queries: Query, x: str, size: tuple[int, int] = (12, 7)) -> Tile:
    """Return values over another field than time, ascending in ``x``; Grafana 10 and later."""
    options = {"xField": x, "legend": _LEGEND, "tooltip": _TOOLTIP}
    custom = {"drawStyle": "line", "lineWidth": 1, "showPoints": "auto", "spanNulls": False}
    return _tile(face, queries, {"type": "trend", "options": options}, size, custom)


def xy_chart(face: Face, query: Query, *, x: str, y: str, size: tuple[int, int] = (12, 7)) -> Tile:
    """Return one point a row of a table query, ``x`` and ``y`` being fields; needs Grafana 9.4."""
    options = {
        "seriesMapping": "manual",
        "series": [{"x": x, "y": y, "name": face.title}],
        "dims": {"frame": 0},
        "legend": _LEGEND,
        "tooltip": _TOOLTIP,
    }
    custom = {"show": "points", "pointSize": {"fixed": 5}}
    return _tile(face, [query], {"type": "xychart", "options": options}, size, custom)


def canvas(
    face: Face, queries: Sequence[Query], elements: Sequence[Json], *, size: tuple[int, int]
) -> Tile:
    """Return a drawing whose elements show fields; ``elements`` are Grafana's, in their order."""
    root = {
        "type": "frame",
        "name": face.title,
        "elements": list(elements),
        "background": {"color": {"fixed": "transparent"}},
        "border": {"color": {"fixed": "dark-green"}},
        "constraint": {"horizontal": "left", "vertical": "top"},
        "placement": {"top": 0, "left": 0, "width": 100, "height": 100},
    }
    options = {"inlineEditing": False, "showAdvancedTypes": False, "root": root}
    return _tile(face, queries, {"type": "canvas", "options": options}, size)


def _tile(
    face: Face,
    queries: Sequence[Query],
    shape: Json,
    size: tuple[int, int],
    custom: Json | None = None,
) -> Tile:
    shown = defaults(face) | (
        {"custom": custom, "color": lines.scheme(unnamed=False)} if custom else {}
    )
    config = {"defaults": shown, "overrides": by_query(lines.coloured(queries)) if custom else []}
    panel = Modern(**common(face, queries), shape={**shape, "fieldConfig": config})
    return Tile(panel, Size(*size))
