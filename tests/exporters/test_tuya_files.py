"""The device list and the inventory: strict, and no key is ever shown."""

import json

import pytest
from sothat.exporters.tuya.devices import load_devices
from sothat.exporters.tuya.inventory import load_inventory
from sothat.exporters.tuya.points import Point
from sothat.model.problem import Unusable, render

KEY = "q1w2e3r4t5y6u7i8"
PLUG = {
    "name": "plug", "id": "bf01", "key": KEY, "mac": "", "category": "cz", "sub": False,
    "product_name": "Plug", "product_id": "pid", "ip": "127.0.0.2", "version": "3.4",
    "mapping": {
        "18": {"code": "cur_current", "type": "Integer", "values": {"unit": "mA", "scale": 0}},
        "19": {"code": "cur_power", "type": "Integer", "values": '{"unit":"W","scale":1}'},
        "20": {"code": "cur_voltage", "type": "Integer", "values": "broken"},
    },
}  # fmt: skip
GATEWAY = {"name": "gate", "id": "bf02", "key": KEY, "ip": "127.0.0.3", "version": "3.5"}
CHILD = {
    "name": "door", "id": "bf03", "key": "", "sub": True, "node_id": "a1b2", "parent": "bf02",
    "ip": "", "version": "", "product_name": "Door",
}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "devices.json"
        text = content if isinstance(content, str) else json.dumps(content, indent=4)
        path.write_text(text)
        return path

    return write


def test_the_wizards_format(file):
    plug, gate, door = load_devices(file([PLUG, GATEWAY, CHILD]))
    assert (plug.name, plug.address, plug.version, plug.product) == (
        "plug",
        "127.0.0.2",
        "3.4",
        "Plug",
    )
    assert plug.key.reveal() == KEY
    assert plug.points["18"] == Point("cur_current", 0, "mA", "Integer")
    assert plug.points["19"] == Point("cur_power", 1, "W", "Integer")
    assert plug.points["20"] == Point("cur_voltage", None, "", "Integer")
    assert (door.cid, door.parent) == ("a1b2", gate.id)
    assert KEY not in repr(plug)


def test_the_other_form_of_the_file(file):
    assert len(load_devices(file({"devices": [PLUG]}))) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[{"key": "' + KEY + '", ]', "not JSON"),
        ("[" * 100_000, "nested"),
        ({"a": 1}, "list of devices"),
        ([1], "must be a mapping"),
        ([{**PLUG, "id": ""}], "device 1 \\(plug\\) has no id"),
        ([PLUG, {**GATEWAY, "id": "bf01"}], "device 2 has the id of device 1"),
    ],
)
def test_bad_lists_are_refused_without_showing_a_key(file, content, says):
    with pytest.raises(Unusable, match=says) as caught:
        load_devices(file(content))
    shown = "\n".join(map(render, caught.value.problems))
    assert "devices.json" in shown
    assert KEY not in shown


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([{**PLUG, "key": "short"}], "no key of 16"),
        ([{**PLUG, "key": ""}], "no key of 16"),
        ([{**PLUG, "version": "4.0"}], "version '4.0'"),
        ([CHILD], "gateway is not in"),
        ([{**CHILD, "node_id": ""}, GATEWAY], "no node_id"),
        ([{**CHILD, "parent": ""}, GATEWAY], "names no gateway"),
        ([{**CHILD, "parent": "bf03"}, GATEWAY], "is a sub-device itself"),
    ],
)
def test_a_device_that_cannot_be_spoken_to_does_not_stop_the_others(file, entries, says):
    flawed, *others = load_devices(file(entries))
    assert says in flawed.flaw
    assert KEY not in flawed.flaw
    assert [other.flaw for other in others] == [""] * len(others)


