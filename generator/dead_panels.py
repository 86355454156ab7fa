"""Panels that would stay empty for ever, and the boards that are left out for theirs."""

from collections.abc import Iterator

from sothat.generator.draft import Draft
from sothat.generator.panels import Query, is_variable, queries, resolved
from sothat.generator.typecheck import infer
from sothat.model.board import Board
from sothat.model.problem import Problem, Unusable

# A board's reader chooses the values of its variables, so a matcher is only judged by its label.
_DEADLY = ("unknown-metric", "unknown-label", "unknown-grouping-label", "impossible-matcher")


def dead_panels(draft: Draft, board: Board) -> tuple[Problem, ...]:
    """Return the queries of a board that select nothing which can exist, found once a draft."""
    if id(board) not in draft.dead:
        draft.dead[id(board)] = tuple(_dead_panels(draft, board))
    return draft.dead[id(board)]


def left_out_boards(draft: Draft) -> list[Board]:
    """Return the boards of another catalogue that ask for what this one does not have."""
    foreign = (board for board in draft.boards if board.uid in draft.foreign_boards)
    return [board for board in foreign if dead_panels(draft, board)]


def _dead_panels(draft: Draft, board: Board) -> Iterator[Problem]:
    try:
        content = draft.content(board)
    except Unusable as error:
        yield from (_dead(board, p.message, p.hint) for p in error.problems)
        return
    for query in queries(content):
        yield from _dead_query(draft, board, query)


def _dead_query(draft: Draft, board: Board, query: Query) -> Iterator[Problem]:
    try:
        findings = infer(resolved(query.text), draft.world).findings
    except ValueError as error:
        yield _dead(board, f"{query.panel}: not PromQL: {error}", "", query.text)
        return
    for finding in findings:
        if finding.code in _DEADLY and not is_variable(finding):
            message = f"{query.panel}: {finding.message}"
            yield _dead(board, message, finding.hint, query.text)


def _dead(board: Board, message: str, hint: str, text: str = "") -> Problem:
    message = f"board {board.uid}, {message}"
    return Problem("dead-panel", message, hint=hint, rule=board.uid, expression=text)
