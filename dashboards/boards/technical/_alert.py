"""The panel of one alert: its figure, its limit, what to do, and whom it is for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Final

from sothat.dashboards import lines, links, units
from sothat.dashboards.face import DASHES
from sothat.dashboards.judgement import limit_in_words, urgency
from sothat.dashboards.palette import GOOD, SERIES
from sothat.dashboards.query import ref_id
from sothat.dashboards.words import mappings
from sothat.model.alert import Alert, Threshold
from sothat.model.board import Figure, Line
from sothat.model.duration import format_duration

Json = dict[str, Any]

_CLEAR: Final = "transparent"
_EMPTY: Final = "no data: nothing here is what the alert asks for"
_HEADROOM: Final = 1.2
# Below this share of the whole a limit would lie on the axis, were that to run up to 100 %.
_LOW_SHARE: Final = 0.25
_LIMIT: Final[Sequence[Json]] = (
    {"id": "custom.lineStyle", "value": DASHES},
    {"id": "custom.hideFrom", "value": {"legend": True, "tooltip": False, "viz": False}},
)


@dataclass(frozen=True, slots=True)
class AlertPanel:
    """An alert and what there is to draw of it.

    Attributes:
        number: The panel's id.
        runbook: Address of the alert's page; empty where no incident service is known.
    """

    alert: Alert
    figure: Figure
    number: int
    runbook: str

    def shape(self, place: Json) -> Json:
        """Return the panel as Grafana's JSON."""
        legends = [_legend(line) for line in self.figure.lines if not line.limit]
        short = all(map(lines.is_short, legends))
        return {
            "id": self.number,
            "type": "timeseries",
            "title": f"{self.alert.name}: {self.alert.condition.words}",
            "description": self._description(),
            "gridPos": place,
            "links": list(self._links()),
            "targets": list(self._targets()),
            "fieldConfig": {"defaults": self._defaults(), "overrides": list(self._overrides())},
            "options": {
                "legend": lines.legend(unnamed=self._unnamed(), beside=short),
                "tooltip": {"mode": "multi", "sort": "desc"},
            },
        }

    def _description(self) -> str:
        alert = self.alert
        parts = [
            f"**DO** {alert.action.text}",
            f"**SO THAT** {alert.outcome.who} {alert.outcome.text}",
            f"{alert.action.priority} for {alert.owner}, {_terms(alert)}",
        ]
        return "\n\n".join(parts)

    def _links(self) -> Iterator[Json]:
        if self.runbook:
            yield {"title": "Runbook", "url": self.runbook, "targetBlank": True}
        if self.alert.board:
            yield {"title": "Wider view", "url": links.drill(self.alert.board, "").url}

    def _targets(self) -> Iterator[Json]:
        for number, line in enumerate(self.figure.lines):
            legend = _legend(line) or self.alert.name
            yield {"refId": ref_id(number), "expr": line.query, "legendFormat": legend}

    def _unnamed(self) -> bool:
        return any(line.labels is None or line.labels for line in self.figure.lines)

    def _overrides(self) -> Iterator[Json]:
        """Yield the look of lines that are limits themselves, and the colours of known ones."""
        colours = cycle(SERIES)
        for number, line in enumerate(self.figure.lines):
            if line.limit:
                looks = [_fixed(urgency(self.alert.action.priority)), *_LIMIT]
            else:
                looks = [] if self._unnamed() else [_fixed(next(colours))]
            if looks:
                matcher = {"id": "byFrameRefID", "options": ref_id(number)}
                yield {"matcher": matcher, "properties": looks}

    def _defaults(self) -> Json:
        limit = self.alert.condition.threshold
        shown: Json = {
            "unit": self.figure.unit,
            "noValue": _EMPTY,
            "mappings": mappings({}),
            "color": lines.scheme(unnamed=self._unnamed()),
            "custom": {
                "drawStyle": "line",
                "lineWidth": 2,
                "fillOpacity": 0,
                "showPoints": "auto",
                "spanNulls": False,
                **_axis(limit, self.figure.unit),
            },
        }
        if limit:
            shown["thresholds"] = {"mode": "absolute", "steps": _steps(self.alert, limit)}
            shown["custom"]["thresholdsStyle"] = {"mode": _style(limit)}
        return shown


def _fixed(colour: str) -> Json:
    return {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}


def _terms(alert: Alert) -> str:
    """Return when it fires, in words."""
    condition = alert.condition
    limit = condition.threshold
    words = limit_in_words(limit) if limit else "alert as the title says"
    lasting = f" for {format_duration(condition.for_seconds)}" if condition.for_seconds else ""
    return words + lasting


def _legend(line: Line) -> str:
    """Return the name of a line's series in Grafana's notation; empty for one without labels."""
    if line.labels is None:
        return "__auto"
    return " ".join([*(f"{{{{{label}}}}}" for label in line.labels), *filter(None, [line.name])])


def _steps(alert: Alert, limit: Threshold) -> list[Json]:
    """Return the limit as Grafana's steps: colour only where the alert would fire."""
    colour = urgency(alert.action.priority)
    below, above = {
        "<": (colour, _CLEAR),
        "<=": (colour, _CLEAR),
        "!=": (_CLEAR, GOOD),
    }.get(limit.operator, (_CLEAR, colour))
    return [{"color": below, "value": None}, {"color": above, "value": limit.value}]


def _style(limit: Threshold) -> str:
    """Return how the limit is drawn: a single value has no side to fill."""
    return "line" if limit.operator in ("==", "!=") else "line+area"


def _axis(limit: Threshold | None, unit: str) -> Json:
    """Return an axis on which zero and the limit are to be seen, and a share as such."""
    if limit is None and unit != units.PERCENT:
        return {}
    value = limit.value if limit else 0.0
    low, high = min(0.0, value * _HEADROOM), max(0.0, value * _HEADROOM)
    if unit == units.PERCENT:
        high = value / _LOW_SHARE if 0 < value < _LOW_SHARE else max(1.0, high)
    high = high or (0.0 if low else _HEADROOM)
    return {"axisSoftMin": _rounded(low), "axisSoftMax": _rounded(high)}


def _rounded(value: float) -> float:
    """Return a number as people would write it, without the noise of a product."""
    return float(f"{value:.6g}")
