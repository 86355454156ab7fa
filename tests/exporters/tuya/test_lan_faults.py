"""The engine against the simulator's own faults, on a running building: each is told, and heals."""

import pytest
import requests
from sothat.exporters.tuya.devices import load_devices
from sothat.exporters.tuya.failure import Reason

from .peers import loopback

pytestmark = pytest.mark.real

BUILDING = """\
apiVersion: sothat/v1
kind: Building
sites: {tower: {client: a, contract: premium}}
max_clients: 2
fleet:
  - name: air
    product: air-monitor
    count: 5
    versions: [3.1, 3.2, 3.3, 3.4, 3.5]
    sites: [tower]
"""
# What is malformed about each, and how the device fails; None: it goes on as if nothing were.
FAULTS = {
    "cut-off": ("truncated", {Reason.PROTOCOL}),
    "split": ("", None),
    "joined": ("", None),
    "replay": ("replayed", None),  # the first answer of each connection is a new one
    "garbage": ("noise", {Reason.PROTOCOL}),
    "oversized": ("oversized", {Reason.PROTOCOL}),
    "error-burst": ("undecodable", {Reason.PROTOCOL, Reason.WRONG_KEY}),
    "silent": ("", {Reason.TIMEOUT}),
    "offline": ("", {Reason.REFUSED}),
}


@pytest.fixture
def building(sothat, tmp_path, free_port, until):
    """Run a building of a device of each version; return its control's address."""
    (tmp_path / "building.yaml").write_text(BUILDING)
    listen = f"127.0.0.1:{free_port}"
    arguments = ("--config", "building.yaml", "--data", ".", "--listen", listen)
    process = sothat("building", "serve", *arguments, "--subnet", loopback())
    until(lambda: "building ready" in process.log or process.process.poll() is not None)
    return f"http://{listen}/api/v1"


def is_told(report, kind, reasons, before):
    if kind and not report.malformed.get(kind):
        return False
    if reasons is None:
        return report.up and report.messages > before.messages + 1
    return report.reason in reasons


def chosen():
    """Yield the faults; those that other tests have as well are tried with the slow ones."""
    for fault in FAULTS:
        elsewhere = fault in ("joined", "garbage", "error-burst", "silent", "offline")
        yield pytest.param(fault, marks=[pytest.mark.slow] if elsewhere else [])


@pytest.mark.parametrize("fault", [*chosen()])
def test_each_fault_of_each_version_is_told_and_heals(building, tmp_path, fleet, until, fault):
    kind, reasons = FAULTS[fault]
    devices = load_devices(tmp_path / "building" / "devices.json")
    found = fleet(devices, 6668, timeout=1.5)
    until(lambda: all(report.up for report in found.look().values()))
    before = found.look()
    for one in devices:
        url = f"{building}/devices/{one.name}/faults/{fault}"
        requests.put(url, data="{}", timeout=20).raise_for_status()
    waiting = {one.name for one in devices}

    def all_told():
        now = found.look()
        waiting.difference_update(
            [name for name in waiting if is_told(now[name], kind, reasons, before[name])]
        )
        return not waiting

    until(all_told)
    requests.delete(f"{building}/faults", timeout=20).raise_for_status()
    until(lambda: all(report.up for report in found.look().values()))
    codes = {code for report in found.look().values() for code in report.errors}
    assert codes <= {"900", "901", "902", "904", "905", "914"}
