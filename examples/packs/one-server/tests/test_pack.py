"""The catalogue is sound, and what is taken over is there."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parents[1]
CATALOGUE = ("--catalogue", str(HERE / "alert_rules"), "--values", str(HERE / "values.yaml"))


def sothat(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as people do."""
    command = [sys.executable, "-m", "sothat.commands", *words]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)


def test_the_catalogue_is_sound() -> None:
    done = sothat("check", *CATALOGUE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_taken_over_is_built_with_its_tests(tmp_path: Path) -> None:
    done = sothat("build", *CATALOGUE, "-o", str(tmp_path / "compiled"))
    assert done.returncode == 0, done.stdout + done.stderr
    tests = "".join(file.read_text() for file in tmp_path.rglob("prometheus/tests/*.yaml"))
    for alert in ("OwnDiskHalfFull", "HostDown", "Watchdog"):
        assert f'alertname="{alert}"' in tests


def test_the_configuration_of_the_exporter_is_sound() -> None:
    done = sothat("export", "--config", "exporter.yaml", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
