"""Asking a real Prometheus what the boards ask, as Grafana would fill in their variables."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.dashboards.grafana import panels_of
from sothat.runtime.prometheus import Prometheus

Json = Mapping[str, Any]

_MACROS = {
    "$__rate_interval": "1m",
    "$__interval_ms": "15000",
    "$__interval": "15s",
    "$__range": "1h",
    "$__to": "9999999999999",
}


@dataclass(frozen=True)
class Asked:
    """A query and the place where it stands."""

    board: str
    place: str
    query: str
    instant: bool


def asked(board: Json) -> Iterator[Asked]:
    """Yield the queries of panels, variables and annotations, "All" being chosen everywhere."""
    chosen = {
        variable["name"]: variable["allValue"]
        for variable in board["templating"]["list"]
        if variable["type"] == "query"
    }
    uid = board["uid"]
    for panel in panels_of(board):
        for target in panel.get("targets", ()):
            text = filled(target["expr"], chosen)
            yield Asked(uid, panel["title"], text, target.get("instant", False))
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            series = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            assert series
            text = f"count by ({series[2]}) ({filled(series[1], chosen)})"
            yield Asked(uid, f"${variable['name']}", text, instant=True)
    for mark in board["annotations"]["list"]:
        yield Asked(uid, f"mark {mark['name']}", filled(mark["expr"], chosen), instant=False)


def filled(text: str, chosen: Mapping[str, str]) -> str:
    for macro, value in _MACROS.items():
        text = text.replace(macro, value)
    for name, value in chosen.items():
        text = re.sub(rf"\$\{{?{name}\b\}}?", value, text)
    assert "$" not in text.replace("$1", ""), text
    return text


def is_answered(server: Prometheus, one: Asked, end: float, span: float, step: float) -> bool:
    """Tell whether there is any datum, now or within the span for what draws time."""
    if one.instant:
        return bool(server.instant(one.query, end))
    return bool(server.range(one.query, end - span, end, step))
