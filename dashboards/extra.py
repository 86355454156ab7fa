"""The panels that grafanalib lacks, or has only in a shape that Grafana has dropped."""

from typing import Any

import attr
from grafanalib import core

Json = dict[str, Any]


@attr.s
class Modern(core.Panel):  # type: ignore[misc]  # grafanalib is untyped
    """A panel of any type, given by its own part of Grafana's JSON."""

    shape: Json = attr.ib(factory=dict)

    def to_json_data(self) -> Json:
        """Return the panel as grafanalib's encoder wants it."""
        plain: Json = self.panel_json(self.shape)
        return plain


def status_history(**common: Any) -> core.Panel:
    """Return a panel of periodic states, one cell a sample."""
    options = {
        "showValue": "auto",
        "rowHeight": 0.9,
        "colWidth": 0.9,
        "legend": {"displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    custom = {"lineWidth": 1, "fillOpacity": 70}
    return _modern("status-history", options, common, custom=custom)


def heatmap(unit: str, **common: Any) -> core.Panel:
    """Return the heatmap of Grafana 9 and later, for the buckets of a Prometheus histogram."""
    options = {
        "calculate": False,
        "cellGap": 1,
        "color": {
            "mode": "scheme",
            "scheme": "Blues",
            "fill": "blue",
            "scale": "exponential",
            "exponent": 0.5,
            "steps": 64,
            "reverse": False,
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"show": True, "yHistogram": False},
        "yAxis": {"axisPlacement": "left", "unit": unit},
    }
    return _modern("heatmap", options, common, custom={"scaleDistribution": {"type": "linear"}})


def alert_list(label_filter: str, **common: Any) -> core.Panel:
    """Return the unified alert list: the data source's firing and pending alerts by label."""
    options = {
        "viewMode": "list",
        "groupMode": "default",
        "groupBy": [],
        "maxItems": 20,
        "sortOrder": 3,  # by importance
        "dashboardAlerts": False,
        "alertName": "",
        "alertInstanceLabelFilter": label_filter,
        "datasource": "${datasource}",
        "stateFilter": {
            "firing": True, "pending": True, "noData": False, "normal": False, "error": True,
        },
    }  # fmt: skip
    return _modern("alertlist", options, common)


def _modern(kind: str, options: Json, common: Json, **defaults: Any) -> core.Panel:
    config = {"defaults": defaults, "overrides": []}
    return Modern(**common, shape={"type": kind, "options": options, "fieldConfig": config})
