"""The control interface of a running building, and the commands over it."""

import http.client
import json
import subprocess
from typing import Any

import pytest
import requests

from .conftest import Running, command

pytestmark = pytest.mark.real


def sothat(running: Running, *arguments: str) -> "subprocess.CompletedProcess[str]":
    address = running.control.removeprefix("http://")
    whole = command("building", *arguments, "--address", address)
    return subprocess.run(whole, capture_output=True, text=True, timeout=30, check=False)


def devices(running: Running) -> dict[str, dict[str, Any]]:
    answer = requests.get(f"{running.control}/api/v1/devices", timeout=5).json()
    return {device["name"]: device for device in answer["devices"]}


def test_health_and_readiness(building: Running) -> None:
    for path in ("healthy", "ready"):
        assert requests.get(f"{building.control}/-/{path}", timeout=5).status_code == 200


def test_the_list_agrees_with_the_files(building: Running) -> None:
    listed = devices(building)
    assert listed.keys() == building.devices.keys()
    assert len(listed) == 34
    for name, entry in building.devices.items():
        assert listed[name]["id"] == entry["id"]
        assert listed[name]["faults"] == []
    gateway, child = listed["mill-gateway"], listed["mill-yard-door"]
    assert child["gateway"] == "mill-gateway"
    assert (child["address"], child["version"]) == (gateway["address"], gateway["version"])


def test_no_answer_holds_a_key(building: Running) -> None:
    text = requests.get(f"{building.control}/api/v1/devices", timeout=5).text
    log = (building.data / "log").read_text(encoding="utf-8")
    for entry in building.devices.values():
        assert entry["key"] not in text
        assert entry["key"] not in log


def test_faults_come_and_go(building: Running) -> None:
    base = f"{building.control}/api/v1/devices/harbour-main-door/faults"
    assert building.put("harbour-main-door", "slow").json()["faults"] == ["slow"]
    assert building.put("harbour-main-door", "firmware-stuck").json()["faults"] == [
        "firmware-stuck",
        "slow",
    ]
    assert requests.delete(f"{base}/slow", timeout=5).json()["faults"] == ["firmware-stuck"]
    assert requests.delete(f"{base}/slow", timeout=5).status_code == 200
    assert requests.delete(base, timeout=5).json()["faults"] == []


@pytest.mark.parametrize(
    ("device", "fault", "parameters", "status", "said"),
    [
        ("nobody", "offline", {}, 404, "no device 'nobody'"),
        ("harbour-lobby-plug", "on-fire", {}, 404, "no fault 'on-fire'"),
        ("harbour-lobby-plug", "offline", {"seconds": 1}, 409, "no parameter 'seconds'"),
        ("harbour-lobby-plug", "slow", {"seconds": -1}, 409, "0 to 300"),
        ("harbour-lobby-plug", "slow", {"seconds": "1"}, 409, "must be a number"),
        ("harbour-lobby-plug", "battery-draining", {}, 409, "has no battery"),
        ("harbour-store-door", "wrong-key", {}, 409, "give harbour-gateway the fault"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(
    building: Running, device: str, fault: str, parameters: dict[str, Any], status: int, said: str
) -> None:
    answer = building.put(device, fault, **parameters)
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]
    assert not any(device["faults"] for device in devices(building).values())


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[]", 400), (b"[" * 60_000, 400), (b" " * 70_000, 413)]
)
def test_a_body_that_is_no_object_is_refused(building: Running, body: bytes, status: int) -> None:
    url = f"{building.control}/api/v1/devices/harbour-lobby-plug/faults/slow"
    assert requests.put(url, data=body, timeout=5).status_code == status


def test_a_foreign_host_name_is_refused(building: Running) -> None:
    """A page on the web may point its own name at loopback; it must not reach us by it."""
    connection = http.client.HTTPConnection(building.control.removeprefix("http://"), timeout=5)
    connection.request("DELETE", "/api/v1/faults", headers={"Host": "evil.example"})
    assert connection.getresponse().status == 400
    connection.close()


def test_the_command_line_gives_and_takes_faults(building: Running) -> None:
    given = sothat(building, "fault", "harbour-main-door", "slow", "--param", "seconds=2")
    assert (given.returncode, given.stdout.split()[-1]) == (0, "slow")
    listed = sothat(building, "list")
    heading, *lines = listed.stdout.splitlines()
    assert heading.split() == ["device", "address", "version", "product", "faults"]
    assert len(lines) == 34
    assert "harbour-main-door" in listed.stdout
    assert sothat(building, "heal", "harbour-main-door").stdout.split()[-1] == "–"
    building.put("mill-main-door", "offline")
    assert sothat(building, "heal").returncode == 0
    shown = json.loads(sothat(building, "list", "--json").stdout)["devices"]
    assert [device["faults"] for device in shown] == [[]] * 34


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("fault", "nobody", "offline"), "there is no device 'nobody' [unknown-device]"),
        (("fault", "../..", "offline"), "[not-found]"),
        (("fault", "harbour-lobby-plug", "on-fire"), "[unknown-fault]"),
        (("fault", "harbour-lobby-plug", "slow", "--param", "seconds"), "[bad-parameter]"),
        (("fault", "harbour-lobby-plug", "slow", "--param", "minutes=1"), "[fault-refused]"),
        (("fault", "harbour-lobby-plug", "slow", "--param", "seconds=nan"), "[bad-parameter]"),
        (("heal", "nobody"), "hint: `sothat building list`"),
    ],
)
def test_the_command_line_explains_what_it_cannot_do(
    building: Running, arguments: tuple[str, ...], said: str
) -> None:
    result = sothat(building, *arguments)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_the_address_may_be_a_url(building: Running) -> None:
    whole = command("building", "list", "--address", f"{building.control}/")
    result = subprocess.run(whole, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 0, result.stderr
    assert "127." in result.stdout


def test_the_command_line_says_when_nobody_is_there() -> None:
    whole = command("building", "list", "--address", "127.0.0.1:1")
    result = subprocess.run(whole, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 2
    assert "no building answers at 127.0.0.1:1 [no-building]" in result.stderr
