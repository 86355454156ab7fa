"""Boards that cannot be told apart, links to boards that are not there, and dead panels."""

from collections.abc import Iterator, Sequence

from sothat.generator.board_links import panel_ids
from sothat.generator.checked import Check
from sothat.generator.dead_panels import dead_panels, left_out_boards
from sothat.generator.draft import Draft
from sothat.model.alert import Alert
from sothat.model.board import Board
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem, Severity, Unusable


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the problems of all boards and of the alerts' links to them."""
    yield from _doubles(draft)
    yield from _dead_links(draft)
    for board in draft.boards:
        if board.uid not in draft.foreign_boards:
            yield from dead_panels(draft, board)
    yield from _left_out(left_out_boards(draft))


def _left_out(boards: Sequence[Board]) -> Iterator[Problem]:
    """Yield one warning for all boards that were made for another catalogue."""
    if boards:
        count = "a board" if len(boards) == 1 else f"{len(boards)} boards"
        message = (
            f"{count} of the catalogue that comes with sothat left out, for queries that would "
            f"stay empty in this one: {', '.join(board.uid for board in boards)}"
        )
        yield Problem("dead-panel", message, severity=Severity.WARNING)


def _doubles(draft: Draft) -> Iterator[Problem]:
    first: dict[str, Board] = {}
    for board in (*draft.boards, *draft.made_boards):
        other = first.setdefault(board.uid, board)
        if other is not board:
            message = f"two boards have the uid '{board.uid}': {other.title}, {board.title}"
            yield Problem("duplicate-board", message, hint="give each board a uid of its own")


def _dead_links(draft: Draft) -> Iterator[Problem]:
    known = {board.uid: board for board in (*draft.boards, *draft.made_boards)}
    for alert in draft.catalogue.alerts:
        if known and alert.board and alert.board not in known:
            message = f"{alert.name} links to the board '{alert.board}', which does not exist"
            hint = f"boards: {', '.join(sorted(known))}"
            yield draft.problem("unknown-board", message, alert, hint=hint)
        elif alert.panel and known:
            yield from _dead_panel_links(draft, alert, known.get(alert.board))


def _dead_panel_links(draft: Draft, alert: Alert, board: Board | None) -> Iterator[Problem]:
    """Yield the problem of an alert that names a panel which its board does not have."""
    if board is None:
        message = f"{alert.name} names the panel '{alert.panel}' and no board"
        hint = "add the board's uid: board"
        yield draft.problem(
            "unknown-panel", message, alert, hint=hint, at=draft.place_of(alert, "panel")
        )
        return
    try:
        titles = panel_ids(draft.content(board))
    except Unusable:  # reported as a dead panel
        return
    if alert.panel not in titles:
        message = f"{alert.name} links to '{alert.panel}', which is no panel of {board.uid}"
        known = f"panels: {', '.join(sorted(titles))}"
        hint = did_you_mean(alert.panel, titles, otherwise=known)
        yield draft.problem(
            "unknown-panel", message, alert, hint=hint, at=draft.place_of(alert, "panel")
        )


CHECK = Check(
    codes=("duplicate-board", "unknown-board", "unknown-panel", "dead-panel"),
    find=find,
    shares=True,
)
