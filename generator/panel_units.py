"""Grafana's unit ids and the dimensions that they stand for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sothat.generator.panels import is_variable, resolved
from sothat.generator.typecheck import Shape, Unit, infer
from sothat.generator.typecheck.world import World

_BYTES_A_SECOND = Unit.of("bytes-per-second")
_A_SECOND = Unit.of("per-second")
_DIMENSIONS: Mapping[str, Unit] = MappingProxyType(
    {
        **dict.fromkeys(("s", "ms", "µs", "ns", "m", "h", "d", "dtdurations"), Unit.of("seconds")),
        **dict.fromkeys(("bytes", "decbytes", "kbytes", "mbytes", "gbytes"), Unit.of("bytes")),
        **dict.fromkeys(("Bps", "binBps", "KBs", "MBs", "GBs"), _BYTES_A_SECOND),
        **dict.fromkeys(("reqps", "ops", "cps", "iops", "wps", "rps", "suffix:/s"), _A_SECOND),
        **dict.fromkeys(("watt", "kwatt"), Unit.of("watts")),
        **dict.fromkeys(("joule", "kwatth", "watth"), Unit.of("joules")),
        "percentunit": Unit.of("ratio"),
        "celsius": Unit.of("celsius"),
        "volt": Unit.of("volts"),
        "amp": Unit.of("amperes"),
        "dBm": Unit.of("dbm"),
        "hertz": Unit.of("hertz"),
    }
)
# The id to choose for a dimension, where several would do.
_CHOSEN = ("s", "bytes", "Bps", "suffix:/s", "watt", "joule", "celsius", "volt", "amp", "dBm")

# A share is shown as such: stretched by an automatic axis, a hundredth looks like a mountain.
_LOW_LIMIT = 0.25
_SHARE: Mapping[str, Any] = MappingProxyType({"min": 0, "max": 1})


@dataclass(frozen=True, slots=True)
class PanelUnit:
    """What a panel says its values are in, and what its queries are in."""

    panel: str
    query: str
    shown: str
    inferred: Unit


def fits(shown: str, inferred: Unit) -> bool:
    """Return whether values of a unit may be shown under Grafana's id; unknown ids fit all."""
    expected = _DIMENSIONS.get(shown)
    if expected is None:
        return True
    if expected.name == "ratio":
        return inferred.dimensionless
    return expected.same_dimension(inferred)


def id_for(unit: Unit) -> str:
    """Return Grafana's id for a unit; empty where it has none."""
    if unit.dimensionless:
        return "percentunit" if unit.name == "ratio" else "short"
    return next((name for name in _CHOSEN if _DIMENSIONS[name].same_dimension(unit)), "")


def panel_units(board: Mapping[str, Any], world: World) -> Iterator[PanelUnit]:
    """Yield the units of all panels whose queries' unit is known, rows' panels included.

    Panels that override the unit for some fields show several; they are left to their authors.
    """
    for panel in _panels(board):
        config = panel.get("fieldConfig", {})
        shown = config.get("defaults", {}).get("unit", "")
        if any(p.get("id") == "unit" for o in config.get("overrides", ()) for p in o["properties"]):
            continue
        for target in panel.get("targets", ()):
            inferred = _unit(target.get("expr", ""), world)
            if inferred is not None:
                title = panel.get("title") or f"panel {panel.get('id', '?')}"
                yield PanelUnit(f"panel '{title}'", target["expr"], shown, inferred)


def _panels(board: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for panel in board.get("panels", ()):
        yield panel
        yield from _panels(panel)


def _unit(expr: str, world: World) -> Unit | None:
    try:
        inference = infer(resolved(expr), world)
    except ValueError:  # reported as what it is
        return None
    certain = not any(is_variable(finding) for finding in inference.findings)
    usable = inference.type.shape is Shape.VECTOR and not inference.type.timestamp
    return inference.type.unit if certain and usable and "$__" not in _numbers(expr) else None


def _numbers(expr: str) -> str:
    """Return the expression without its ranges, where ``$__rate_interval`` changes no unit."""
    return expr.replace("$__rate_interval", "").replace("$__interval", "").replace("$__range", "")


def with_units(board: Mapping[str, Any], world: World) -> Mapping[str, Any]:
    """Return a board in which each panel without a unit has the one that its queries agree on."""
    return {**board, "panels": [_with_unit(p, world) for p in board.get("panels", ())]}


def _with_unit(panel: Mapping[str, Any], world: World) -> Mapping[str, Any]:
    if panel.get("panels"):
        panel = {**panel, "panels": [_with_unit(inner, world) for inner in panel["panels"]]}
    config = panel.get("fieldConfig", {})
    defaults = config.get("defaults", {})
    if defaults.get("unit") or not panel.get("targets"):
        return panel
    units = {found.inferred for found in panel_units({"panels": [panel]}, world)}
    name = id_for(units.pop()) if len(units) == 1 else ""
    if not name:
        return panel
    shown: Mapping[str, Any] = {**defaults, "unit": name}
    if name == "percentunit" and "max" not in defaults:
        shown = _scaled(shown)
    return {**panel, "fieldConfig": {**config, "defaults": shown}}


def _scaled(defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the defaults of a share with its scale: the whole, or what a low limit is seen on."""
    steps = defaults.get("thresholds", {}).get("steps", ())
    limit = max((step["value"] or 0.0 for step in steps), default=0.0)
    custom = defaults.get("custom", {})
    # Where low is bad, the colour below the limit is that of the limit itself.
    falling = bool(steps) and steps[0]["color"] == steps[-1]["color"]
    if not 0 < limit < _LOW_LIMIT or falling or "thresholdsStyle" not in custom:
        return {**_SHARE, **defaults}
    # Soft: what is beyond the limit by far is still drawn.
    top = float(f"{limit / _LOW_LIMIT:.3g}")
    return {"min": 0, **defaults, "custom": {**custom, "axisSoftMax": top}}
