"""What a device says to a request: data in, data out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sothat.simulator.device import Clock, Device
from sothat.simulator.faults import FaultName
from sothat.simulator.wire.commands import CONTROLS, QUERIES, Command
from sothat.simulator.wire.session import Request

_NO_SUCH_DEVICE = b"device not found"
# Of version 3.2, devices want a list of the points that they are asked for, and say so like this.
_LISTING = "3.2"
_WANTS_LIST = b"json obj data unvalid"
_SUBDEV_QUERY = "subdev_online_stat_query"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the status report that follows it, if any."""

    body: Mapping[str, Any] | bytes = b""
    code: int = 0
    report: Mapping[str, Any] | None = None


class Host:
    """The device at an address, together with the sub-devices reached through it."""

    def __init__(self, device: Device, children: Mapping[str, Device], clock: Clock) -> None:
        self.device = device
        self.children = children
        self._clock = clock

    def concerned(self, request: Request) -> Device | None:
        """Return the device that a request is for: itself, or the child named by ``cid``."""
        cid = _cid(request)
        return self.children.get(cid) if cid else self.device

    def reply(self, request: Request) -> Reply:
        """Return what the device says to a request."""
        device = self.concerned(request)
        if device is None:
            return Reply(_NO_SUCH_DEVICE, 1)
        if self.device.plan.version == _LISTING and (answer := self._listing(device, request)):
            return answer
        if request.command in (*QUERIES, *CONTROLS):
            return self._queried_or_controlled(device, request)
        if request.command == Command.UPDATEDPS:
            return self._update(device, request)
        if request.command == Command.LAN_EXT_STREAM:
            return self._extended(request)
        # A heartbeat, and whatever a device does not know, is acknowledged and no more.
        return Reply()

    def _queried_or_controlled(self, device: Device, request: Request) -> Reply:
        if request.command in QUERIES:
            return Reply(self._status(device))
        return self._control(device, request)

    def _listing(self, device: Device, request: Request) -> Reply | None:
        """Return what a device says that is queried by a list of points, without values."""
        if request.command in QUERIES:
            return Reply(_WANTS_LIST, 1)
        listed = request.body.get("dps")
        if request.command != Command.CONTROL_NEW or not isinstance(listed, dict):
            return None
        if any(value is not None for value in listed.values()):
            return None
        points = {number: value for number, value in device.read().items() if number in listed}
        return Reply({**self._status(device), "dps": points})

    def _status(self, device: Device) -> Mapping[str, Any]:
        points = device.read()
        if device is not self.device:
            return {"dps": points, "cid": device.identity.cid}
        if self._old:
            return {"devId": device.identity.id, "dps": points}
        return {"dps": points}

    def _control(self, device: Device, request: Request) -> Reply:
        points = request.body.get("dps") or _data(request).get("dps")
        if not isinstance(points, dict) or _lost(device):
            return Reply(code=1)
        done = device.write(points)
        return Reply(report=self.report(device, done)) if done else Reply(code=1)

    def _update(self, device: Device, request: Request) -> Reply:
        numbers = request.body.get("dpId")
        if not isinstance(numbers, list) or _lost(device):
            return Reply(code=1)
        fresh = device.refresh(numbers)
        return Reply(report=self.report(device, fresh)) if fresh else Reply()

    def _extended(self, request: Request) -> Reply:
        """Return which sub-devices are in reach; the one extended request that clients make."""
        if request.body.get("reqType") != _SUBDEV_QUERY or not self.device.plan.product.gateway:
            return Reply(code=1)
        lost = [cid for cid, child in self.children.items() if _lost(child)]
        there = [cid for cid in self.children if cid not in lost]
        data = {"online": there, "offline": lost}
        return Reply({"reqType": "subdev_online_stat_report", "data": data})

    def report(self, device: Device, points: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the body of a report that a device makes of some points."""
        cid = device.identity.cid
        if self._old:
            who = {"cid": cid} if cid else {"devId": device.identity.id}
            return {**who, "dps": points, "t": int(self._clock())}
        named: dict[str, Any] = {"cid": cid, "ctype": 0} if cid else {}
        return {"protocol": 4, "t": int(self._clock()), "data": {**named, "dps": points}}

    @property
    def _old(self) -> bool:
        return self.device.plan.version < "3.4"


def _lost(device: Device) -> bool:
    """Return whether a sub-device is out of its gateway's reach."""
    return bool(device.plan.gateway) and device.has(FaultName.OFFLINE)


def _data(request: Request) -> Mapping[str, Any]:
    data = request.body.get("data")
    return data if isinstance(data, dict) else {}


def _cid(request: Request) -> str:
    cid = request.body.get("cid") or _data(request).get("cid") or ""
    return cid if isinstance(cid, str) else repr(cid)
