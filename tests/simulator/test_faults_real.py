"""Every fault as an unmodified tinytuya client sees it."""

import time
from typing import Any

import pytest

from .conftest import Running, wait_until

pytestmark = pytest.mark.real

PLUGS = {"3.3": "harbour-lobby-plug", "3.4": "harbour-kitchen-plug", "3.5": "harbour-server-plug"}
plug_of_each_version = pytest.mark.parametrize("plug", list(PLUGS.values()), ids=PLUGS)


def timed(request: Any) -> tuple[Any, float]:
    started = time.monotonic()
    return request(), time.monotonic() - started


def inflict(running: Running, device: str, fault: str, **parameters: float) -> None:
    running.put(device, fault, **parameters).raise_for_status()


@plug_of_each_version
def test_offline_refuses_at_once_and_drops_who_is_there(building: Running, plug: str) -> None:
    client = building.client(plug)
    assert "dps" in client.status()
    inflict(building, plug, "offline")
    answer, seconds = timed(client.status)
    assert answer["Err"] == "901"
    assert seconds < 1
    building.heal_all()
    assert "dps" in client.status()


def test_offline_twice_and_healed_twice(building: Running) -> None:
    for _ in range(2):
        inflict(building, "mill-main-door", "offline")
    for _ in range(2):
        building.heal_all()
    assert "dps" in building.client("mill-main-door").status()


@pytest.mark.parametrize(
    ("plug", "error"),
    list(zip(PLUGS.values(), ("902", "914", "914"), strict=True)),
    ids=PLUGS,
)
def test_silent_accepts_and_never_answers(building: Running, plug: str, error: str) -> None:
    inflict(building, plug, "silent")
    client = building.client(plug, connection_timeout=0.5)
    answer, seconds = timed(client.status)
    assert answer["Err"] == error
    assert seconds >= 0.5


@plug_of_each_version
def test_silent_catches_open_connections_too(building: Running, plug: str) -> None:
    client = building.client(plug, connection_timeout=0.5)
    assert "dps" in client.status()
    inflict(building, plug, "silent")
    assert client.status()["Err"] in {"902", "914"}
    building.heal_all()
    assert "dps" in client.status()


@plug_of_each_version
def test_slow_answers_after_its_delay(building: Running, plug: str) -> None:
    client = building.client(plug)
    client.status()
    inflict(building, plug, "slow", seconds=0.7)
    answer, seconds = timed(client.status)
    assert "dps" in answer
    assert 0.7 <= seconds < 2


def test_a_client_that_gives_up_on_a_slow_device_can_come_again(building: Running) -> None:
    plug = PLUGS["3.3"]
    inflict(building, plug, "slow", seconds=60)
    client = building.client(plug, connection_timeout=0.3)
    assert client.status()["Err"] == "902"
    building.heal_all()
    assert "dps" in client.status()


@pytest.mark.parametrize(
    ("plug", "errors"),
    list(zip(PLUGS.values(), ({"904", "900"}, {"914"}, {"914"}), strict=True)),
    ids=PLUGS,
)
def test_wrong_key_is_told_from_silence_by_its_speed(
    building: Running, plug: str, errors: set[str]
) -> None:
    client = building.client(plug)
    assert "dps" in client.status()
    inflict(building, plug, "wrong-key")
    answer, seconds = timed(building.client(plug).status)
    assert answer["Err"] in errors
    assert seconds < 1
    building.heal_all()
    assert "dps" in building.client(plug).status()


@plug_of_each_version
def test_an_error_burst_never_gives_points(building: Running, plug: str) -> None:
    inflict(building, plug, "error-burst")
    client = building.client(plug, connection_timeout=0.3)
    answers = [client.status() for _ in range(6)]
    assert {answer["Err"] for answer in answers if answer} <= {"900", "902", "904"}
    assert any(answers)
    building.heal_all()
    client.close()
    assert "dps" in client.status()


@pytest.mark.parametrize("sensor", ["harbour-main-door", "harbour-server-door", "mill-main-door"])
def test_firmware_stuck_reports_the_previous_version(building: Running, sensor: str) -> None:
    client = building.client(sensor)
    assert client.status()["dps"]["201"] == "1.1.3"
    inflict(building, sensor, "firmware-stuck")
    assert client.status()["dps"]["201"] == "1.0.8"
    building.heal_all()
    assert client.status()["dps"]["201"] == "1.1.3"


def test_a_draining_battery_falls_to_its_floor_and_is_replaced(building: Running) -> None:
    client = building.client("harbour-main-door")
    assert client.status()["dps"]["2"] > 50
    inflict(building, "harbour-main-door", "battery-draining", rate=100, floor=7)
    assert wait_until(lambda: client.status()["dps"]["2"] == 7, 5)
    building.heal_all()
    assert client.status()["dps"]["2"] == 100


@pytest.mark.parametrize("fault", ["offline", "silent", "wrong-key"])
def test_a_gateways_fault_takes_its_children_along(building: Running, fault: str) -> None:
    inflict(building, "mill-gateway", fault)
    gateway = building.client("mill-gateway", connection_timeout=0.4)
    child = building.child("mill-yard-door", gateway)
    assert child.status()["Err"] in {"901", "914"}
    building.heal_all()
    assert "dps" in child.status()


def test_a_gateways_delay_takes_its_children_along(building: Running) -> None:
    gateway = building.client("mill-gateway")
    child = building.child("mill-yard-door", gateway)
    inflict(building, "mill-gateway", "slow", seconds=0.5)
    answer, seconds = timed(child.status)
    assert "dps" in answer
    assert seconds >= 0.5


def test_a_lost_child_keeps_its_last_values_and_is_listed_offline(building: Running) -> None:
    gateway = building.client("harbour-gateway")
    lost = building.child("harbour-store-door", gateway)
    before = lost.status()["dps"]
    inflict(building, "harbour-store-door", "offline")
    inflict(building, "harbour-store-door", "firmware-stuck")
    assert lost.status()["dps"] == before
    assert gateway.subdev_query()["data"]["offline"] == [lost.cid]
    building.heal_all()
    assert gateway.subdev_query()["data"]["offline"] == []


def test_a_silent_child_leaves_its_siblings_alone(building: Running) -> None:
    gateway = building.client("harbour-gateway", connection_timeout=0.4)
    silent = building.child("harbour-store-door", gateway)
    sibling = building.child("harbour-roof-door", gateway)
    inflict(building, "harbour-store-door", "silent")
    assert silent.status()["Err"] == "902"
    assert "dps" in sibling.status()
    assert "dps" in gateway.status()
