"""1,000 simulated Tuya devices, one in ten dead in four ways, on the cores that all share."""

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from sothat.simulator.config import load_building

_INTERVAL = 30.0
_WARM_UP = 45.0
_WINDOW = float(os.environ.get("SOTHAT_BENCH_SECONDS", "120"))
_LOOK = 5.0
_THREADS = 32
_HEAD = "| | age, median | p99 | worst | cores | resident | threads |"
_PAGE = Path("docs/quality/tuya.md")
_SUBNET = "127.94.0"
_FLEETS = (("plug", "metering-plug", 600), ("thermostat", "room-thermostat", 280))
_FAULTS = "{offline: 0.025, silent: 0.025, slow: 0.025, wrong-key: 0.025}"
_BUILDING = """
apiVersion: sothat/v1
kind: Building
sites: {tower: {client: a, contract: premium}}
idle_seconds: 60
report_seconds: 5
fleet:
""" + "".join(
    f"  - {{name: {name}, product: {product}, count: {count}, sites: [tower], faults: {_FAULTS}}}\n"
    for name, product, count in (*_FLEETS, ("air", "air-monitor", 120))
)
_EXPORTER = """
apiVersion: sothat/v1
kind: Exporter
collectors:
  - type: tuya
    devices: building/devices.json
    inventory: building/inventory.yaml
    connection_timeout: 2s
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One way of asking the fleet: ages in seconds, processor in cores, memory in bytes."""

    what: str
    median: float
    p99: float
    worst: float
    cores: float
    memory: int
    threads: int

    def __str__(self) -> str:
        ages = f"{self.median:.1f} s | {self.p99:.1f} s | {self.worst:.1f} s"
        cost = f"{self.cores:.3f} | {self.memory / 1e6:.0f} MB | {self.threads}"
        return f"| {self.what} | {ages} | {cost} |"


@dataclass(frozen=True, slots=True)
class Fleet:
    """The running building: its folder, and the devices that answer."""

    folder: Path
    live: frozenset[str]


@pytest.fixture(scope="module")
def rows() -> Iterator[list[Row]]:
    """Collect the rows of one table; print it, and write it where that is asked for."""
    found: list[Row] = []
    yield found
    table = "\n".join([_HEAD, "|---|--:|--:|--:|--:|--:|--:|", *map(str, found)])
    print(f"\n{table}")
    if os.environ.get("SOTHAT_WRITE_BENCHMARKS"):
        _write_page(table)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Run the building."""
    folder = tmp_path_factory.mktemp("fleet")
    file = folder / "building.yaml"
    file.write_text(_BUILDING)
    (folder / "exporter.yaml").write_text(_EXPORTER)
    plan = load_building(file)
    dead = {name for step in plan.script for name in step.devices}
    assert (len(plan.devices), len(dead)) == (1000, 100)
    options = ["--config", file, "--data", folder, "--listen", "127.0.0.1:0", "--subnet", _SUBNET]
    process = _start(folder, "building", "serve", *options)
    _line(process, "building ready")
    yield Fleet(folder, frozenset(device.name for device in plan.devices) - dead)
    process.terminate()
    process.wait(30)


def test_the_exporter(fleet: Fleet, rows: list[Row]) -> None:
    """Each live device's data is younger than one interval; half a core, 150 MB, few threads."""
    process = _start(fleet.folder, "export", "--config", "exporter.yaml", "--listen", "127.0.0.1:0")
    address = _line(process, r"address=(\S+)")
    url = f"http://{address}/metrics"
    ages: list[float] = []
    watched = psutil.Process(process.pid)
    _scrape(url)
    time.sleep(_WARM_UP)
    begun, before, threads = time.monotonic(), watched.cpu_times(), 0
    while time.monotonic() - begun < _WINDOW:
        time.sleep(_LOOK)
        data = _scrape(url)
        now = time.time()
        ages += [now - data.get(name, 0.0) for name in fleet.live]
        threads = max(threads, watched.num_threads())
    row = _row("sothat export, polls every 15 s", ages, watched, before, begun, threads)
    rows.append(row)
    process.terminate()
    process.wait(30)
    assert row.p99 < _INTERVAL
    assert row.cores < 0.5
    assert row.memory < 150e6
    assert row.threads < 16


