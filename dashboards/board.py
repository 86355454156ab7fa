"""What a board file offers: its name, its role, and how to build it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafanalib import core
from sothat.dashboards import links
from sothat.dashboards.face import Tile
from sothat.dashboards.grafana import classic
from sothat.dashboards.kit import Kit
from sothat.dashboards.layout import COLUMNS, Size, bottom, filled, flow
from sothat.model.alert import Catalogue
from sothat.model.metric import Series

TAG: Final = "sothat"
_ROW: Final = Size(COLUMNS, 1)
_SHARED_CROSSHAIR: Final = 1


@dataclass(frozen=True, slots=True)
class Section:
    """Tiles under a heading; the first one of a board has none and is always open."""

    tiles: Sequence[Tile]
    title: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """A board built from sections with the kit.

    Attributes:
        compose: Returns the sections from the top down.
        variables: The filters after the data source, as Grafana's JSON.
        span: Default time range up to now, in Grafana's notation (``30m``).
        refresh: How often an open board asks again.
        annotations: Returns what is marked on the time axis of all panels.
        topics: What people search for, as tags beside the role.
    """

    uid: str
    title: str
    role: str
    description: str
    compose: Callable[[Kit], Iterable[Section]]
    variables: Callable[[], Sequence[Mapping[str, Any]]]
    span: str
    refresh: str
    annotations: Callable[[Kit], Sequence[Mapping[str, Any]]] = lambda _kit: ()
    topics: tuple[str, ...] = ()

    def build(self, catalogue: Catalogue, contracts: Mapping[str, Series]) -> dict[str, Any]:
        """Return the board as classic JSON; see `sothat.model.board.Board`."""
        kit = Kit(catalogue, contracts)
        return classic(
            core.Dashboard(
                uid=self.uid,
                title=self.title,
                description=self.description,
                tags=[TAG, self.role, *self.topics],
                time=core.Time(f"now-{self.span}", "now"),
                refresh=self.refresh,
                timezone="browser",
                editable=False,
                graphTooltip=_SHARED_CROSSHAIR,
                links=head_links(self.uid, kit.address("incidents")),
                annotations=core.Annotations(list=list(self.annotations(kit))),
                templating=core.Templating(list=list(self.variables())),
                panels=place(self.compose(kit)),
            )
        )


def head_links(own: str, incidents: str) -> list[core.DashboardLink]:
    """Return the ways out of a board: to the other roles' boards, the incidents, the runbooks."""
    boards = (
        (links.EXECUTIVE, "Executive", "Which promises to customers are at risk"),
        (links.OPERATIONAL, "Now", "What is open now, and what to do next"),
    )
    ways = [links.to_board(*board) for board in boards if board[0] != own]
    ways.append(links.to_boards("Operational", TAG, "operational"))
    ways.append(links.to_boards("Technical", TAG, "technical"))
    ways.append(links.to_boards("Alerts", TAG, "alerts"))
    if incidents:
        ways.append(links.to_page(f"{incidents}/", "Incidents", "See, acknowledge, resolve"))
        ways.append(links.to_page(f"{incidents}/runbooks/", "Runbooks", "What to do, step by step"))
    return ways


def place(sections: Iterable[Section]) -> list[core.Panel]:
    """Return the panels of all sections, each on its place."""
    panels: list[core.Panel] = []
    top = 0
    for section in sections:
        head = [_row(section, top)] if section.title else []
        top += len(head)
        slots = filled(flow((tile.size for tile in section.tiles), top))
        body = [_put(tile, slot) for tile, slot in zip(section.tiles, slots, strict=True)]
        if section.folded and head:
            head[0].panels = body
            panels += head
        else:
            panels += head + body
            top = bottom(slots, top)
    return panels


def _row(section: Section, top: int) -> core.RowPanel:
    return core.RowPanel(
        title=section.title,
        collapsed=section.folded,
        gridPos=core.GridPos(h=_ROW.height, w=_ROW.width, x=0, y=top),
    )


def _put(tile: Tile, slot: Any) -> core.Panel:
    tile.panel.gridPos = core.GridPos(h=slot.height, w=slot.width, x=slot.x, y=slot.y)
    return tile.panel
