"""The description of a building: what is refused, with its place."""

from pathlib import Path

import pytest
from sothat.model.problem import Unusable
from sothat.simulator.config import load_building
from sothat.simulator.plan import BuildingPlan, Sleep, address_of

from .conftest import DEMO

GOOD = """\
apiVersion: sothat/v1
kind: Building
sites:
  north: {client: a, contract: premium}
devices:
  - {name: gate, product: zigbee-gateway, version: 3.4, site: north, floor: g, room: r}
  - {name: plug, product: metering-plug, version: 3.3, site: north, floor: g, room: r}
  - {name: door, product: zigbee-door-sensor, gateway: gate, site: north, floor: g, room: r}
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "building.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Unusable) as refused:
        load_building(file)
    return [
        f"{p.position.line}:{p.position.column} {p.code}: {p.message}"
        for p in refused.value.problems
        if p.position
    ]


def test_the_demo_is_a_building_of_24_devices_and_ten_behind_gateways() -> None:
    plan = load_building(DEMO)
    direct = [device for device in plan.devices if not device.gateway]
    assert (len(direct), len(plan.devices)) == (24, 34)
    assert sorted(device.host for device in direct) == list(range(1, 25))
    assert [site.name for site in plan.sites] == ["harbour-house", "mill-court"]
    assert sum(device.product.gateway for device in direct) == 2
    assert len({(device.site.name, device.floor) for device in plan.devices}) >= 5


def test_a_child_has_its_gateways_version_and_address(tmp_path: Path) -> None:
    file = tmp_path / "building.yaml"
    file.write_text(GOOD, encoding="utf-8")
    gate, plug, door = load_building(file).devices
    assert (door.version, door.host) == (gate.version, gate.host) == ("3.4", 1)
    assert (plug.version, plug.host) == ("3.3", 2)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: Building", "kind: Bilding", "2:7 unknown-value: 'kind' must be Building"),
        ("sites:", "seeds: 3\nsites:", "3:1 unknown-key: unknown key 'seeds'"),
        ("version: 3.3", "version: 3.6", "7:51 unknown-value: 'version' must be one of"),
        ("version: 3.3, ", "", "7:5 missing-key: the key 'version' is missing"),
        ("product: metering-plug", "product: metring-plug", "7:27 unknown-product: no product"),
        ("gateway: gate", "gateway: plug", "8:56 unknown-gateway: no gateway 'plug'"),
        ("gateway: gate, ", "", "8:5 missing-gateway: a zigbee-door-sensor is reached through"),
        ("version: 3.3", "version: 3.3, gateway: gate", "7:56 needless-gateway: a metering-plug"),
        ("gateway: gate", "gateway: gate, version: 3.4", "8:62 needless-version: a sub-device"),
        ("name: plug", "name: gate", "7:12 duplicate-name: two devices are named 'gate'"),
        ("name: plug", "name: Plug 1", "7:12 bad-format: 'name' must be a name of lower-case"),
        ("contract: premium", "contract: gold", "4:32 unknown-value: 'contract' must be one of"),
        (
            "contract: premium",
            "contract: premium, timezone: Mars/Base",
            "4:51 unknown-timezone: no time zone 'Mars/Base'",
        ),
        (
            "contract: premium",
            "contract: premium, timezone: ../../etc/passwd",
            "4:51 unknown-timezone: no time zone",
        ),
        ("version: 3.3, site: north", "version: 3.3, site: south", "unknown-site: no site 'south'"),
    ],
)
def test_a_contradiction_is_named_with_its_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in GOOD
    (problem,) = problems(tmp_path, GOOD.replace(old, new, 1))
    assert said in problem


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("metering-plug", "nothing").replace("gateway: gate", "gateway: nobody")
    assert len(problems(tmp_path, text)) == 2


FLEET = """\
apiVersion: sothat/v1
kind: Building
sites:
  north: {client: a, contract: premium}
  south: {client: b, contract: premium}
fleet:
  - name: plug
    product: metering-plug
    count: 600
    versions: [3.1, 3.2, 3.3, 3.4, 3.5]
    sites: [north, south]
    faults: {offline: 0.025, silent: 0.025, slow: 0.025, wrong-key: 0.025}
  - name: hub
    product: zigbee-gateway
    count: 3
    sites: [north]
    children: [{name: climate, product: zigbee-climate-sensor, count: 20}]
  - name: door
    product: door-sensor
    count: 5
    sites: [south]
    sleep: {every: 1h, awake: 20s}
