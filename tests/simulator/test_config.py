"""The description of a building: what is refused, with its place."""

from pathlib import Path

import pytest
from sothat.model.problem import Unusable
from sothat.simulator.config import load_building

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
        ("version: 3.3", "version: 3.2", "7:51 unknown-value: 'version' must be one of"),
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


def test_a_subnet_has_room_for_254(tmp_path: Path) -> None:
    line = "  - {name: p%d, product: metering-plug, version: 3.3, site: north, floor: g, room: r}\n"
    many = GOOD + "".join(line % number for number in range(253))
    (problem,) = problems(tmp_path, many)
    assert "5:1 too-many-devices: 255 devices" in problem
