"""One board a domain of the catalogue, one panel an alert: where the link of a firing leads."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sothat.dashboards.board import TAG, head_links
from sothat.dashboards.boards.technical._alert import AlertPanel
from sothat.dashboards.grafana import classic
from sothat.dashboards.kit import Kit
from sothat.dashboards.layout import COLUMNS, Size, bottom, flow
from sothat.model.alert import Alert, Catalogue
from sothat.model.board import Board, BoardMaker, Figure, alert_board_uid, alert_panel_ids
from sothat.model.metric import Series
from sothat.model.policy import Priority

Json = dict[str, Any]

_ALERTS_TAG: Final = "alerts"
_SIZE: Final = Size(12, 8)
_URGENT: Final = frozenset((Priority.P1, Priority.P2))


@dataclass(frozen=True, slots=True)
class AlertBoard:
    """The board of a domain's alerts, the most urgent first; the rest is folded.

    Attributes:
        figure: Returns what the alert of a name watches.
    """

    domain: str
    figure: Callable[[str], Figure] = field(repr=False)
    role: str = "technical"

    @property
    def uid(self) -> str:
        """Return the stable id that links name."""
        return alert_board_uid(self.domain)

    @property
    def title(self) -> str:
        """Return the headline."""
        return f"Alerts: {self.domain.replace('-', ' ')}"

    def build(self, catalogue: Catalogue, contracts: Mapping[str, Series]) -> Json:
        """Return the board as classic JSON; see `sothat.model.board.Board`."""
        alerts = [alert for alert in catalogue.alerts if alert.domain == self.domain]
        incidents = Kit(catalogue, contracts).address("incidents")
        return classic(
            {
                "uid": self.uid,
                "title": self.title,
                "description": "What each alert watches, and from where on it fires.",
                "tags": [TAG, _ALERTS_TAG, self.domain],
                "time": {"from": "now-6h", "to": "now"},
                "refresh": "1m",
                "timezone": "browser",
                "editable": False,
                "graphTooltip": 1,
                "links": head_links(self.uid, incidents),
                "panels": list(_rows(self._panels(alerts, incidents), catalogue)),
            }
        )

    def _panels(self, alerts: list[Alert], incidents: str) -> list[AlertPanel]:
        ids = alert_panel_ids(alert.name for alert in alerts)
        return [
            AlertPanel(
                alert,
                self.figure(alert.name),
                ids[alert.name],
                f"{incidents}/runbooks/{alert.name}" if incidents else "",
            )
            for alert in alerts
        ]


def _rows(panels: list[AlertPanel], catalogue: Catalogue) -> Iterator[Json]:
    """Yield a row for each priority, the panels after it or folded into it."""
    top = 0
    for number, priority in enumerate(sorted({panel.alert.action.priority for panel in panels})):
        chosen = [panel for panel in panels if panel.alert.action.priority is priority]
        terms = catalogue.policy.priorities.get(priority)
        title = f"{priority}: {terms.meaning}" if terms else str(priority)
        folded = number > 0 and priority not in _URGENT
        slots = flow((_SIZE for _ in chosen), top + 1)
        shapes = [
            panel.shape({"h": slot.height, "w": slot.width, "x": slot.x, "y": slot.y})
            for panel, slot in zip(chosen, slots, strict=True)
        ]
        place = {"h": 1, "w": COLUMNS, "x": 0, "y": top}
        inner = {"panels": shapes if folded else []}
        yield {"type": "row", "title": title, "collapsed": folded, "gridPos": place, **inner}
        yield from () if folded else shapes
        top = top + 1 if folded else bottom(slots, top + 1)


def make(catalogue: Catalogue, figure: Callable[[str], Figure], /) -> Iterator[Board]:
    """Yield the board of each domain."""
    for domain in sorted({alert.domain for alert in catalogue.alerts}):
        yield AlertBoard(domain, figure)


BOARDS: BoardMaker = make
