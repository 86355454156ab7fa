"""The whole exporter against the simulated building, as in the demo."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text
from sothat.exporters.service import GROUP
from sothat.runtime.plugins import load_extensions

pytestmark = pytest.mark.real

DEMO = Path(__file__).parents[2] / "examples" / "demo"
SUBNET = "127.83.41"


@pytest.fixture
def demo(sothat, tmp_path, free_port, until):
    """Start the building and the exporter of the demo; return the exporter and the control."""
    data = tmp_path / "data"
    shutil.copytree(DEMO.parents[1] / "compiled/incidents", data / "compiled/incidents")
    control = f"127.0.0.1:{free_port}"
    arguments = ("--config", str(DEMO / "building.yaml"), "--data", str(data))
    building = sothat("building", "serve", *arguments, "--listen", control, "--subnet", SUBNET)
    until(lambda: "building ready" in building.log or building.process.poll() is not None)
    assert building.process.poll() is None, building.log
    arguments = ("--config", str(DEMO / "exporter.yaml"), "--data", str(data))
    exporter = sothat("export", *arguments, "--listen", "127.0.0.1:0").ready()
    return exporter, f"http://{control}/api/v1/devices", data


def put_fault(control, device, fault):
    request = Request(f"{control}/{device}/faults/{fault}", b"{}", method="PUT")
    request.add_header("content-type", "application/json")
    urlopen(request, timeout=10).close()


def samples(exporter):
    families = parse_text(exporter.metrics())
    return [sample for family in families for sample in family.samples]


def reasons(exporter):
    return {
        s.labels.get("device", s.labels["gateway"]): s.labels["reason"]
        for s in samples(exporter)
        if s.name in ("tuya_device_unreachable", "tuya_gateway_unreachable")
    }


def test_every_device_is_up_and_every_family_keeps_its_contract(demo):
    exporter, control, data = demo
    with urlopen(control, timeout=10) as answer:
        devices = json.load(answer)["devices"]
    found = samples(exporter)
    up = {
        s.labels.get("device", s.labels["gateway"]): s.value
        for s in found
        if s.name in ("tuya_device_up", "tuya_gateway_up")
    }
    assert up == {device["name"]: 1 for device in devices}
    contracts = load_extensions("sothat.contracts")
    declared = {
        family.name: family
        for name in (*load_extensions(GROUP), "exporters")
        for family in contracts[name].contract().families
    }
    for sample in found:
        assert set(sample.labels) == set(declared[sample.name].label_names)
    sources = {name.split("_")[0] for name in {sample.name for sample in found}}
    assert sources == {"host", "database", "tuya", "business", "service", "sothat"}
    unknown = [s.value for s in found if s.name == "tuya_device_unknown_points"]
    assert set(unknown) == {0}
    keys = [entry["key"] for entry in json.loads((data / "building/devices.json").read_text())]
    text = exporter.metrics() + exporter.log
    assert not [key for key in keys if key and key in text]


def test_each_fault_is_told_from_the_others_and_heals(demo, until):
    exporter, control, _ = demo
    with urlopen(control, timeout=10) as answer:
        devices = json.load(answer)["devices"]
    direct = {
        version: [d["name"] for d in devices if d["version"] == version and not d["gateway"]]
        for version in ("3.3", "3.4", "3.5")
    }
    gateways = {device["gateway"] for device in devices} - {""}
    wanted = {}
    for names in direct.values():
        usable = [name for name in names if name not in gateways]
        faults = ("offline", "silent", "wrong-key")
        for fault, reason in zip(faults, ("refused", "timeout", "wrong-key"), strict=True):
            wanted[usable.pop()] = (fault, reason)
    gateway = min(gateways)
    wanted[gateway] = ("offline", "refused")
    for name, (fault, _) in wanted.items():
        put_fault(control, name, fault)
    expected = {name: reason for name, (_, reason) in wanted.items()}
    expected |= {d["name"]: "gateway" for d in devices if d["gateway"] == gateway}
    until(lambda: reasons(exporter) == expected, 30)
    heal = Request(control.replace("/devices", "/faults"), method="DELETE")
    urlopen(heal, timeout=10).close()
    until(lambda: reasons(exporter) == {}, 30)


def test_a_locked_database_is_blocked_and_the_exporter_goes_on(demo, until):
    exporter, _, data = demo

    def value(name):
        return next((s.value for s in samples(exporter) if s.name == name), None)

    with closing(sqlite3.connect(data / "building/platform.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        until(lambda: value("database_write_blocked") == 1)
        assert value("database_up") == 1
        until(lambda: value("business_support_open_tickets") is None)
        holder.execute("ROLLBACK")
    until(lambda: value("database_write_blocked") == 0)
    until(lambda: value("business_support_open_tickets") is not None)
