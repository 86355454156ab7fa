"""The pack's own proof: the catalogue is sound, and what is in the package keeps its contracts."""

import subprocess
import sys
from pathlib import Path

import pytest
from sothat.exporters.clock import Deadline, SystemClock
from web_shop.orders.collector import Orders

HERE = Path(__file__).parents[1]
CATALOGUE = ("--catalogue", str(HERE / "alert_rules"), "--values", str(HERE / "values.yaml"))


def sothat(*words: str, folder: Path = HERE) -> subprocess.CompletedProcess[str]:
    """Run the command as people do."""
    command = [sys.executable, "-m", "sothat.commands", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_catalogue_is_sound() -> None:
    done = sothat("check", *CATALOGUE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_built_with_its_tests_and_boards(tmp_path: Path) -> None:
    done = sothat("build", *CATALOGUE, "-o", str(tmp_path / "compiled"))
    assert done.returncode == 0, done.stdout + done.stderr
    tests = "".join(file.read_text() for file in tmp_path.rglob("prometheus/tests/*.yaml"))
    for alert in ("ShopOrdersWait", "ShopOrderStuck", "ShopOrdersUnknown", "Watchdog"):
        assert f'alertname="{alert}"' in tests
    assert list(tmp_path.rglob("dashboards/operational/web-shop-orders.json"))


@pytest.mark.parametrize("there", [True, False])
def test_the_exporter_tells_what_waits(tmp_path: Path, *, there: bool) -> None:
    folder, clock = tmp_path / "orders", SystemClock()
    if there:
        folder.mkdir()
        (folder / "1.json").write_text("{}")
    samples = Orders(folder, clock).collect(Deadline(clock.monotonic() + 5, clock))
    found = {sample.name: sample.value for sample in samples}
    assert found["shop_orders_up"] == there
    assert found.get("shop_orders_waiting") == (1 if there else None)


def test_the_configuration_of_the_exporter_is_sound() -> None:
    done = sothat("export", "--config", "exporter.yaml", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
