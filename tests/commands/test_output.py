"""Where a command writes to: what cannot be written is one problem, never a traceback."""

from pathlib import Path

import pytest
from sothat.commands._main import run


@pytest.fixture
def occupied(tmp_path: Path) -> Path:
    """A folder where every file to write is a folder already, which stops root as well."""
    for stem in ("alerts", "policy", "recordings", "values"):
        (tmp_path / f"{stem}.json").mkdir()
    return tmp_path


def test_schemas_that_cannot_be_written(occupied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "-o", str(occupied)]) == 2
    assert "cannot write: Is a directory [unwritable-output]" in capsys.readouterr().err


def test_schemas_are_written(tmp_path: Path) -> None:
    assert run(["schema", "-o", str(tmp_path)]) == 0
    assert (tmp_path / "alerts.json").read_text().startswith("{")
