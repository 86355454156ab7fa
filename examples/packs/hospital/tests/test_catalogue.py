"""The catalogue is sound, and each of its alerts has a test that promtool passes."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parents[1]
CATALOGUE = ("--catalogue", str(HERE / "alert_rules"), "--values", str(HERE / "values.yaml"))
OWN = (
    "MedicineStoreTooWarm",
    "MedicineStoreTooCold",
    "TheatrePressureLost",
    "TheatreAirTooSlow",
    "MainsLost",
    "GeneratorWouldNotStart",
    "GeneratorFuelLow",
    "LiftHoldsSomebody",
    "BedLiftStands",
    "LiftsUnknown",
)
TAKEN_OVER = ("HostDown", "MqttTopicsSilent", "Watchdog")
BOARDS = ("stores", "power", "lifts")


def sothat(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as people do."""
    command = [sys.executable, "-m", "sothat.commands", *words]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)


def test_the_catalogue_is_sound() -> None:
    done = sothat("check", *CATALOGUE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_built_with_its_tests_and_boards(tmp_path: Path) -> None:
    done = sothat("build", *CATALOGUE, "-o", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    tests = "".join(file.read_text() for file in tmp_path.rglob("prometheus/tests/*.yaml"))
    for alert in (*OWN, *TAKEN_OVER):
        assert f'alertname="{alert}"' in tests
    for name in BOARDS:
        assert list(tmp_path.rglob(f"dashboards/operational/hospital-building-{name}.json"))


def test_promtool_passes_every_test_of_our_own_alerts() -> None:
    done = sothat("prove", *CATALOGUE, *(word for name in OWN for word in ("--alert", name)))
    assert done.returncode == 0, done.stdout + done.stderr
