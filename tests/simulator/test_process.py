"""The process: what it refuses, how it starts again, how it stops."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import requests
from sothat.model.problem import Unusable
from sothat.simulator.process import parse_listen, parse_subnet

from .conftest import DEMO, command, free_port, free_subnet, start, wait_until

SMALL = """\
apiVersion: sothat/v1
kind: Building
max_clients: 2
idle_seconds: 1
sites:
  north: {client: a, contract: premium}
devices:
  - {name: old, product: metering-plug, version: 3.3, site: north, floor: g, room: r}
  - {name: new, product: door-sensor, version: 3.5, site: north, floor: g, room: r}
"""


def refused(data: Path, *options: str) -> str:
    """Return what a building says that does not start, and see that it wrote nothing."""
    whole = command("building", "serve", "--config", str(DEMO), "--data", str(data), *options)
    result = subprocess.run(whole, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert not (data / "building").exists()
    return result.stderr


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0.0.0.0:9782", "not-loopback"),
        ("192.168.1.1:9782", "not-loopback"),
        ("example.org:9782", "not-loopback"),
        ("127.0.0.1", "bad-address"),
        ("127.0.0.1:", "bad-address"),
        ("127.0.0.1:70000", "bad-address"),
        (":9782", "bad-address"),
        ("127.0.0.1:٣", "bad-address"),
    ],
)
def test_the_control_interface_is_for_loopback_only(text: str, code: str) -> None:
    with pytest.raises(Unusable) as error:
        parse_listen(text)
    assert [problem.code for problem in error.value.problems] == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("10.0.0", "not-loopback"),
        ("127.0.999", "not-loopback"),
        ("127", "bad-subnet"),
        ("127.1.2.3", "bad-subnet"),
        ("127.a.b", "bad-subnet"),
        ("", "bad-subnet"),
    ],
)
def test_devices_live_on_loopback_only(text: str, code: str) -> None:
    with pytest.raises(Unusable) as error:
        parse_subnet(text)
    assert [problem.code for problem in error.value.problems] == [code]


def test_addresses_that_are_fine() -> None:
    assert parse_subnet("127.77.0") == "127.77.0"
    assert parse_subnet("127.77") == "127.77.0"
    assert (parse_listen("localhost:0").host, parse_listen("127.3.4.5:80").port) == (
        "127.0.0.1",
        80,
    )


@pytest.mark.real
def test_a_taken_device_port_is_one_problem_and_nothing_starts(tmp_path: Path) -> None:
    subnet = free_subnet()
    taken = [socket.create_server((f"{subnet}.{number}", 6668)) for number in (3, 9)]
    said = refused(tmp_path, "--listen", f"127.0.0.1:{free_port()}", "--subnet", subnet)
    assert f"port 6668 is taken on {subnet}.3, {subnet}.9 [address-in-use]" in said
    assert said.count("error:") == 1
    for sock in taken:
        sock.close()


@pytest.mark.real
def test_a_taken_control_port_is_one_problem_and_nothing_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        said = refused(tmp_path, "--listen", at, "--subnet", free_subnet())
    assert f"cannot listen on {at}" in said
    assert said.count("error:") == 1


@pytest.mark.real
def test_a_second_building_on_the_same_addresses_is_refused(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    with start(tmp_path / "first") as first:
        options = ("--listen", f"127.0.0.1:{free_port()}", "--subnet", first.subnet)
        said = refused(tmp_path / "second", *options)
    assert f"port 6668 is taken on {first.subnet}.1," in said
    assert "and 21 more [address-in-use]" in said


@pytest.mark.real
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly_even_with_clients(tmp_path: Path, number: int) -> None:
    with start(tmp_path) as running:
        clients = [running.client(name) for name in ("harbour-lobby-plug", "harbour-server-plug")]
        assert all("dps" in client.status() for client in clients)
        running.put("mill-main-door", "offline")
        running.put("harbour-main-door", "slow", seconds=300)
        started = time.monotonic()
        running.process.send_signal(number)
        assert running.process.wait(30) == 0
        assert time.monotonic() - started < 30
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "building stopped" in log
    assert "Traceback" not in log
    assert "level=error" not in log


@pytest.mark.real
def test_after_a_kill_it_starts_again_with_the_same_keys(tmp_path: Path) -> None:
    with start(tmp_path) as first:
        before = first.devices
        client = first.client("harbour-kitchen-plug")
        assert "dps" in client.status()
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait(10)
        with start(tmp_path, subnet=first.subnet) as second:
            assert second.devices == before
            client.close()
            assert "dps" in client.status()


@pytest.mark.real
def test_other_limits_from_the_file(tmp_path: Path) -> None:
    config = tmp_path / "building.yaml"
    config.write_text(SMALL, encoding="utf-8")
    with start(tmp_path, config) as running:
        clients = [running.client("old", connection_timeout=0.5) for _ in range(3)]
        assert ["dps" in client.status() for client in clients] == [True, True, False]
        connection = clients[0].socket
        # A silent connection is closed by the device: reading from it comes to its end.
        connection.settimeout(5)
        assert wait_until(lambda: connection.recv(100) == b"")


@pytest.mark.real
def test_an_address_taken_meanwhile_keeps_the_device_offline(tmp_path: Path) -> None:
    config = tmp_path / "building.yaml"
    config.write_text(SMALL, encoding="utf-8")
    with start(tmp_path, config) as running:
        running.put("old", "offline").raise_for_status()
        with socket.create_server((f"{running.subnet}.1", 6668)):
            answer = requests.delete(f"{running.control}/api/v1/faults", timeout=5)
            assert answer.status_code == 409
            assert "cannot listen on" in answer.json()["error"]["message"]
        running.heal_all()
        assert "dps" in running.client("old").status()


@pytest.mark.real
def test_prepare_writes_the_files_and_lets_go_of_the_addresses(tmp_path: Path) -> None:
    subnet = free_subnet()
    options = ["--config", str(DEMO), "--data", str(tmp_path), "--subnet", subnet]
    listen = f"127.0.0.1:{free_port()}"
    whole = command("building", "prepare", *options, "--listen", listen)
    assert subprocess.run(whole, timeout=30, check=False).returncode == 0
    keys = (tmp_path / "building" / "devices.json").read_text(encoding="utf-8")
    with start(tmp_path, subnet=subnet):
        assert (tmp_path / "building" / "devices.json").read_text(encoding="utf-8") == keys
