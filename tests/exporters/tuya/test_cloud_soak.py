"""A day of a thousand devices by the simulated cloud, in less than a minute."""

import gc
import threading
import tracemalloc
from contextlib import suppress

import pytest
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import PollFailed
from sothat.exporters.tuya.points import Point
from sothat.exporters.tuya.registry.loading import standard
from sothat.exporters.tuya.registry.meters import Meters
from sothat.exporters.tuya.registry.reader import Registry
from sothat.exporters.tuya_cloud.collector import TuyaCloudSource
from sothat.exporters.tuya_cloud.contract import contract
from sothat.exporters.tuya_cloud.schedule import DAY
from sothat.exporters.tuya_cloud.watch import EVERY, CloudWatch

from .clouds import FakeClock, client, project, serving_cloud

CALLS = 26_000
MINUTES = 24 * 60
_STEP = 10


def counters(samples):
    return {(s.name, *s.labels.values()): s.value for s in samples if s.name.endswith("_total")}


@pytest.mark.slow
def test_a_day_keeps_to_the_quota_and_grows_in_nothing(tmp_path):
    """With a crash of the process each three hours, and a cloud that fails now and then."""
    clock = FakeClock()
    found = project(clock, 1_000, quota=CALLS)
    threads = threading.active_count()
    with serving_cloud(found) as base:
        sizes, before = [], {}
        tracemalloc.start()
        for minute in range(0, MINUTES, _STEP):
            if minute % 180 == 0:
                ours = client(base, clock, tmp_path, CALLS, burst=100, reserve=100)
                watch = CloudWatch(ours, clock, EVERY, 900, None, lambda: 0.5)
                source = TuyaCloudSource(watch, (), {}, clock)
                before = {}
            if minute % 90 == 0:
                found.failing.extend([500, 1110, 1010])
            samples = []
            with suppress(PollFailed):
                samples.extend(source.collect(clock.deadline(50)))
            now = counters(samples)
            assert all(now[key] >= value for key, value in before.items() if key in now)
            before = now
            assert not Screen(contract()).screen(samples).complaints
            assert found.spent <= CALLS * minute / (30 * 24 * 60) + 200 + 1
            if minute % 180 == 180 - _STEP:
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
                ours.close()
            clock.move(60 * _STEP)
        tracemalloc.stop()
    assert 28841004 not in found.refused
    assert found.spent <= CALLS / 30 + 201
    assert found.spent > CALLS / 30 * 0.5  # and it is made use of
    # A process that has not yet listed the fleet is smaller: the largest are compared.
    assert max(sizes[4:]) < max(sizes[:4]) * 1.1 + 500_000
    assert threading.active_count() <= threads + 1


class Thing:
    id, product_id, category = "id", "", "cz"
    points = {"17": Point("add_ele", 3, "kWh")}  # noqa: RUF012 – read only


def test_a_days_energy_never_goes_backwards(tmp_path):
    """A meter that is reset each 100 minutes, in a process that restarts each 70."""
    file = tmp_path / "meters.json"
    meters, last, true = Meters(file), 0.0, 0.0
    registry = Registry(standard(), meters)
    for minute in range(MINUTES):
        if minute % 70 == 69:
            registry.save()
            meters = Meters(file)
            registry = Registry(standard(), meters)
        true += minute % 100 > 0
        (reading,) = registry.read(Thing, {"17": minute % 100}).values
        assert reading.value >= last
        last = reading.value
    assert last == pytest.approx(true * 3_600)
    assert DAY == MINUTES * 60
