"""The unit is one that systemd understands, and grants little."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sothat.commands.export import command

UNIT = Path(__file__).parents[2] / "examples" / "systemd" / "sothat-exporter.service"


@pytest.fixture
def analyze(tmp_path):
    tool = shutil.which("systemd-analyze")
    if not tool:
        pytest.skip("systemd-analyze is not installed")
    installed = Path(sys.executable).with_name("sothat")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/sothat/bin/sothat", str(installed)))

    def run(*arguments):
        return subprocess.run(
            [tool, *arguments, str(unit)], capture_output=True, text=True, check=False
        )

    return run


def test_systemd_finds_nothing_wrong(analyze):
    found = analyze("verify")
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_it_exposes_little(analyze):
    found = analyze("security", "--offline=yes", "--threshold=30")
    assert found.returncode == 0, found.stdout


def test_the_command_has_the_options_that_the_unit_gives():
    (line,) = re.findall(r"^ExecStart=\S+ export (.*)$", UNIT.read_text(), re.MULTILINE)
    shown = CliRunner().invoke(command, ["--help"]).output
    assert all(option in shown for option in re.findall(r"--\S+", line))
