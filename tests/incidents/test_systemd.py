"""The incident service's unit is one that systemd understands, and grants little."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "examples" / "systemd" / "sothat-incidents.service"


@pytest.mark.parametrize(
    "arguments", [("verify",), ("security", "--offline=yes", "--threshold=20")]
)
def test_systemd_finds_nothing_wrong(arguments: tuple[str, ...], tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed")
    installed = Path(sys.executable).with_name("sothat")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/sothat/bin/sothat", str(installed)))
    found = subprocess.run(
        [tool, *arguments, str(unit)], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
