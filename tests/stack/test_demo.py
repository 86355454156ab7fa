"""The loop, closed over real processes: fault → incident → number, on free ports."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from sothat.stack.tools import ALERTMANAGER, PROMETHEUS, locate

from .conftest import is_gone, until

SOTHAT = [sys.executable, "-P", "-m", "sothat.commands"]
EVENTS = [
    "fault",
    "seen by the exporter",
    "alert pending",
    "alert firing",
    "webhook received",
    "incident open",
    "notified",
    "acknowledged",
    "healed",
    "resolved",
    "measured",
]

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not all(locate(tool, os.environ) for tool in (PROMETHEUS, ALERTMANAGER)),
        reason="no Prometheus or Alertmanager here; `sothat doctor` says how to get them",
    ),
]


def demo(scenario: str) -> dict[str, Any]:
    """Run a demo and return its one object; a failure shows its text."""
    command = [*SOTHAT, "demo", scenario, "--json", "--no-grafana"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def check(told: dict[str, Any], scenario: str) -> None:
    assert told["scenario"] == scenario
    assert told["closed"] is True
    events = [event["event"] for event in told["timeline"]]
    assert [event for event in events if event in EVENTS] == EVENTS
    seconds = [event["seconds"] for event in told["timeline"]]
    assert seconds == sorted(seconds)
    assert seconds[0] == 0
    assert {"exporter", "incidents", "prometheus", "alertmanager"} <= set(told["addresses"])


def test_an_unplugged_device_goes_all_the_way_round_within_a_minute() -> None:
    began = time.monotonic()
    told = demo("device-offline")
    took = time.monotonic() - began
    check(told, "device-offline")
    assert "A building device does not answer" in [i["title"] for i in told["incidents"]]
    assert took < 60


def test_a_gateway_with_all_its_devices_is_one_incident() -> None:
    told = demo("gateway-down")
    check(told, "gateway-down")
    assert [(i["priority"], i["title"]) for i in told["incidents"]] == [
        ("P2", "A gateway does not answer, and nothing behind it can")
    ]
    assert {"others inhibited", "all quiet"} <= {event["event"] for event in told["timeline"]}


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["battery-low", "database-locked", "sla-at-risk"])
def test_the_other_scenarios_close_too(scenario: str) -> None:
    check(demo(scenario), scenario)


def test_ctrl_c_stops_a_demo_and_everything_that_it_started(tmp_path: Path) -> None:
    command = [*SOTHAT, "demo", "device-offline", "--no-grafana", "--keep", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        until((tmp_path / "stack.json").exists, "the stack starts", 60)
        family = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 130
    assert all(is_gone(member.pid) for member in family)
    assert not (tmp_path / "stack.json").exists()
