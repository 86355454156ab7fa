"""Unmodified tinytuya clients and raw sockets against a running building."""

import os
import socket
import time
from typing import Any

import pytest
from sothat.simulator.wire.commands import Command
from sothat.simulator.wire.frames import Frame, pack_55aa
from tinytuya.core.message_helper import MessagePayload

from .conftest import Running

pytestmark = pytest.mark.real

PLUGS = {"3.3": "harbour-lobby-plug", "3.4": "harbour-kitchen-plug", "3.5": "harbour-server-plug"}
plug_of_each_version = pytest.mark.parametrize("plug", list(PLUGS.values()), ids=PLUGS)
gateways = pytest.mark.parametrize("gateway", ["harbour-gateway", "mill-gateway"])


def physical(running: Running, name: str, points: dict[str, Any]) -> dict[str, Any]:
    """Return the points by code, scaled as the device's own mapping says."""
    mapping = running.devices[name]["mapping"]
    return {
        mapping[number]["code"]: value / 10 ** mapping[number]["values"]["scale"]
        if mapping[number]["type"] == "Integer"
        else value
        for number, value in points.items()
    }


def test_every_device_answers_with_its_points(building: Running) -> None:
    direct = [name for name, entry in building.devices.items() if not entry["sub"]]
    assert len(direct) == 24
    for name in direct:
        status = building.client(name, persist=False).status()
        assert set(status["dps"]) == set(building.devices[name]["mapping"]), name


def test_all_three_versions_and_two_gateways_are_there(building: Running) -> None:
    entries = building.devices.values()
    versions = [entry["version"] for entry in entries if not entry["sub"]]
    assert {version: versions.count(version) for version in set(versions)} == {
        "3.3": 8,
        "3.4": 8,
        "3.5": 8,
    }
    parents = [entry["parent"] for entry in entries if entry["sub"]]
    assert sorted(parents.count(parent) for parent in set(parents)) == [5, 5]


@plug_of_each_version
def test_a_plug_measures_and_obeys(building: Running, plug: str) -> None:
    client = building.client(plug)
    readings = physical(building, plug, client.status()["dps"])
    assert readings["switch_1"] is True
    assert 220 < readings["cur_voltage"] < 240
    assert 0 < readings["cur_power"] < 1000
    watts = readings["cur_voltage"] * readings["cur_current"] / 1000
    assert watts == pytest.approx(readings["cur_power"], rel=0.05, abs=0.5)
    assert client.turn_off()["dps"] == {"1": False}
    off = physical(building, plug, client.status()["dps"])
    assert (off["switch_1"], off["cur_power"]) == (False, 0)
    assert client.turn_on()["dps"] == {"1": True}


@plug_of_each_version
def test_one_connection_serves_many_requests(building: Running, plug: str) -> None:
    # The client passes over so many empty answers in a row: those of heartbeat and refresh here.
    client = building.client(plug, connection_retry_limit=5)
    client.status()
    connection = client.socket
    for _ in range(20):
        client.heartbeat()
        assert client.updatedps([19])["dps"].keys() == {"19"}
    assert client.socket is connection


@plug_of_each_version
def test_what_cannot_be_set_is_acknowledged_with_an_error_code(
    building: Running, plug: str
) -> None:
    client = building.client(plug, connection_timeout=0.3)
    for number, value in ((19, 5), (99, 1), (1, "on"), (9, 10**9)):
        assert client.set_value(number, value) is None
        assert client.cmd_retcode == 1
    assert client.status()["dps"]["1"] is True


def test_a_thermostat_takes_a_new_target(building: Running) -> None:
    for name in ("harbour-lobby-thermostat", "harbour-office-1-thermostat"):
        client = building.client(name)
        assert client.set_multiple_values({"16": 235, "2": "manual"})["dps"] == {
            "16": 235,
            "2": "manual",
        }
        assert physical(building, name, client.status()["dps"])["temp_set"] == 23.5