@pytest.mark.parametrize("manner", ["default", "hurried"])
def test_a_plain_loop(fleet: Fleet, rows: list[Row], manner: str) -> None:
    """Tinytuya's status() of each device every interval, by a pool of as many threads."""
    total = _WARM_UP + _WINDOW
    script = Path(__file__).with_name("plain_status.py")
    arguments = [fleet.folder / "building/devices.json", _THREADS, _INTERVAL, total, manner]
    with subprocess.Popen(
        [sys.executable, script, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    ) as process:
        watched = psutil.Process(process.pid)
        time.sleep(_WARM_UP)
        begun, before = time.monotonic(), watched.cpu_times()
        time.sleep(_WINDOW - 2)
        cost = _row("", [0.0, 0.0], watched, before, begun, watched.num_threads())
        looks = json.loads(process.communicate()[0])
    warm = looks[int(_WARM_UP / _LOOK) :]
    ages = [look[name] for look in warm for name in fleet.live]
    what = f"status() loop over {_THREADS} threads every 30 s, {_MANNERS[manner]}"
    found = _spread(ages)
    rows.append(Row(what, *found, cost.cores, cost.memory, cost.threads))


_MANNERS = {"default": "tinytuya's defaults", "hurried": "one try, 2 s"}


def _row(
    what: str,
    ages: list[float],
    watched: psutil.Process,
    before: Any,
    begun: float,
    threads: int,
) -> Row:
    spent = watched.cpu_times()
    cpu = spent.user + spent.system - before.user - before.system
    cores = cpu / (time.monotonic() - begun)
    return Row(what, *_spread(ages), cores, watched.memory_info().rss, threads)


def _spread(ages: list[float]) -> tuple[float, float, float]:
    return statistics.median(ages), statistics.quantiles(ages, n=100)[98], max(ages)


def _scrape(url: str) -> dict[str, float]:
    """Return when each device's data points last came."""
    text = requests.get(url, timeout=30).text
    found = re.findall(
        r'^tuya_device_data_timestamp_seconds\{.*?device="([^"]+)".*?\} (\S+)$', text, re.MULTILINE
    )
    return {name: float(value) for name, value in found}


def _start(folder: Path, *arguments: object) -> "subprocess.Popen[bytes]":
    log = (folder / f"{arguments[0]}.log").open("wb")
    sothat = Path(sys.executable).with_name("sothat")
    process = subprocess.Popen([sothat, *map(str, arguments)], cwd=folder, stderr=log)
    process.log = Path(log.name)  # type: ignore[attr-defined]
    return process


def _line(process: "subprocess.Popen[bytes]", pattern: str) -> str:
    """Wait for a line of the log; return what the pattern's group, if any, matched."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        text = process.log.read_text()  # type: ignore[attr-defined]
        if found := re.search(pattern, text):
            return found[found.lastindex or 0]
        assert process.poll() is None, text
        time.sleep(0.1)
    raise AssertionError(f"{pattern} did not come")


def _write_page(table: str) -> None:
    when = datetime.now(UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    text = f"""# A fleet of 1,000 Tuya devices

Measured on {when} ({machine}), which the simulated devices share:

```
SOTHAT_WRITE_BENCHMARKS=1 .venv/bin/python -m pytest benchmarks/test_tuya.py -q -s
```

One device in ten is dead: 25 refuse, 25 are silent, 25 answer too late, 25 have another key.
Age: how long ago a live device's last answer came, looked at every {_LOOK:.0f} s for
{_WINDOW:.0f} s, after {_WARM_UP:.0f} s of warming up. The loop does what most scripts do.

{table}

The benchmark asserts of the exporter: p99 below one interval of 30 s, less than half a core, 150 MB
and 16 threads.
"""
    _PAGE.parent.mkdir(parents=True, exist_ok=True)
    _PAGE.write_text(text, encoding="utf-8")
