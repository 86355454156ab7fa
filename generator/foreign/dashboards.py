"""Grafana boards as JSON files: exports and provisioning files."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sothat.generator.panels import Query, is_variable, queries, resolved
from sothat.generator.promql import breaking_offset
from sothat.generator.typecheck import Finding, infer
from sothat.generator.typecheck.syntax_hints import syntax_hint
from sothat.generator.typecheck.types import Flavour
from sothat.generator.typecheck.world import World
from sothat.model.problem import Position, Problem, unusable
from sothat.runtime.documents import read_text

# Of boards as resources, Grafana 12 and later: V1 has the classic model in its spec, V2 another.
_RESOURCES = "dashboard.grafana.app/"
_PARTS = frozenset({"panels", "rows", "title", "templating", "schemaVersion"})


def read_board(path: Path) -> tuple[Mapping[str, Any], str]:
    """Return a board and its text.

    Raises:
        Unusable: The file cannot be read, is not JSON or is no board.
    """
    text = read_text(path)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        position = Position(str(path), error.lineno, error.colno)
        raise unusable("json-syntax", f"not JSON: {error.msg}", position=position) from error
    except RecursionError as error:
        raise unusable(
            "nested-too-deep", "nested too deep", position=Position(str(path), 1, 1)
        ) from error
    return _classic(data, path), text


def _classic(data: object, path: Path) -> Mapping[str, Any]:
    """Return the classic model: as it is, wrapped by the API, or as the spec of a V1 Resource.

    Raises:
        Unusable: It is neither; what looks like an empty board would pass for a sound one.
    """
    board = data.get("dashboard", data) if isinstance(data, Mapping) else None
    if isinstance(board, Mapping) and str(board.get("apiVersion", "")).startswith(_RESOURCES):
        board = board.get("spec")
    position = Position(str(path), 1, 1)
    if isinstance(board, Mapping) and isinstance(board.get("elements"), Mapping):
        message = "this is a board in Grafana's model V2, which is not read here"
        hint = "export it in the model Classic, or V1 Resource"
        raise unusable("not-a-board", message, position=position, hint=hint)
    if not isinstance(board, Mapping) or not _is_classic(board):
        hint = "expected Grafana's classic JSON model with 'panels'"
        raise unusable("not-a-board", "this is no dashboard", position=position, hint=hint)
    return board


def _is_classic(board: Mapping[str, Any]) -> bool:
    """Return whether an object has anything of a board; one without panels yet is one."""
    return not _PARTS.isdisjoint(board) and isinstance(board.get("panels", []), list)


def board_problems(path: Path, world: World) -> list[Problem]:
    """Return what is wrong with the queries of a board.

    Raises:
        Unusable: The file is no board.
    """
    board, text = read_board(path)
    return [
        problem
        for query in queries(board)
        for finding in _findings(query, world)
        for problem in (_problem(path, text, board, query, finding),)
    ]


def _findings(query: Query, world: World) -> Iterator[Finding]:
    text = resolved(query.text)
    try:
        inference = infer(text, world)
    except ValueError as error:
        hint = syntax_hint(str(error), text[breaking_offset(text) :])
        yield Finding("promql-syntax", f"not PromQL: {error}", 0, hint)
        return
    for finding in inference.findings:
        # Where a variable stands for a number, nothing is certain of a comparison with it.
        guessed = finding.code == "constant-comparison" and "$" in query.text
        if not guessed and not is_variable(finding):
            yield finding
    if inference.type.flavour is Flavour.COUNTER and query.panel.startswith("panel"):
        yield Finding(
            "bare-counter",
            "the panel draws a counter's total, which only grows",
            0,
            "draw rate(…) or increase(…) of it",
        )


def _problem(
    path: Path, text: str, board: Mapping[str, Any], query: Query, finding: Finding
) -> Problem:
    title = board.get("title") or path.stem
    return Problem(
        finding.code,
        f"{query.panel}: {finding.message}",
        _position(path, text, query.text),
        finding.hint,
        rule=str(title),
        expression=query.text,
    )


def _position(path: Path, text: str, query: str) -> Position:
    """Return the first place of a query's text: JSON's reader keeps no positions."""
    for written in (json.dumps(query)[1:-1], json.dumps(query, ensure_ascii=False)[1:-1]):
        at = text.find(written)
        if at >= 0:
            return Position(str(path), text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    return Position(str(path), 1, 1)