@gateways
def test_children_answer_through_their_gateway(building: Running, gateway: str) -> None:
    client = building.client(gateway)
    assert client.status()["dps"]["32"] == "normal"
    entries = building.devices
    children = [n for n, e in entries.items() if e.get("parent") == entries[gateway]["id"]]
    for name in children:
        child = building.child(name, client)
        status = child.status()
        assert status["cid"] == entries[name]["node_id"]
        assert set(status["dps"]) == set(entries[name]["mapping"])
        assert child.updatedps([1])["dps"].keys() == {"1"}


@gateways
def test_a_gateway_names_its_children(building: Running, gateway: str) -> None:
    client = building.client(gateway)
    entries = building.devices
    there = [e["node_id"] for e in entries.values() if e.get("parent") == entries[gateway]["id"]]
    answer = client.subdev_query()
    assert answer["reqType"] == "subdev_online_stat_report"
    assert answer["data"] == {"online": there, "offline": []}


def test_a_child_nobody_knows_is_an_error(building: Running) -> None:
    gateway = building.client("harbour-gateway", connection_timeout=0.3)
    stranger = building.child("mill-yard-door", gateway)
    # The client takes an answer without its cid for another child's and waits on.
    assert stranger.status() is None
    gateway._send_receive(stranger.generate_payload(Command.DP_QUERY))
    assert gateway.cmd_retcode == 1


def test_a_request_in_pieces_and_two_in_one_are_answered(building: Running) -> None:
    client = building.client("harbour-lobby-plug")
    heartbeats = [pack_55aa(Frame(number, Command.HEART_BEAT)) for number in (7, 8)]
    with socket.create_connection((client.address, 6668), 2) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in heartbeats[0]:
            sock.sendall(bytes([byte]))
        assert sock.recv(100) == pack_55aa(Frame(7, Command.HEART_BEAT, b"", 0))
        sock.sendall(b"".join(heartbeats))
        answers = b"".join(
            pack_55aa(Frame(number, Command.HEART_BEAT, b"", 0)) for number in (7, 8)
        )
        received = b""
        while len(received) < len(answers):
            received += sock.recv(len(answers) - len(received))
        assert received == answers


@plug_of_each_version
def test_noise_kills_neither_the_device_nor_the_building(building: Running, plug: str) -> None:
    client = building.client(plug)
    with socket.create_connection((client.address, 6668), 2) as sock:
        sock.sendall(os.urandom(10_000))
        sock.sendall(b"\x00\x00\x55\xaa" + b"\xff" * 12 + os.urandom(2000))
        sock.sendall(b"\x00\x00\x66\x99" + b"\xff" * 14 + os.urandom(2000))
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert "dps" in client.status()


def test_a_wrong_version_is_not_answered(building: Running) -> None:
    client = building.client("harbour-lobby-plug", version=3.5, connection_timeout=0.3)
    assert client.status()["Err"] == "914"


def test_one_more_client_is_reset(building: Running) -> None:
    first = building.client("harbour-lobby-plug")
    second = building.client("harbour-lobby-plug")
    assert "dps" in first.status()
    assert second.status()["Err"] == "901"
    assert "dps" in first.status()
    first.close()
    assert "dps" in second.status()


def test_one_more_client_fails_the_handshake(building: Running) -> None:
    first = building.client("harbour-server-plug")
    assert "dps" in first.status()
    started = time.monotonic()
    assert building.client("harbour-server-plug").status()["Err"] == "914"
    assert time.monotonic() - started < 10


@plug_of_each_version
def test_a_client_that_reconnects_each_time_never_meets_itself(
    building: Running, plug: str
) -> None:
    client = building.client(plug, persist=False)
    client.set_sendWait(None)
    assert all("dps" in client.status() for _ in range(30))


def test_a_query_as_old_clients_make_it(building: Running) -> None:
    """The device22 way: CONTROL_NEW with empty points; there is nothing to set in it."""
    client = building.client("harbour-lobby-plug", connection_timeout=0.3)
    client._send_receive(MessagePayload(Command.CONTROL_NEW, b'{"dps":{"1":null}}'))
    assert client.cmd_retcode == 1
