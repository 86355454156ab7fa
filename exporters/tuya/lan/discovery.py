"""Addresses heard from the devices' own broadcasts."""

import asyncio
import ipaddress
import json
import logging
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sothat.exporters.tuya.devices import VERSIONS
from tinytuya.core.udp_helper import decrypt_udp

log = logging.getLogger(__name__)

PORTS = (6666, 6667, 7000)
_MAX_DATAGRAM = 2048
# Anybody can send datagrams; more than a large fleet does are not looked at.
_PER_SECOND = 500


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a broadcast says; not proved in any way."""

    id: str
    address: str
    version: str


class Discovery:
    """Listens on UDP ports; those that cannot be had are done without."""

    def __init__(self, sighted: Callable[[Sighting], None]) -> None:
        self._sighted = sighted
        self._transports: list[asyncio.BaseTransport] = []

    async def open(self, ports: Iterable[int]) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        for port in ports:
            try:
                sock = _shared_socket(port)
            except OSError as error:
                extra = {"port": port, "why": error.strerror}
                log.warning("broadcasts are not heard", extra=extra)
                continue
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Ear(self._sighted), sock=sock
            )
            self._transports.append(transport)

    def close(self) -> None:
        """Listen no more."""
        for transport in self._transports:
            transport.close()


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, sighted: Callable[[Sighting], None]) -> None:
        self._sighted = sighted
        self._second = 0.0
        self._heard = 0

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002 – asyncio's
        now = asyncio.get_running_loop().time() // 1
        self._heard = self._heard + 1 if now == self._second else 1
        self._second = now
        if self._heard <= _PER_SECOND and (sighting := read_broadcast(data)):
            self._sighted(sighting)


def read_broadcast(data: bytes) -> Sighting | None:
    """Return what a broadcast says, None where it is not one."""
    if len(data) > _MAX_DATAGRAM:
        return None
    try:
        said = json.loads(decrypt_udp(data))
        address = str(ipaddress.ip_address(said["ip"]))
        identity, version = said["gwId"], str(said.get("version", ""))
    except Exception:  # noqa: BLE001 – whatever a hostile datagram makes the library raise
        log.debug("no broadcast of a device")
        return None
    if not isinstance(identity, str):
        return None
    return Sighting(identity, address, version if version in VERSIONS else "")


def _shared_socket(port: int) -> socket.socket:
    """Return a socket on a port that other programs may listen on as well."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.setblocking(False)  # noqa: FBT003 – the library's signature
        sock.bind(("", port))
    except OSError:
        sock.close()
        raise
    return sock
