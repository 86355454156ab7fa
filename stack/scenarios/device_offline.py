"""A device is unplugged."""

from functools import partial

from sothat.stack.faults import device_fault, is_direct
from sothat.stack.scenario import Scenario, Sign

SCENARIO = Scenario(
    name="device-offline",
    summary="a device of the building is unplugged",
    strike=partial(device_fault, fault="offline", fits=is_direct),
    sign=Sign("tuya_device_up", lambda value: value == 0),
    alert="IotDeviceOffline",
)
