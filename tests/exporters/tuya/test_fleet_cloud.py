"""The cloud beside a fleet: what it tells the engine, and what it does not."""

import json
import time
from contextlib import suppress

import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.exporters.tuya.collector import COLLECTOR
from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.failure import DeviceFailed, Reason
from sothat.exporters.tuya.fleet_cloud import FleetCloud
from sothat.exporters.tuya.inventory import Place
from sothat.exporters.tuya.lan.engine import Roll
from sothat.exporters.tuya.lan.witness import judge
from sothat.exporters.tuya_cloud.background import CloudThread
from sothat.exporters.tuya_cloud.watch import CloudWatch
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document
from sothat.runtime.secrets import Secret

from .clouds import ID, SECRET, FakeClock, client, project, serving_cloud

LAMP, DOOR, STRAY = (
    Device(name, f"id{number:06}", address, Secret(key), "3.4", "Thing", "", "", {})
    for number, (name, address, key) in enumerate(
        [
            ("lamp", "127.0.0.9", "key-000000000000"),
            ("door", "", "key-000000000001"),
            ("stray", "127.0.0.9", "a-key-that-was--"),
        ]
    )
)
PLACES = {"lamp": Place("north"), "door": Place("north", report_interval=3600)}


class Engine:
    def __init__(self):
        self.heard = []

    def sighted(self, *what):
        self.heard.append(what)


@pytest.fixture
def fleet(tmp_path):
    clock = FakeClock()
    found = project(clock, 4)
    for thing in found.things.values():
        thing.status = {"battery_percentage": 50}
    with serving_cloud(found) as base:
        ours = client(base, clock, tmp_path)
        watch = CloudWatch(ours, clock, {}, 900, lambda *what: cloud.sighted(*what))  # noqa: PLW0108 – made below
        cloud = FleetCloud(watch, CloudThread(watch, clock))
        cloud.engine = Engine()
        cloud.serve(Roll((LAMP, DOOR, STRAY), PLACES), cloud.engine)
        cloud.project, cloud.clock = found, clock
        yield cloud
        ours.close()


def test_only_devices_that_the_wire_does_not_reach_are_heard_through_it(fleet):
    fleet.watch.poll(fleet.clock.deadline())
    assert {who for who, _, _ in fleet.engine.heard} == {DOOR.id}
    assert fleet.engine.heard[0][2] == {"battery_percentage": 50}


def test_a_key_that_was_changed_is_told_from_silence(fleet):
    silent = DeviceFailed(Reason.TIMEOUT, 902, "silent")
    assert judge(STRAY, silent, fleet.watch).reason is Reason.TIMEOUT  # not known yet
    fleet.watch.poll(fleet.clock.deadline())
    assert fleet.project.calls["device"] == 1  # the engine's doubt was looked at
    assert judge(STRAY, silent, fleet.watch).reason is Reason.WRONG_KEY
    assert judge(LAMP, silent, fleet.watch).reason is Reason.TIMEOUT


def test_devices_on_record_alone_are_exposed(fleet):
    fleet.watch.poll(fleet.clock.deadline())
    samples = [*fleet.samples()]
    screened = Screen(fleet.contract()).screen(samples)
    assert not screened.complaints
    assert not screened.doubled
    keys = {
        s.labels["device"]: s.value for s in samples if s.name == "tuya_cloud_device_key_current"
    }
    assert keys == {"lamp": 1, "door": 1, "stray": 0}
    online = [s.labels["device"] for s in samples if s.name == "tuya_cloud_device_online"]
    assert sorted(online) == ["door", "lamp", "stray"]


DEVICES = [
    {"name": "lamp", "id": LAMP.id, "key": "key-000000000000", "ip": "127.0.0.9"},
    {"name": "door", "id": DOOR.id, "key": "key-000000000001"},
]


def opened(tmp_path, base, **changes):
    (tmp_path / "devices.json").write_text(json.dumps(DEVICES))
    written = {
        "type": "tuya",
        "devices": "devices.json",
        "port": 1,
        "discovery_ports": [],
        "meters": "meters.json",
        "cloud": {
            "url": base,
            "access_id": {"env": "ID"},
            "access_secret": {"env": "KEY"},
            "budget": {"calls": 1000, "file": "budget.json", "burst": 1000},
        },
        **changes,
    }
    settings = Settings(parse_document(json.dumps(written), "exporter.yaml"), ())
    context = Context("tuya", tmp_path, {"ID": ID, "KEY": SECRET}, SystemClock())
    return COLLECTOR.open(settings, context)


def test_a_collector_asks_its_cloud_in_a_thread_of_its_own(tmp_path):
    clock = SystemClock()
    found = project(clock, 2)
    with serving_cloud(found) as base:
        source = opened(tmp_path, base)
        until = time.monotonic() + 60
        online = {}
        while len(online) < 2 and time.monotonic() < until:
            begun = time.monotonic()
            samples = []
            with suppress(PollFailed):  # nobody is at the device's address
                samples.extend(source.collect(Deadline(clock.monotonic() + 5, clock)))
            assert time.monotonic() - begun < 30
            assert not Screen(source.contract).screen(samples).complaints
            online = {
                s.labels["device"]: s.value for s in samples if s.name == "tuya_cloud_device_online"
            }
        assert online == {"lamp": 1, "door": 1}
        source.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"meters": "missing/m.json"},
        {"products": "missing.yaml"},
    ],
)
def test_settings_that_cannot_work(tmp_path, changes):
    with pytest.raises(Unusable):
        opened(tmp_path, "http://127.0.0.1:1", **changes)
