"""The operational board: what is open now, who has it, what to do next."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sothat.dashboards import links, marks, variables
from sothat.dashboards.board import Board, Section
from sothat.dashboards.boards.operational import _alerts, _buildings, _loop, _storage
from sothat.dashboards.kit import Kit


def _sections(kit: Kit) -> Iterator[Section]:
    yield Section([*_alerts.tiles(kit)])
    yield Section([*_buildings.tiles(kit)], "Buildings: devices and gateways")
    yield Section([*_storage.tiles(kit)], "Databases")
    yield Section([*_loop.tiles(kit)], "Exporters, collectors and notification")


def _variables() -> Sequence[Mapping[str, Any]]:
    return [*variables.place(), variables.gateway()]


BOARD = Board(
    uid=links.OPERATIONAL,
    title="Operational: what next",
    role="operational",
    description="Open alerts with their action and owner, and the state of every part.",
    compose=_sections,
    variables=_variables,
    span="30m",
    refresh="5s",
    annotations=lambda _kit: [*marks.USUAL],
)