def test_names_that_stand_there_twice_are_told_apart_by_the_id(file):
    lamps = [{**PLUG, "name": "lamp"}, {**GATEWAY, "name": "lamp"}]
    entries = [*lamps, {**PLUG, "id": "x", "name": ""}]
    for order in (entries, entries[::-1]):
        names = {device.id: device.name for device in load_devices(file(order))}
        assert names == {"bf01": "lamp (bf01)", "bf02": "lamp (bf02)", "x": "x"}


def test_a_name_that_looks_like_one_told_apart_is_no_second_one(file):
    entries = [
        {**PLUG, "name": "lamp"},
        {**GATEWAY, "name": " lamp "},
        {**PLUG, "id": "x", "name": "lamp (bf01)"},
    ]
    names = [device.name for device in load_devices(file(entries))]
    assert names == ["lamp (bf01) (bf01)", "lamp (bf02)", "lamp (bf01) (x)"]


def test_an_inventory_is_told_the_names_of_those_that_share_one(file, tmp_path):
    path = tmp_path / "inventory.yaml"
    path.write_text("apiVersion: sothat/v1\nkind: Inventory\ndevices: {lamp: {site: hall}}\n")
    lamps = load_devices(file([{**PLUG, "name": "lamp"}, {**GATEWAY, "name": "lamp"}]))
    with pytest.raises(Unusable) as caught:
        load_inventory(path, lamps)
    assert "lamp (bf01), lamp (bf02)" in caught.value.problems[0].hint


def test_a_snapshot_has_newer_addresses(file, tmp_path):
    found = [
        {"ip": "127.0.0.77", "ver": "3.5", "id": "bf01", "name": "plug", "key": KEY, "mac": ""},
        {"ip": "", "ver": "", "id": "bf02", "name": "gate", "key": KEY, "mac": ""},
    ]
    snapshot = tmp_path / "snapshot.json"
    snapshot.write_text(json.dumps({"timestamp": 1.5, "devices": found}))
    plug, gate, door = load_devices(file([PLUG, GATEWAY, CHILD]), snapshot)
    assert (plug.address, plug.version) == ("127.0.0.77", "3.5")
    assert (gate.address, gate.version) == ("127.0.0.3", "3.5")
    assert door.parent == gate.id
    (alone, _) = load_devices(snapshot)
    assert (alone.address, alone.version, alone.key.reveal()) == ("127.0.0.77", "3.5", KEY)


def test_the_wizards_last_address_is_taken(file):
    entry = {key: value for key, value in PLUG.items() if key != "ip"} | {"last_ip": "127.0.0.5"}
    assert load_devices(file([entry]))[0].address == "127.0.0.5"


def inventory(tmp_path, file, text):
    path = tmp_path / "inventory.yaml"
    path.write_text(f"apiVersion: sothat/v1\nkind: Inventory\ndevices:\n{text}")
    return load_inventory(path, load_devices(file([PLUG, GATEWAY, CHILD])))


def test_places(tmp_path, file):
    places = inventory(
        tmp_path,
        file,
        "  plug: {site: hall, product: p, role: direct, target_firmware: 1.4.2}\n"
        "  gate: {site: hall, gateway: gate, role: gateway}\n"
        "  door: {site: hall, gateway: gate, role: child}\n",
    )
    assert (places["plug"].site, places["plug"].target_firmware) == ("hall", "1.4.2")
    assert places["gate"].role == "gateway"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("  lamp: {site: hall}\n", "unknown-device", 4),
        ("  door:\n    site: hall\n    gateway: plug\n", "wrong-gateway", 6),
        ("  plug:\n    site: hall\n    gateway: gate\n", "wrong-gateway", 6),
        ("  plug:\n    sight: hall\n", "unknown-key", 5),
        ("  plug: {}\n", "missing-key", 4),
    ],
)
def test_an_inventory_that_contradicts_the_list(tmp_path, file, text, code, line):
    with pytest.raises(Unusable) as caught:
        inventory(tmp_path, file, text)
    assert (code, line) in [(p.code, p.position.line) for p in caught.value.problems]
