"""The reference page tells the truth."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sothat.dashboards.boards
from sothat.dashboards.boards.executive.outcomes import BOARD as EXECUTIVE
from sothat.dashboards.boards.operational.operations import BOARD as OPERATIONAL
from sothat.dashboards.boards.technical.components import BOARD as TECHNICAL
from sothat.dashboards.boards.technical.data_flow import BOARD as DATA_FLOW
from sothat.model.alert import Catalogue
from sothat.model.metric import Series

PAGE = (Path(__file__).parents[2] / "docs/reference/boards.md").read_text(encoding="utf-8")


def test_the_example_builds(catalogue: Catalogue, contracts: Mapping[str, Series]) -> None:
    (source,) = re.findall(r"```python\n(from sothat.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102 – the project's own page
    board = names["BOARD"].build(catalogue, contracts)
    (panel,) = board["panels"]
    assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] == 0.9


@pytest.mark.parametrize(
    "board", [EXECUTIVE, OPERATIONAL, TECHNICAL, DATA_FLOW], ids=lambda b: b.uid
)
def test_each_board_has_its_line(board: Any) -> None:
    spans = {"1h": "1 h", "30m": "30 min", "6h": "6 h"}
    (line,) = (text for text in PAGE.splitlines() if f"`{board.uid}`" in text)
    assert line.startswith(f"| {board.title} |")
    refresh = board.refresh.replace("s", " s")
    assert line.endswith(f"| {spans[board.span]}, {refresh} |")


def test_every_board_file_is_tried() -> None:
    root = Path(sothat.dashboards.boards.__path__[0])
    files = {file.stem for file in root.glob("*/*.py") if not file.stem.startswith("_")}
    assert files == {"outcomes", "operations", "components", "data_flow", "alerts"}
