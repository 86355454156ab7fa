"""The one door to tinytuya: a device or gateway with its sub-devices, one request at a time."""

import logging
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import tinytuya
from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.failure import (
    DeviceFailed,
    Door,
    Ending,
    Evidence,
    Reason,
    classify,
    needs_door,
)
from tinytuya.core.exceptions import DecodeError

log = logging.getLogger(__name__)

PORT = 6668
# 3.2 speaks 3.3 with the requests of another kind of device; tinytuya would query it at once when
# told so on construction.
_OLD = {"3.2": ("3.3", "device22")}


class Link(Protocol):
    """A connection to one address, made when first needed; used by one thread at a time."""

    def status(self, device: Device) -> Mapping[str, Any]:
        """Return the data points, by number, of the device or one of its sub-devices.

        Raises:
            DeviceFailed: It did not answer as it should.
        """

    def measure(self, numbers: Iterable[int]) -> Mapping[str, Any]:
        """Ask the device to measure; return the points that it reports of its own accord.

        Raises:
            DeviceFailed: It does not know the request, or did not answer.
        """

    def lost(self) -> frozenset[str]:
        """Return the ids (cid) of sub-devices that the gateway knows to be out of reach."""

    def close(self) -> None:
        """Hang up; the next request connects anew."""

    def abort(self) -> None:
        """Make a request that is under way fail at once; called from another thread."""


Connect = Callable[[Device], Link]


class _Wire(tinytuya.Device):  # type: ignore[misc]  # tinytuya is untyped
    """tinytuya's device that remembers what came over the wire."""

    def listen_anew(self) -> None:
        self.heard = False
        self.ending = Ending.NONE

    def _recv_all(self, length: int) -> bytes:
        try:
            data: bytes = super()._recv_all(length)
        except DecodeError:
            self.ending = Ending.CLOSED
            raise
        except TimeoutError:
            self.ending = Ending.SILENCE
            raise
        except OSError:
            self.ending = Ending.RESET
            raise
        self.heard, self.ending = True, Ending.DATA
        return data


class TinytuyaLink:
    """A link over the local network."""

    def __init__(self, device: Device, timeout: float, port: int = PORT) -> None:
        # Without an address or a key, tinytuya would scan the network and read files.
        if not device.address or not device.key.reveal():
            raise ValueError(f"{device.name} has no address or no key")
        self._device = device
        self._timeout = timeout
        version, kind = _OLD.get(device.version, (device.version, "default"))
        self._wire = _Wire(
            device.id,
            device.address,
            device.key.reveal(),
            dev_type=kind,
            version=version,
            persist=True,
            connection_timeout=timeout,
            connection_retry_limit=1,
            connection_retry_delay=0,
            port=port,
        )
        self._wire.set_dpsUsed(dict.fromkeys(device.points))
        self._children: dict[str, tinytuya.Device] = {}

    def status(self, device: Device) -> Mapping[str, Any]:
        """Return the data points of the device or one of its sub-devices."""
        return self._ask(self._wire if not device.cid else self._child(device))

    def measure(self, numbers: Iterable[int]) -> Mapping[str, Any]:
        """Ask the device to measure."""
        return _points(self._request(lambda: self._wire.updatedps(list(numbers))))

    def lost(self) -> frozenset[str]:
        """Ask the gateway which sub-devices are out of reach; nothing where it cannot tell."""
        try:
            answer = self._request(self._wire.subdev_query)
        except DeviceFailed:
            return frozenset()
        data = answer.get("data")
        offline = data.get("offline") if isinstance(data, dict) else None
        return frozenset(map(str, offline)) if isinstance(offline, list) else frozenset()

    def close(self) -> None:
        """Hang up."""
        self._wire.close()
        self._wire.set_socketRetryLimit(1)

    def abort(self) -> None:
        """Break the connection and allow no other until `close`."""
        self._wire.set_socketRetryLimit(0)
        line = self._wire.socket
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _child(self, device: Device) -> tinytuya.Device:
        if device.cid not in self._children:
            child = tinytuya.Device(device.id, cid=device.cid, parent=self._wire)
            self._children[device.cid] = child
        return self._children[device.cid]

    def _ask(self, wire: tinytuya.Device) -> Mapping[str, Any]:
        kind = wire.dev_type
        answer = self._request(wire.status)
        if wire.dev_type != kind:
            # tinytuya has found out that the device wants its points listed, and asked for one.
            wire.set_dpsUsed(dict.fromkeys(self._device.points) or {"1": None})
            answer = self._request(wire.status)
        return _points(answer)

    def _request(self, send: Callable[[], Any]) -> Mapping[str, Any]:
        self._wire.listen_anew()
        self._wire.raw_recv = []
        try:
            answer = send()
        except Exception as error:  # whatever a hostile frame makes the library raise
            log.debug("unreadable", extra={"device": self._device.name}, exc_info=True)
            raise DeviceFailed(Reason.PROTOCOL) from error
        if not isinstance(answer, dict):
            return {}  # an acknowledgement without content
        if "Err" in answer:
            raise self._failure(int(answer["Err"] or 0))
        return answer

    def _failure(self, code: int) -> DeviceFailed:
        frames = self._wire.raw_recv
        evidence = Evidence(
            version=self._device.version,
            heard=self._wire.heard,
            ending=self._wire.ending,
            payload=bytes(frames[-1].payload) if frames else b"",
            intact=bool(frames and frames[-1].crc_good),
        )
        door = self._knock() if needs_door(code) else None
        return DeviceFailed(classify(code, evidence, door), code)

    def _knock(self) -> Door:
        address = (self._device.address, self._wire.port)
        try:
            socket.create_connection(address, self._timeout).close()
        except ConnectionRefusedError:
            return Door.REFUSED
        except TimeoutError:
            return Door.SILENT
        except OSError:
            return Door.NO_ROUTE
        return Door.OPEN


def _points(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    points = answer.get("dps")
    return {str(k): v for k, v in points.items()} if isinstance(points, dict) else {}
