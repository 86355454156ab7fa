"""The exporter keeps the contract of exporters, also where its folder has gone."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sothat.exporters import kit
from web_shop.orders.collector import COLLECTOR

HERE = Path(__file__).parents[1]
OPENED = partial(kit.opened, COLLECTOR, folder=HERE)
ORDERS = kit.Polling(
    open=lambda: OPENED({"folder": "sample-orders"}),
    dead=lambda: OPENED({"folder": "nowhere"}),
    hostile=[lambda: OPENED({"folder": "README.md"})],
)


@pytest.mark.parametrize("check", kit.CHECKS)
def test_the_contract_of_exporters(check: Callable[[kit.Polling], None]) -> None:
    check(ORDERS)


def test_its_configuration_is_sound() -> None:
    command = [sys.executable, "-m", "sothat.commands", "export"]
    asked = [*command, "--config", "exporter.yaml", "--check"]
    done = subprocess.run(asked, cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
