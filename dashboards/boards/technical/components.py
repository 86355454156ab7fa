"""The technical board: from a symptom to the figure, for each layer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sothat.dashboards import links, variables
from sothat.dashboards.board import Board, Section
from sothat.dashboards.boards.technical import (
    _databases,
    _devices,
    _exporter,
    _hosts,
    _monitoring,
    _probes,
)
from sothat.dashboards.kit import Kit


def _sections(kit: Kit) -> Iterator[Section]:
    yield Section([*_devices.tiles(kit)], "Devices")
    yield Section([*_hosts.tiles(kit)], "Hosts", folded=True)
    yield Section([*_databases.tiles(kit)], "Databases", folded=True)
    yield Section([*_probes.tiles(kit)], "Probes and journeys", folded=True)
    yield Section([*_exporter.tiles(kit)], "Exporter", folded=True)
    yield Section([*_monitoring.tiles(kit)], "Prometheus and Alertmanager", folded=True)


def _variables() -> Sequence[Mapping[str, Any]]:
    return [variables.site(), variables.gateway(), variables.device(), variables.instance()]


BOARD = Board(
    uid=links.TECHNICAL,
    title="Technical: components in detail",
    role="technical",
    description="Hosts, databases, devices, probes, exporter, Prometheus, Alertmanager in detail.",
    compose=_sections,
    variables=_variables,
    span="1h",
    refresh="30s",
)
