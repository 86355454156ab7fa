"""The executive home: which promises to customers are at risk, in words, on one screen."""

from collections.abc import Iterator
from typing import Any

from sothat.dashboards import links, variables
from sothat.dashboards.board import Board, Section
from sothat.dashboards.boards.executive import _figures, _risks, _service
from sothat.dashboards.kit import Kit


def _sections(kit: Kit) -> Iterator[Section]:
    yield Section([*_figures.tiles(kit), *_risks.tiles(kit), *_service.tiles(kit)])


def _variables() -> list[dict[str, Any]]:
    return [variables.site()]


BOARD = Board(
    uid=links.EXECUTIVE,
    title="Executive: promises to customers",
    role="executive",
    description="Which promises to customers are at risk, and how well they are kept.",
    compose=_sections,
    variables=_variables,
    span="1h",
    refresh="30s",
)
