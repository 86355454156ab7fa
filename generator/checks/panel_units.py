"""Panels that show their values in a unit of another dimension than the query's."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.generator.panel_units import fits, panel_units
from sothat.model.problem import Problem, Severity, Unusable


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the panels whose unit is not the inferred type's."""
    for board in draft.boards:
        foreign = board.uid in draft.foreign_boards
        severity = Severity.WARNING if foreign else Severity.ERROR
        try:
            content = draft.content(board)
        except Unusable:  # reported as a dead panel
            continue
        for found in panel_units(content, draft.world):
            if found.shown and not fits(found.shown, found.inferred):
                yield Problem(
                    "panel-unit",
                    f"board {board.uid}, {found.panel} shows {found.shown}, "
                    f"its query is in {found.inferred.text}",
                    hint="leave the unit out: the compiler fills in that of the query",
                    severity=severity,
                    rule=board.uid,
                    expression=found.query,
                )


CHECK = Check(codes=("panel-unit",), find=find, shares=True)
