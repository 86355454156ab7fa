"""The one adapter to Grafana's JSON: what comes in is modernised, what goes out is minimal.

Takes boards of grafanalib, and any board that is already data in the classic model (written by hand
or by grafana-foundation-sdk). What comes out loads in Grafana 9 to 13.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, Final

from grafanalib import core
from grafanalib._gen import DashboardEncoder
from sothat.dashboards.query import ref_id
from sothat.dashboards.shapes import Json, panel_shape, target_shape, without_nulls
from sothat.dashboards.variables import datasource
from sothat.model.problem import Problem, Unusable, unusable

SCHEMA_VERSION: Final = 37
DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
DEAD_PANELS: Final = frozenset(
    {"graph", "singlestat", "table-old", "grafana-worldmap-panel", "grafana-piechart-panel"}
)
_GRAFANALIB_POINTS: Final = 100

# The keys of the classic model that carry meaning, in the order in which people read them.
_KEYS: Final = (
    "id", "uid", "title", "description", "tags", "version", "schemaVersion", "editable",
    "graphTooltip", "time", "timepicker", "timezone", "refresh", "links", "annotations",
    "templating", "panels",
)  # fmt: skip
_VARIABLE_KEYS: Final = (
    "name", "label", "description", "type", "datasource", "definition", "query", "regex", "current",
    "options", "includeAll", "allValue", "multi", "hide", "refresh", "sort", "skipUrlSync",
)  # fmt: skip


def classic(board: core.Dashboard | Mapping[str, Any]) -> Json:
    """Return a board as clean classic JSON.

    Panels without a unique id get one, queries without a refId get one, and whatever asks the
    default data source or a fixed Prometheus asks the one that the board's variable names.

    Raises:
        Unusable: The board has no uid, or uses rows or panel types that Grafana has removed.
    """
    plain = without_nulls(_plain(board))
    _refuse_the_dead(plain)
    fresh = plain | {
        "id": None,
        "version": plain.get("version", 0),
        "schemaVersion": SCHEMA_VERSION,
        "annotations": _annotations(plain),
        "templating": {"list": _variables(_list(plain, "templating"))},
        "panels": _panels(plain.get("panels", [])),
        "timepicker": {},
    }
    return {key: fresh[key] for key in _KEYS if key in fresh}


def to_text(board: Mapping[str, Any]) -> str:
    """Return the text of a board's file, the same to the byte for the same board."""
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"


def panels_of(board: Mapping[str, Any]) -> Iterator[Json]:
    """Yield every panel of a board, rows and the panels folded into them included."""
    for panel in board.get("panels", []):
        yield panel
        yield from panel.get("panels", [])


def _plain(board: core.Dashboard | Mapping[str, Any]) -> Json:
    plain: Json = json.loads(json.dumps(board, cls=DashboardEncoder))
    if isinstance(board, core.Dashboard):
        for panel in panels_of(plain):
            _forget_coarseness(panel)
    return plain


def _forget_coarseness(panel: Json) -> None:
    """Drop grafanalib's own default of 100 points, too coarse for a panel of any width."""
    if panel.get("maxDataPoints") == _GRAFANALIB_POINTS:
        del panel["maxDataPoints"]


def _list(board: Mapping[str, Any], name: str) -> list[Json]:
    found: list[Json] = board.get(name, {}).get("list", [])
    return found


def _refuse_the_dead(board: Json) -> None:
    title = board.get("title", "untitled")
    if not board.get("uid"):
        raise unusable("board-without-uid", f"the board '{title}' has no uid of its own")
    problems = [
        Problem(
            "dead-panel",
            f"the board '{title}' has a panel of type {panel['type']}, which Grafana has removed",
            hint="use timeseries, stat or table",
        )
        for panel in panels_of(board)
        if panel.get("type") in DEAD_PANELS
    ]
    if board.get("rows"):
        problems.append(
            Problem(
                "dead-rows",
                f"the board '{title}' is laid out in rows, which Grafana has removed",
                hint="place the panels with gridPos",
            )
        )
    if problems:
        raise Unusable(problems)


def _annotations(board: Json) -> Json:
    return {"list": [_with_datasource(entry) for entry in _list(board, "annotations")]}


def _variables(listed: list[Json]) -> list[Json]:
    named = any(variable.get("name") == "datasource" for variable in listed)
    head = [] if named else [without_nulls(datasource())]
    return [_variable(variable) for variable in [*head, *listed]]


def _variable(variable: Json) -> Json:
    kept: Json = {key: variable[key] for key in _VARIABLE_KEYS if variable.get(key, []) != []}
    if "current" in kept:
        kept["current"] = {k: v for k, v in kept["current"].items() if k != "tags"}
    if kept.get("type") != "query":
        return kept
    query = kept["query"]
    if isinstance(query, str):
        kept["query"] = {"query": query, "refId": f"{kept['name']}-values"}
        kept.setdefault("definition", query)
    return _with_datasource(kept)


def _panels(panels: Iterable[Json]) -> list[Json]:
    listed = list(panels)
    taken = {panel["id"] for panel in panels_of({"panels": listed}) if panel.get("id")}
    free = (number for number in count(1) if number not in taken)
    seen: set[int] = set()
    return [_panel(panel, free, seen) for panel in listed]


def _panel(panel: Json, free: Iterator[int], seen: set[int]) -> Json:
    number = panel.get("id")
    if not number or number in seen:
        number = next(free)
    seen.add(number)
    if panel.get("type") == "row":
        return _row(panel, number, free, seen)
    shape = _with_datasource(panel_shape(panel))
    if "targets" in shape:
        shape["targets"] = _targets(shape["targets"])
    head = {"id": number, "type": shape["type"], "title": shape.get("title", "")}
    return head | {key: value for key, value in shape.items() if key not in head}


def _row(panel: Json, number: int, free: Iterator[int], seen: set[int]) -> Json:
    return {
        "id": number,
        "type": "row",
        "title": panel.get("title", ""),
        "collapsed": panel.get("collapsed", False),
        "gridPos": panel["gridPos"],
        "panels": [_panel(inner, free, seen) for inner in panel.get("panels", [])],
    }


def _targets(targets: list[Json]) -> list[Json]:
    taken = {target["refId"] for target in targets if target.get("refId")}
    free = (name for name in map(ref_id, count()) if name not in taken)
    named = [t if t.get("refId") else t | {"refId": next(free)} for t in targets]
    return [_with_datasource(target_shape(target)) for target in named]


def _with_datasource(shape: Json) -> Json:
    """Return the shape asking the board's data source, unless it names one of another kind."""
    source = shape.get("datasource")
    if isinstance(source, dict):
        other = source.get("type", "prometheus") != "prometheus"
    else:
        other = isinstance(source, str) and source.startswith("--")  # Grafana's own, such as Mixed
    return shape if other else shape | {"datasource": dict(DATASOURCE)}
