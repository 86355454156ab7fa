"""The board on the way of readings: streams, the cloud, and firmware campaigns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sothat.dashboards import links
from sothat.dashboards.board import Board, Section
from sothat.dashboards.boards.technical import _campaigns, _cloud, _streams
from sothat.dashboards.kit import Kit


def _sections(kit: Kit) -> Iterator[Section]:
    yield Section([*_streams.tiles(kit)], "Streams of messages")
    yield Section([*_cloud.tiles(kit)], "Tuya cloud")
    yield Section([*_campaigns.tiles(kit)], "Firmware campaigns")


def _variables() -> Sequence[Mapping[str, Any]]:
    return []


BOARD = Board(
    uid=links.DATA_FLOW,
    title="Technical: data flow and firmware",
    role="technical",
    description="Streams of messages, the Tuya cloud and its budget, firmware campaigns.",
    compose=_sections,
    variables=_variables,
    span="6h",
    refresh="30s",
)
