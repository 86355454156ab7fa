"""``sothat tuya inspect``: drafts that stay drafts, and a look at a simulated building."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sothat.commands.tuya import _document
from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.points import Point
from sothat.exporters.tuya.registry.drafting import rows
from sothat.exporters.tuya.registry.loading import load_products, standard
from sothat.exporters.tuya.registry.meters import Meters
from sothat.exporters.tuya.registry.reader import Registry
from sothat.model.problem import Unusable
from sothat.runtime.secrets import Secret

DEMO = Path(__file__).parents[3] / "examples" / "demo"
SUBNET = "127.83.57"
POINTS = {
    "1": Point("switch_1"),
    "2": Point("odd_temp", 1, "°C", "Integer"),
    "3": Point("odd_power", None, "W", "Integer"),
    "4": Point("odd_humidity", 0, "%", "Integer"),
    "5": Point("odd_share", 0, "%", "Integer"),
    "6": Point("odd_mode", options=("eco", "max")),
    "7": Point("odd_faults", type="Bitmap", options=("jam",)),
    "8": Point("temp_current"),
}
RAW = {
    "1": True,
    "2": 215,
    "3": 40,
    "4": 50,
    "5": 7,
    "6": "eco",
    "7": 1,
    "8": 215,
    "101": False,
    "102": base64.b64encode(bytes(8)).decode(),
    "103": "words\n",
    "104": None,
    "105": 5,
}
THING = Device(
    "thing", "id1", "", Secret("0123456789abcdef"), "3.4", "Thing", "", "", POINTS, "p1", "xx"
)


def drafts(raw=None):
    found = rows(THING, raw or RAW, Registry(standard(), Meters()))
    return {row.number: row for row in found}


def test_what_is_known_is_said_and_the_rest_is_drafted():
    found = drafts()
    assert found["1"].means == "tuya_device_switch_on{point=switch_1} 1"
    assert found["1"].draft is None
    assert found["2"].draft["metric"] == "temperature_celsius"
    assert found["2"].draft["scale"] == 1
    assert "scale" not in found["3"].draft
    assert found["4"].draft["metric"] == "humidity_ratio"
    assert found["5"].draft["read"] == "silent"
    assert found["6"].draft["options"] == ["eco", "max"]
    assert found["7"].draft["read"] == "faults"
    assert found["8"].means == "known, but not with this value"
    assert found["101"].draft["read"] == "flag"
    assert found["102"].draft["read"] == "phase"
    for number in ("103", "104", "105"):
        assert found[number].draft["read"] == "silent"
    assert all(row.draft["draft"] for row in found.values() if row.draft)
    assert "\n" not in found["103"].raw


def written(tmp_path, text):
    file = tmp_path / "products.yaml"
    file.write_text(text)
    return file


def test_a_draft_is_refused_until_it_is_confirmed(tmp_path):
    lacking = {row.number: row.draft for row in drafts().values() if row.draft}
    text = _document(THING, lacking)
    with pytest.raises(Unusable) as caught:
        load_products(written(tmp_path, text))
    assert {problem.code for problem in caught.value.problems} == {"unconfirmed-draft"}
    assert len(caught.value.problems) == len(lacking)


def test_a_draft_that_is_confirmed_reads_the_device(tmp_path):
    lacking = {row.number: row.draft for row in drafts().values() if row.draft}
    data = yaml.safe_load(_document(THING, lacking))
    for entry in data["products"]["p1"]["points"].values():
        del entry["draft"]
    data["products"]["p1"]["points"]["3"] |= {"scale": 0, "source": "compared with a meter"}
    data["products"]["p1"]["points"]["8"] |= {"scale": 1, "source": "compared"}
    mine = load_products(written(tmp_path, yaml.safe_dump(data)))
    registry = Registry(standard().over(mine), Meters())
    found = registry.read(THING, {**RAW, "104": 1})
    assert (found.unknown, found.rejected) == ((), ())
    values = {(one.family, one.labels): one.value for one in found.values}
    assert values["tuya_device_power_watts", ()] == 40
    assert values["tuya_device_fault_active", (("fault", "jam"),)] == 1


def inspect(*arguments):
    return tuya("inspect", *arguments)


def tuya(*arguments):
    return subprocess.run(
        [sys.executable, "-P", "-m", "sothat.commands", "tuya", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"key": "short"}, "no key of 16 characters"),
        ({"parent": "bf01", "node_id": "a1"}, "is a sub-device itself"),
        ({"parent": "bf02", "node_id": "a1"}, "of its gateway: "),
    ],
)
def test_a_device_that_cannot_be_asked_is_told_at_once_and_why(tmp_path, entry, says):
    file = tmp_path / "devices.json"
    gateway = {"name": "gate", "id": "bf02", "key": "", "version": "3.4"}
    file.write_text(json.dumps([{"name": "plug", "id": "bf01", **entry}, gateway]))
    done = inspect("plug", "--devices", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "no-answer" in done.stderr


def test_a_simulated_cloud_wants_a_secret(tmp_path):
    devices, secret = tmp_path / "devices.json", tmp_path / "secret"
    devices.write_text("[]")
    secret.write_text("\n")
    arguments = ("--devices", str(devices), "--secret-file", str(secret), "--listen", "127.0.0.1:0")
    done = tuya("cloud", *arguments)
    assert done.returncode == 2
    assert "missing-secret" in done.stderr


@pytest.mark.real
def test_a_look_at_a_simulated_building(sothat, tmp_path, free_port, until):
    arguments = ("--config", str(DEMO / "building.yaml"), "--data", str(tmp_path))
    listen = ("--listen", f"127.0.0.1:{free_port}", "--subnet", SUBNET)
    building = sothat("building", "serve", *arguments, *listen)
    until(lambda: "building ready" in building.log or building.process.poll() is not None)
    file = tmp_path / "building" / "devices.json"
    devices = json.loads(file.read_text())
    plug = next(one for one in devices if "19" in one["mapping"])
    done = inspect(plug["name"], "--devices", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert "tuya_device_voltage_volts" in done.stdout
    assert plug["key"] not in done.stdout
    del plug["mapping"]["19"]
    file.write_text(json.dumps(devices))
    done = inspect(plug["id"], "--devices", str(file))
    assert done.returncode == 1
    assert "draft:" in done.stdout
    child = next(one for one in devices if one.get("parent"))
    done = inspect(child["name"], "--devices", str(file))
    assert done.returncode == 0, done.stderr
    assert child["mapping"]["1"]["code"] in done.stdout
    done = inspect("nobody", "--devices", str(file))
    assert (done.returncode, "unknown-device" in done.stderr) == (2, True)
    done = inspect(plug["name"], "--devices", str(file), "--port", "1", "--timeout", "2")
    assert (done.returncode, "no-answer" in done.stderr) == (2, True)
    assert plug["key"] not in done.stdout + done.stderr
