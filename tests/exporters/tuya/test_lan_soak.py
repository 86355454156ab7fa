"""A day of a fleet, compressed to minutes: nothing grows, no counter goes back."""

import os
import statistics
import time
from urllib.request import urlopen

import psutil
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.real, pytest.mark.timeout(2400)]

# 24 hours in so many seconds of real time; every duration of the exporter is as much shorter.
SECONDS = float(os.environ.get("SOTHAT_SOAK_SECONDS", "360"))
FACTOR = 86_400 / SECONDS
POLLS = 86_400 / 15
SUBNET = "127.185.0"
BUILDING = f"""\
apiVersion: sothat/v1
kind: Building
sites: {{tower: {{client: a, contract: premium}}}}
max_clients: 2
report_seconds: 1
clock: {{factor: {FACTOR}, start: 2026-01-05T00:00:00Z}}
fleet:
  - name: plug
    product: metering-plug
    count: 15
    versions: [3.1, 3.2, 3.3, 3.4, 3.5]
    sites: [tower]
  - {{name: door, product: door-sensor, count: 2, sites: [tower], sleep: {{every: 2h, awake: 20m}}}}
  - name: hub
    product: zigbee-gateway
    count: 1
    sites: [tower]
    children: [{{name: climate, product: zigbee-climate-sensor, count: 4}}]
script:
  - {{at: 1h, fault: offline, devices: [plug-01], for: 30m, every: 2h}}
  - {{at: 2h, fault: silent, devices: [plug-02], for: 30m, every: 3h}}
  - {{at: 3h, fault: wrong-key, devices: [plug-04], for: 30m, every: 2h}}
  - {{at: 4h, fault: error-burst, devices: [plug-03, plug-05, plug-10], for: 30m, every: 4h}}
  - {{at: 5h, fault: offline, devices: [hub-1], for: 30m, every: 5h}}
  - {{at: 6h, fault: offline, devices: [hub-1-climate-2], for: 1h, every: 6h}}
"""
EXPORTER = f"""
  - type: tuya
    devices: building/devices.json
    inventory: building/inventory.yaml
    poll_interval: {round(15_000 / FACTOR)}ms
    connection_timeout: 500ms
    max_backoff: 500ms
    reconnect_after: {round(3_600 / FACTOR)}s
    discovery_ports: []
"""


def counters(text):
    found = {}
    for line in text.splitlines():
        series, _, value = line.rpartition(" ")
        if "_total" in series.split("{")[0] and not line.startswith("#"):
            found[series] = float(value)
    return found


def test_a_day(sothat, tmp_path, free_port, until, exporter):
    (tmp_path / "building.yaml").write_text(BUILDING)
    listen = f"127.0.0.1:{free_port}"
    arguments = ("--config", "building.yaml", "--data", ".", "--listen", listen)
    building = sothat("building", "serve", *arguments, "--subnet", SUBNET)
    until(lambda: "building ready" in building.log or building.process.poll() is not None)
    process = exporter(EXPORTER).ready()
    url = f"{process.url}/metrics"
    watched = psutil.Process(process.process.pid)
    sizes, sockets, threads, before = [], [], [], {}
    begun = time.monotonic()
    while time.monotonic() - begun < SECONDS:
        with urlopen(url, timeout=20) as answer:
            now = counters(answer.read().decode())
        # What a device measures is gone while it is down, and must not be less when it is back.
        back = [series for series, value in before.items() if now.get(series, value) < value]
        assert not back, f"counters that went back: {back[:5]}"
        before |= now
        sizes.append(watched.memory_info().rss)
        sockets.append(watched.num_fds())
        threads.append(watched.num_threads())
        time.sleep(1)
    quarter = len(sizes) // 4
    second, last = sizes[quarter : 2 * quarter], sizes[-quarter:]
    growth = statistics.median(last) - statistics.median(second)
    messages = [v for s, v in before.items() if s.startswith("tuya_device_messages_total")]
    print(
        f"\n{len(sizes)} looks, {sum(messages):.0f} messages, {max(messages):.0f} of one device;"
        f" resident {sizes[-1] / 1e6:.1f} MB, {growth / 1e6:+.2f} MB in half a day;"
        f" files {max(sockets)}, threads {max(threads)}"
    )
    assert growth < 3e6
    assert max(sockets[-quarter:]) <= max(sockets[quarter : 2 * quarter]) + 3
    # Threads that answer scrapes come as they are wanted, up to a bound.
    assert max(threads) < 16
    # Each of those that are always well was asked as often as in a day.
    assert sorted(messages)[len(messages) // 2] > 0.5 * POLLS
    assert "Traceback" not in process.log
    assert "a defect" not in process.log
