"""Lifts panels out of shapes that Grafana has left behind, and takes out what says nothing."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

Json = dict[str, Any]

# What says the same as its absence.
_PANEL_DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "editable": True,
        "error": False,
        "hideTimeOverride": False,
        "transparent": False,
        "links": [],
        "transformations": [],
    }
)
# What no Grafana from 9 on reads, most of it of the tables before Grafana 7.
_PANEL_DEAD: Final = frozenset(
    {
        "cacheTimeout", "color", "columns", "fontSize", "height", "minSpan", "showHeader", "sort",
        "span", "styles",
    }
)  # fmt: skip
_TARGET_DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(
    {"hide": False, "interval": "", "legendFormat": ""}
)
_TARGET_DEAD: Final = frozenset({"intervalFactor", "metric", "query", "step", "target"})


def without_nulls(value: Any) -> Any:
    """Return a copy of JSON data without the keys of mappings whose value is null."""
    if isinstance(value, Mapping):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value]
    return value


def panel_shape(panel: Json) -> Json:
    """Return a panel in the shape of Grafana 9 and later, without litter; ids stay as they are."""
    lifted = _LIFTS.get(panel.get("type", ""), _as_it_is)(panel)
    kept = {name: value for name, value in lifted.items() if name not in _PANEL_DEAD}
    kept = _unlike(kept, _PANEL_DEFAULTS)
    if "options" in kept:
        kept["options"] = _options(kept["options"])
    if "fieldConfig" in kept:
        kept["fieldConfig"] = _field_config(kept["fieldConfig"])
    return kept


def target_shape(target: Json) -> Json:
    """Return a query of a panel without litter, a range query unless it says instant."""
    kept = {name: value for name, value in target.items() if name not in _TARGET_DEAD}
    kept = _unlike(kept, _TARGET_DEFAULTS)
    if "expr" in kept:
        kept.setdefault("editorMode", "code")
        kept["instant"] = bool(kept.get("instant"))
        kept.setdefault("range", not kept["instant"])
    return kept


def threshold_steps(steps: list[Json]) -> list[Json]:
    """Return steps sorted by value, the first open downwards; ``"null"`` counts as null."""
    bare = [{"color": step["color"], "value": _number(step.get("value"))} for step in steps]
    ordered = sorted(bare, key=lambda step: (step["value"] is not None, step["value"] or 0))
    if ordered:
        ordered[0]["value"] = None
    return ordered


def _number(value: Any) -> Any:
    return None if value == "null" else value


def _unlike(shape: Json, defaults: Mapping[str, Any]) -> Json:
    return {
        name: value
        for name, value in shape.items()
        if name not in defaults or value != defaults[name]
    }


def _options(options: Json) -> Json:
    legend = options.get("legend")
    if not isinstance(legend, dict) or "displayMode" not in legend:
        return options
    shown = legend["displayMode"] != "hidden" and legend.get("showLegend", True)
    mode = "list" if legend["displayMode"] == "hidden" else legend["displayMode"]
    return options | {"legend": legend | {"displayMode": mode, "showLegend": shown}}


def _field_config(config: Json) -> Json:
    defaults = dict(config.get("defaults", {}))
    thresholds = defaults.get("thresholds")
    if isinstance(thresholds, dict):
        steps = thresholds.get("steps")
        defaults["thresholds"] = thresholds | {"steps": threshold_steps(steps or [])}
        if not steps:
            del defaults["thresholds"]
    for name in ("links", "mappings", "custom", "unit"):
        if defaults.get(name) in ([], {}, ""):
            del defaults[name]
    overrides = [_override(override) for override in config.get("overrides", [])]
    return {"defaults": defaults, "overrides": overrides}


def _override(override: Json) -> Json:
    return override | {"properties": [_property(entry) for entry in override["properties"]]}


def _property(entry: Json) -> Json:
    if entry.get("id") != "thresholds":
        return entry
    value = entry["value"]
    return entry | {"value": value | {"steps": threshold_steps(value["steps"])}}


def _as_it_is(panel: Json) -> Json:
    return panel


def _bar_gauge(panel: Json) -> Json:
    """Move Grafana 6's field options to where the field configuration is now."""
    options = dict(panel.get("options", {}))
    old = options.pop("fieldOptions", None)
    if old is None:
        return panel
    for name in ("showThresholdLabels", "showThresholdMarkers"):
        options.pop(name, None)
    options |= {
        "reduceOptions": {"calcs": old.get("calcs", []), "fields": "", "values": old["values"]},
        "showUnfilled": True,
        "minVizHeight": 10,
        "minVizWidth": 0,
    }
    config = panel.get("fieldConfig", {})
    # What stands in the field configuration was put there on purpose; the old options only fill up.
    old_steps = {"thresholds": {"mode": "absolute", "steps": old.get("thresholds", [])}}
    known = {name: value for name, value in old.get("defaults", {}).items() if name != "title"}
    set_already = {k: v for k, v in config.get("defaults", {}).items() if v not in ([], {})}
    fresh = set_already.get("thresholds", {}).get("steps")
    thresholds = {"thresholds": set_already["thresholds"]} if fresh else old_steps
    defaults = known | set_already | thresholds
    return panel | {"options": options, "fieldConfig": config | {"defaults": defaults}}


def _table(panel: Json) -> Json:
    """Gather what grafanalib leaves at the panel's top."""
    options = dict(panel.get("options", {}))
    options.setdefault("showHeader", panel.get("showHeader", True))
    options.setdefault("cellHeight", "sm")
    options.setdefault("footer", {"show": False, "reducer": ["sum"], "countRows": False})
    if "sortBy" in panel:
        options.setdefault("sortBy", panel["sortBy"])
    config = dict(panel.get("fieldConfig", {}))
    if panel.get("mappings"):
        config["defaults"] = {"mappings": panel["mappings"]} | config.get("defaults", {})
    rest = {name: value for name, value in panel.items() if name not in ("mappings", "sortBy")}
    return rest | {"options": options, "fieldConfig": config}


_LIFTS: Final[Mapping[str, Callable[[Json], Json]]] = MappingProxyType(
    {"bargauge": _bar_gauge, "table": _table}
)