script:
  - {at: 10m, fault: silent, fleet: plug, share: 0.1, for: 5m, every: 24h}
  - {at: 1h, fault: slow, devices: [hub-1], parameters: {seconds: 9}}
"""


def load(tmp_path: Path, text: str) -> BuildingPlan:
    file = tmp_path / "building.yaml"
    file.write_text(text, encoding="utf-8")
    return load_building(file)


def test_the_example_of_a_fleet_has_two_thousand_devices() -> None:
    plan = load_building(DEMO.parents[1] / "fleet" / "building.yaml")
    assert len(plan.devices) == 2000
    assert {device.version for device in plan.devices} == {"3.1", "3.2", "3.3", "3.4", "3.5"}
    assert sum(device.sleep is not None for device in plan.devices) == 30


def test_templates_stand_for_many_devices(tmp_path: Path) -> None:
    plan = load(tmp_path, FLEET)
    by_name = {device.name: device for device in plan.devices}
    assert len(plan.devices) == 600 + 3 * 21 + 5
    assert (by_name["plug-001"].version, by_name["plug-004"].version) == ("3.1", "3.4")
    assert {device.site.name for device in plan.devices} == {"north", "south"}
    assert by_name["hub-2-climate-20"].gateway == "hub-2"
    assert by_name["hub-2-climate-20"].host == by_name["hub-2"].host
    assert by_name["door-3"].sleep == Sleep(3600, 20)
    hosts = [device.host for device in plan.devices if not device.gateway]
    assert sorted(hosts) == list(range(1, 609))
    addresses = {address_of("127.9.0", host) for host in hosts}
    assert len(addresses) == 608
    assert address_of("127.9.0", 255) == "127.9.1.1"
    assert not [a for a in addresses if a.endswith((".0", ".255"))]


def test_faults_of_a_template_meet_their_share_and_nobody_twice(tmp_path: Path) -> None:
    plan = load(tmp_path, FLEET)
    start = [step for step in plan.script if not step.at]
    assert {step.fault: len(step.devices) for step in start} == dict.fromkeys(
        ("offline", "silent", "slow", "wrong-key"), 15
    )
    struck = [name for step in start for name in step.devices]
    assert len(set(struck)) == 60
    assert load(tmp_path, FLEET).script == plan.script
    silent, slow = (step for step in plan.script if step.at)
    assert (len(silent.devices), silent.at, silent.lasts, silent.every) == (60, 600, 300, 86400)
    assert (slow.devices, slow.parameters) == (("hub-1",), {"seconds": 9})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sites: [north, south]", "sites: [west]", "unknown-site: no site 'west'"),
        ("product: metering-plug", "product: plug", "unknown-product: no product 'plug'"),
        ("product: metering-plug", "product: zigbee-door-sensor", "missing-gateway"),
        ("product: zigbee-gateway", "product: metering-plug", "needless-gateway"),
        ("{name: climate, product: zigbee-climate-sensor", "{name: x, product: door-sensor", "nee"),
        ("offline: 0.025", "burning: 0.025", "unknown-fault: no fault 'burning'"),
        ("offline: 0.025", "offline: 0.95", "out-of-range: the shares"),
        ("awake: 20s", "awake: 2h", "out-of-range: 'awake'"),
        ("product: door-sensor", "product: air-monitor", "does not sleep"),
        ("name: door\n", "name: hub\n", "duplicate-name"),
        ("fleet: plug, share", "fleet: lamp, share", "unknown-fleet: no fleet 'lamp'"),
        ("devices: [hub-1]", "devices: [hub-9]", "unknown-device: no device 'hub-9'"),
        ("{seconds: 9}", "{minutes: 9}", "bad-parameter: slow has no parameter 'minutes'"),
        ("count: 600", "count: 1990", "too-many-devices: 2058 devices"),
    ],
)
def test_what_is_wrong_with_a_template_is_named(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in FLEET
    assert any(said in problem for problem in problems(tmp_path, FLEET.replace(old, new, 1)))
