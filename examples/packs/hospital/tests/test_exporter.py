"""The lifts' exporter keeps the contract of exporters; the sensors' streams are as declared."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
import yaml
from hospital_building.lifts.collector import COLLECTOR
from hospital_building.sensors.contract import contract
from sothat.exporters import kit
from sothat.exporters.mqtt.collector import COLLECTOR as MQTT
from sothat.exporters.source import Source

HERE = Path(__file__).parents[1]
ANSWER = b'{"lifts": [{"name": "bed-1", "use": "bed", "runs": true, "holds": false}]}\n'


def well(line: socket.socket, _over: Event) -> None:
    """Answer as a controller does."""
    line.recv(100)
    line.sendall(ANSWER)


def odd(line: socket.socket, _over: Event) -> None:
    """Answer with JSON that is none of a controller's."""
    line.recv(100)
    line.sendall(b'{"lifts": [7]}\n')


def opened(host: str, port: int) -> Source:
    return kit.opened(COLLECTOR, {"host": host, "port": port}, HERE)


@pytest.fixture
def lifts() -> Iterator[kit.Polling]:
    """Give the collector with a controller that is well, and others that are not."""
    with kit.hostile(well) as good, kit.hostile(odd) as bad:
        yield kit.Polling(
            open=lambda: opened("127.0.0.1", good),
            at=opened,
            hostile=[lambda: opened("127.0.0.1", bad)],
        )


@pytest.mark.parametrize("check", kit.CHECKS)
def test_the_contract_of_exporters(
    lifts: kit.Polling, check: Callable[[kit.Polling], None]
) -> None:
    check(lifts)


def test_the_streams_become_what_the_contract_declares() -> None:
    said, *_ = yaml.safe_load((HERE / "exporter.yaml").read_text())["collectors"]
    settings = {key: said[key] for key in said if key not in ("type", "name")}
    families = kit.opened(MQTT, settings, HERE).contract.families
    found = {each.name: each.label_names for each in families}
    declared = {each.name: each.label_names for each in contract().families}
    assert declared.items() <= found.items()


def test_its_configuration_is_sound() -> None:
    command = [sys.executable, "-m", "sothat.commands", "export"]
    asked = [*command, "--config", "exporter.yaml", "--check"]
    done = subprocess.run(asked, cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
