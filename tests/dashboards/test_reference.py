"""The reference page tells the truth."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sothat.model.alert import Catalogue
from sothat.model.metric import Series
from sothat.runtime.plugins import load_extensions

BOARDS = tuple(
    module.BOARD for module in load_extensions("sothat.boards").values() if hasattr(module, "BOARD")
)
PAGE = (Path(__file__).parents[2] / "docs/reference/boards.md").read_text(encoding="utf-8")


def test_the_example_builds(catalogue: Catalogue, contracts: Mapping[str, Series]) -> None:
    (source,) = re.findall(r"```python\n(from sothat.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102 – the project's own page
    board = names["BOARD"].build(catalogue, contracts)
    (panel,) = board["panels"]
    assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] == 0.9


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_each_board_has_its_line(board: Any) -> None:
    (line,) = (text for text in PAGE.splitlines() if f"`{board.uid}`" in text and text[0] == "|")
    assert line == f"| {board.title} | `{board.uid}` | {board.description} | {board.span} |"
