"""A gateway goes down, and with it all its sub-devices: one cause, one incident."""

from functools import partial

from sothat.stack.faults import device_fault, is_gateway
from sothat.stack.scenario import Scenario, Sign

SCENARIO = Scenario(
    name="gateway-down",
    summary="a gateway goes down, and with it all its sub-devices",
    strike=partial(device_fault, fault="offline", fits=is_gateway, label="gateway"),
    sign=Sign("tuya_gateway_up", lambda value: value == 0),
    alert="IotGatewayDown",
    muted=("IotDeviceOffline", "IotFleetDegraded"),
    alone=True,
)
