"""A sensor's battery runs down."""

from collections.abc import Sequence
from functools import partial

from sothat.stack.faults import Device, device_fault
from sothat.stack.scenario import Scenario, Sign


def _on_battery(device: Device, _every: Sequence[Device]) -> bool:
    return bool(device["gateway"])


SCENARIO = Scenario(
    name="battery-low",
    summary="the battery of a sensor runs down",
    strike=partial(device_fault, fault="battery-draining", fits=_on_battery),
    sign=Sign("tuya_device_battery_ratio", lambda value: value < 0.1),  # noqa: PLR2004 – nearly empty
    alert="IotDeviceBatteryLow",
)
