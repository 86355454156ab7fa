"""The operational board: what is open now, who has it, what to do next."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sothat.dashboards import links, variables
from sothat.dashboards.board import Board, Section
from sothat.dashboards.boards.operational import _alerts, _buildings, _loop, _storage
from sothat.dashboards.kit import Kit
from sothat.dashboards.palette import BAD
from sothat.dashboards.query import FIRING

_URGENT: Final = FIRING.replace("}", ',priority=~"P1|P2"}')
# Looked at once a step, so that an alert's start is one line and not a span.
_STEP: Final = "30s"
_RISING: Final = (
    f"count by (alertname, site) ({_URGENT}) "
    f"unless count by (alertname, site) ({_URGENT} offset {_STEP})"
)


def _sections(kit: Kit) -> Iterator[Section]:
    yield Section([*_alerts.tiles(kit)])
    yield Section([*_buildings.tiles(kit)], "Buildings: devices and gateways")
    yield Section([*_storage.tiles(kit)], "Databases")
    yield Section([*_loop.tiles(kit)], "Exporters, collectors and notification")


def _variables() -> Sequence[Mapping[str, Any]]:
    return [variables.site(), variables.gateway()]


def urgent_alerts(_kit: Kit) -> Sequence[Mapping[str, Any]]:
    """Return the annotation that marks when a P1 or P2 alert fired."""
    return [
        {
            "name": "P1 and P2 alerts",
            "enable": True,
            "iconColor": BAD,
            "expr": _RISING,
            "titleFormat": "{{alertname}}",
            "textFormat": "{{site}}",
            "step": _STEP,
        }
    ]


BOARD = Board(
    uid=links.OPERATIONAL,
    title="Operational: what to do next",
    role="operational",
    description="Open alerts with their action and owner, and the state of every part.",
    compose=_sections,
    variables=_variables,
    span="30m",
    refresh="5s",
    annotations=urgent_alerts,
)
