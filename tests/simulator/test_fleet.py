"""A fleet from templates: what happens in it of its own accord, and tinytuya's view of it."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
import requests
from sothat.model.problem import Unusable
from sothat.simulator.process import prepare
from sothat.simulator.wire.broadcasts import broadcast
from tinytuya.core.udp_helper import decrypt_udp

from .conftest import Running, start, wait_until

pytestmark = pytest.mark.real

VERSIONS = ("3.1", "3.2", "3.3", "3.4", "3.5")
FLEET = """\
apiVersion: sothat/v1
kind: Building
sites:
  tower: {client: a, contract: premium}
fleet:
  - name: plug
    product: metering-plug
    count: 5
    versions: [3.1, 3.2, 3.3, 3.4, 3.5]
    sites: [tower]
  - name: hub
    product: zigbee-gateway
    count: 1
    sites: [tower]
    children: [{name: climate, product: zigbee-climate-sensor, count: 3}]
"""


def write(folder: Path, more: str) -> Path:
    file = folder / "building.yaml"
    file.write_text(FLEET + more, encoding="utf-8")
    return file


@pytest.mark.parametrize("version", VERSIONS)
def test_broadcasts_are_what_tinytuya_reads(version: str) -> None:
    said = {"ip": "127.0.0.9", "gwId": "bf01", "version": version}
    assert json.loads(decrypt_udp(broadcast(said, version, os.urandom))) == said


@pytest.mark.parametrize("version", VERSIONS)
def test_tinytuya_reads_and_switches_a_plug_of_each_version(tmp_path: Path, version: str) -> None:
    with start(tmp_path, write(tmp_path, "")) as running:
        name = f"plug-{VERSIONS.index(version) + 1}"
        client = running.client(name, version=3.3)
        # Of a device of 3.2, tinytuya would ask for the points on construction.
        client.set_dpsUsed({str(number): None for number in (1, 9, 17, 18, 19, 20, 201)})
        client.set_version(float(version))
        assert client.status()["dps"]["1"] is True
        client.set_value(1, False)  # noqa: FBT003 – the library's signature
        assert client.status()["dps"]["1"] is False


def test_devices_make_themselves_known(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("", 0))
        ear.settimeout(20)
        port = ear.getsockname()[1]
        more = f"broadcast: {{seconds: 0.2, ports: [{port}, {port}]}}\n"
        with start(tmp_path, write(tmp_path, more)) as running:
            heard: dict[str, Any] = {}

            def all_heard() -> bool:
                said = json.loads(decrypt_udp(ear.recv(4096)))
                heard[said["gwId"]] = said
                return len(heard) == 6

            wait_until(all_heard)
            for entry in running.devices.values():
                if entry["ip"]:
                    said = heard[entry["id"]]
                    assert (said["ip"], said["version"]) == (entry["ip"], entry["version"])


def test_a_sleeper_is_off_the_network_but_for_its_waking(tmp_path: Path) -> None:
    more = (
        "  - {name: door, product: door-sensor, count: 1, sites: [tower],"
        " sleep: {every: 40s, awake: 20s}}\nclock: {factor: 10}\n"
    )
    with start(tmp_path, write(tmp_path, more)) as running:
        for wanted in (True, False, True):
            _wait_for(running, "door-1", wanted)
        text = (running.data / "building" / "inventory.yaml").read_text(encoding="utf-8")
        assert "report_interval: 1m20s" in text


def test_faults_come_and_go_by_the_script(tmp_path: Path) -> None:
    more = (
        "script:\n  - {at: 20s, fault: offline, devices: [plug-3], for: 20s, every: 60s}\n"
        "clock: {factor: 10}\n"
    )
    with start(tmp_path, write(tmp_path, more)) as running:
        for wanted in (False, True, False, True):
            _wait_for(running, "plug-3", wanted)


def test_changes_are_reported_unasked(tmp_path: Path) -> None:
    more = (
        "  - {name: motion, product: motion-sensor, count: 1, versions: [3.4], sites: [tower]}\n"
        "report_seconds: 0.1\nclock: {factor: 300, start: 2026-01-05T10:00:00Z}\n"
    )
    with start(tmp_path, write(tmp_path, more)) as running:
        client = running.client("motion-1", connection_timeout=1)
        assert client.status()["dps"]["1"] in ("pir", "none")
        seen = [wait_until(client.receive)["dps"] for _ in range(3)]
        assert [set(points) for points in seen] == [{"1"}] * 3
        assert len({points["1"] for points in seen}) == 2


def test_simulated_time_runs_as_told(tmp_path: Path) -> None:
    more = "clock: {factor: 3600, start: 2026-01-05T06:00:00Z}\n"
    with start(tmp_path, write(tmp_path, more)) as running:
        client = running.client("plug-3")
        first = client.status()["dps"]["17"]
        # An hour goes by in a second; energy adds up accordingly.
        client.updatedps([17])
        wait_until(lambda: (client.updatedps([17]), client.status()["dps"]["17"])[1] > first)


def test_a_fleet_that_does_not_fit_behind_its_subnet_is_refused(tmp_path: Path) -> None:
    more = "  - {name: air, product: air-monitor, count: 600, sites: [tower]}\n"
    with pytest.raises(Unusable, match="do not fit"):
        prepare(write(tmp_path, more), tmp_path, "127.0.0.1:0", "127.9.254")
    assert not (tmp_path / "building").exists()


def test_two_thousand_devices_serve_on_several_subnets(tmp_path: Path) -> None:
    more = "  - {name: air, product: air-monitor, count: 1991, sites: [tower]}\n"
    with start(tmp_path, write(tmp_path, more), subnet="127.181.0") as running:
        answer = requests.get(f"{running.control}/api/v1/devices", timeout=20).json()
        assert len(answer["devices"]) == 2000
        entry = running.devices["air-1991"]
        assert entry["ip"] == "127.181.7.219"
        assert running.client("air-1991").status()["dps"]["2"] >= 400


def _wait_for(running: Running, name: str, wanted: bool) -> None:  # noqa: FBT001 – a value to wait for
    wait_until(lambda: _answers(running, name) == wanted)


def _answers(running: Running, name: str) -> bool:
    entry = running.devices[name]
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex((entry["ip"], 6668)) == 0
