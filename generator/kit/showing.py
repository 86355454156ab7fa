"""What every board has to do: be drawn, ask for what can exist, and be read by people."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from sothat.generator.compile import Inputs, sound_draft
from sothat.generator.dead_panels import dead_panels
from sothat.generator.draft import Draft
from sothat.generator.kit.inputs import installed
from sothat.generator.panels import queries
from sothat.model.board import Board
from sothat.model.problem import Unusable, render
from sothat.runtime.kit import ContractBroken

_COLUMNS = 24
_UID_LENGTHS = range(1, 41)
_ROLES = ("executive", "operational", "technical")

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Showing:
    """A board, and the catalogue that it belongs to, which is read once.

    Attributes:
        board: The module's ``BOARD``.
        catalogue: The folder of a sound catalogue.
        inputs: Returns what a catalogue's folder is compiled against.
    """

    board: Board
    catalogue: Path
    inputs: Callable[[Path], Inputs] = installed

    @cached_property
    def draft(self) -> Draft:
        """Return what is read of the catalogue, this board being the only one."""
        return sound_draft(replace(self.inputs(self.catalogue), boards=(self.board,)), ())


def check_rendered(showing: Showing) -> None:
    """Check that it is drawn, as JSON, and the same each time.

    Raises:
        ContractBroken: It is not.
    """
    first, second = (json.dumps(_built(showing), sort_keys=True) for _ in range(2))
    if first != second:
        raise ContractBroken("it is not the same each time that it is built")


def check_identity(showing: Showing) -> None:
    """Check that it can be found: its uid and title are those of the JSON, and its role is one.

    Raises:
        ContractBroken: It cannot.
    """
    board, content = showing.board, _built(showing)
    for key in ("uid", "title"):
        said, drawn = getattr(board, key), content.get(key)
        if said != drawn:
            raise ContractBroken(f"its {key} is {said!r}, and {drawn!r} where it is drawn")
    if len(board.uid) not in _UID_LENGTHS:
        raise ContractBroken(f"its uid has {len(board.uid)} characters, and not 1 to 40")
    if board.role not in _ROLES:
        raise ContractBroken(f"its role is {board.role!r}, and none of {', '.join(_ROLES)}")


def check_queries(showing: Showing) -> None:
    """Check that it asks, and every query is PromQL that asks for what can exist.

    Raises:
        ContractBroken: One does not.
    """
    if not list(queries(_built(showing))):
        raise ContractBroken("no panel asks for anything")
    problems = dead_panels(showing.draft, showing.board)
    if problems:
        raise ContractBroken("\n".join(map(render, problems)))


def check_references(showing: Showing) -> None:
    """Check that no two panels share an id, and no two queries of a panel a refId.

    Raises:
        ContractBroken: Two do.
    """
    check_panel_references(_built(showing))


def check_grid(showing: Showing) -> None:
    """Check that no panel lies on another, or beyond the grid.

    Raises:
        ContractBroken: One does.
    """
    check_panel_grid(_built(showing))


def check_words(showing: Showing) -> None:
    """Check that each panel says by its title and its description what it shows.

    Raises:
        ContractBroken: One does not.
    """
    for panel in _shown(_built(showing)):
        for key in ("title", "description"):
            if not str(panel.get(key, "")).strip():
                name = panel.get("title") or panel.get("id")
                raise ContractBroken(f"the panel '{name}' has no {key}")


BOARD_CHECKS: tuple[Callable[[Showing], None], ...] = (
    check_rendered,
    check_identity,
    check_queries,
    check_references,
    check_grid,
    check_words,
)


def check_panel_references(content: Json) -> None:
    """Check the ids of a board's JSON; see `check_references`.

    Raises:
        ContractBroken: Two are the same.
    """
    _refuse_doubles("panels have the id", [panel.get("id") for panel in _all(content)])
    for panel in _shown(content):
        refs = [target.get("refId") for target in panel.get("targets", ())]
        _refuse_doubles(f"queries of '{panel.get('title')}' have the refId", refs)


def check_panel_grid(content: Json) -> None:
    """Check the places of a board's JSON; see `check_grid`.

    Raises:
        ContractBroken: A panel lies on another, or beyond the grid.
    """
    folded = (row.get("panels", []) for row in content.get("panels", ()))
    for group in (content.get("panels", ()), *folded):
        for panel in group:
            place = panel["gridPos"]
            if place["x"] < 0 or place["x"] + place["w"] > _COLUMNS:
                raise ContractBroken(f"'{panel.get('title')}' lies beyond the {_COLUMNS} columns")
        for one, other in combinations(group, 2):
            if _overlap(one["gridPos"], other["gridPos"]):
                names = f"'{one.get('title')}' and '{other.get('title')}'"
                raise ContractBroken(f"{names} lie on one another")


def _overlap(one: Json, other: Json) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not beside and not above


def _refuse_doubles(what: str, given: Sequence[object]) -> None:
    twice = [each for number, each in enumerate(given) if each in given[:number] or not each]
    if twice:
        raise ContractBroken(f"two {what} {twice[0]!r}, or one has none")


def _built(showing: Showing) -> Json:
    """Return it as Grafana's JSON.

    Raises:
        ContractBroken: It cannot be built.
    """
    draft = showing.draft
    try:
        return showing.board.build(draft.catalogue, draft.world.series)
    except Unusable as error:
        raise ContractBroken("\n".join(map(render, error.problems))) from error


def _all(content: Json) -> Iterator[Json]:
    for panel in content.get("panels", ()):
        yield panel
        yield from panel.get("panels", ())


def _shown(content: Json) -> Iterator[Json]:
    return (panel for panel in _all(content) if panel.get("type") != "row")
