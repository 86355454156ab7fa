"""One look at a live device: its data points as they come, without an exporter running."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from random import random

from sothat.exporters.clock import Clock
from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.lan.engine import Engine, Plan, Roll
from sothat.exporters.tuya.lan.pace import Pace
from sothat.exporters.tuya.lan.vitals import Report
from sothat.exporters.tuya.points import Readings

_LOOK = 0.1
# Some devices tell their points a few at a time.
_MORE_SECONDS = 1.5
_CALL_SECONDS = 5.0
_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a device.

    Attributes:
        points: By number; None where it has not answered.
        reason: Why not.
    """

    points: Mapping[str, object] | None
    reason: str


def chosen(devices: tuple[Device, ...], named: str) -> tuple[Device, tuple[Device, ...]] | None:
    """Return the device of a name or id, and all that are needed to ask it; None: there is none."""
    found = next((one for one in devices if named in (one.name, one.id)), None)
    if found is None:
        return None
    if not found.parent:
        return found, (found,)
    return found, tuple(one for one in devices if one.id in (found.id, found.parent))


def obstacle(device: Device, needed: tuple[Device, ...]) -> str:
    """Return why a device cannot be asked at all, empty where it can."""
    behind = next((one.flaw for one in needed if one.id == device.parent and one.flaw), "")
    return device.flaw or (behind and f"of its gateway: {behind}")


def look(
    device: Device, needed: tuple[Device, ...], plan: Plan, clock: Clock, seconds: float
) -> Look:
    """Ask a device, over the local network, until it has answered or the time is up."""
    seen: dict[str, object] = {}
    came = threading.Event()

    def read(one: Device, raw: Mapping[str, object]) -> Readings:
        if one.id == device.id:
            seen.update(raw)
            came.set()
        return Readings()

    engine = Engine(Roll(needed, {}), plan, read, clock)
    engine.start()
    try:
        until = clock.monotonic() + seconds
        while not came.wait(_LOOK) and clock.monotonic() < until:
            pass
        if came.is_set():
            threading.Event().wait(min(_MORE_SECONDS, max(0.0, until - clock.monotonic())))
        reports = engine.reports(_CALL_SECONDS)
    finally:
        engine.stop(_STOP_SECONDS)
    return Look(dict(seen) if came.is_set() else None, _reason(device, reports))


def plan_of(port: int, timeout: float) -> Plan:
    """Return how a single device is asked."""
    return Plan(
        port=port,
        timeout=timeout,
        connections=2,
        longest_pause=2.0,
        pace=Pace(2.0, 3600.0, random),
        chance=random,
        discovery=(),
    )


def _reason(device: Device, reports: list[Report]) -> str:
    found = next((one.reason for one in reports if one.device.id == device.id), None)
    return found.value if found else "no answer in time"
