"""Every board is drawn, asks for what exists, and says what it shows."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hospital_building.boards import lifts, power, stores
from sothat.generator import kit

CATALOGUE = Path(__file__).parents[1] / "alert_rules"
BOARDS = {made.BOARD.uid: kit.Showing(made.BOARD, CATALOGUE) for made in (lifts, power, stores)}


@pytest.mark.parametrize("check", kit.BOARD_CHECKS)
@pytest.mark.parametrize("uid", BOARDS)
def test_the_contract_of_boards(uid: str, check: Callable[[kit.Showing], None]) -> None:
    check(BOARDS[uid])
