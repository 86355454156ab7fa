"""The running building: every device with its address, and the doors for faults."""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from sothat.model.problem import Problem, Unusable
from sothat.runtime.secrets import Secret
from sothat.simulator.behaviour.surroundings import Surroundings
from sothat.simulator.device import Clock, Device
from sothat.simulator.dialogue import Host
from sothat.simulator.endpoint import PORT, Endpoint, listening_socket
from sothat.simulator.faults import FaultName, FaultRefused
from sothat.simulator.identity import identify
from sothat.simulator.plan import BuildingPlan, DevicePlan, address_of

_SHOWN = 3

log = logging.getLogger("sothat.simulator.building")


class Building:
    """All devices of a building, on the addresses of one subnet.

    Args:
        plan: What the building consists of.
        subnet: The first three numbers of the addresses, such as ``127.77.0``.
        keys: The local key of each device with an address, by the device's name.
        clock: Gives the time in epoch seconds.
    """

    def __init__(
        self, plan: BuildingPlan, subnet: str, keys: Mapping[str, Secret], clock: Clock
    ) -> None:
        self.plan = plan
        self._subnet = subnet
        self._devices = {
            entry.name: Device(
                entry,
                identify(plan, entry),
                keys[entry.gateway or entry.name],
                _around(plan, entry),
                clock,
            )
            for entry in plan.devices
        }
        self._endpoints = {
            name: self._endpoint(device, clock)
            for name, device in self._devices.items()
            if not device.plan.gateway
        }
        self._changing = asyncio.Lock()

    def bind(self) -> dict[str, socket.socket]:
        """Return a listening socket for every address, by the device's name: all, or none.

        Raises:
            Unusable: With one problem for each kind of failure; nothing stays bound.
        """
        bound: dict[str, socket.socket] = {}
        failures: dict[int, list[str]] = {}
        with ExitStack() as stack:
            for name, endpoint in self._endpoints.items():
                try:
                    bound[name] = stack.enter_context(listening_socket(endpoint.address, PORT))
                except OSError as error:
                    failures.setdefault(error.errno or 0, []).append(endpoint.address)
            if failures:
                raise Unusable(_bind_problem(number, at) for number, at in failures.items())
            stack.pop_all()
        return bound

    async def open(self, sockets: Mapping[str, socket.socket]) -> None:
        """Answer on the sockets that `bind` gave."""
        for name, endpoint in self._endpoints.items():
            await endpoint.open(sockets[name])

    async def close(self) -> None:
        """Stop answering, on all addresses."""
        await asyncio.gather(*(endpoint.close() for endpoint in self._endpoints.values()))

    def address(self, device: Device) -> str:
        """Return the address on which a device is reached."""
        return address_of(self._subnet, device.plan.host)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return all addresses."""
        return tuple(self._endpoints.values())

    def reachable(self) -> Iterator[Device]:
        """Yield the devices with an address that are on the network now."""
        for name in self._endpoints:
            device = self._devices[name]
            if not device.asleep and not device.has(FaultName.OFFLINE):
                yield device

    @property
    def devices(self) -> tuple[Device, ...]:
        """Return all devices in the order of the description."""
        return tuple(self._devices.values())

    def device(self, name: str) -> Device | None:
        """Return the device of a name, if there is one."""
        return self._devices.get(name)

    async def inflict(
        self, device: Device, fault: FaultName, parameters: Mapping[str, Any]
    ) -> None:
        """Give a device a fault.

        Raises:
            FaultRefused: The device cannot have it, or a parameter is wrong.
        """
        async with self._changing:
            device.inflict(fault, parameters)
            await self._apply(device, fault)
        log.info("fault", extra={"device": device.plan.name, "fault": fault.value})

    async def heal(self, device: Device, faults: Iterable[FaultName]) -> None:
        """Take faults away from a device; those that it has not are passed over.

        Raises:
            FaultRefused: It was offline and its address has been taken by another process since.
        """
        async with self._changing:
            for fault in faults:
                await self._heal(device, fault)

    async def wake(self, device: Device) -> None:
        """Have a sleeping device answer, if it is able to."""
        async with self._changing:
            device.asleep = False
            if device.has(FaultName.OFFLINE):
                return
            try:
                await self._reopen(device)
            except FaultRefused as error:
                device.asleep = True
                extra = {"device": device.plan.name, "why": str(error)}
                log.warning("a device cannot wake", extra=extra)

    async def lull(self, device: Device) -> None:
        """Have a device fall asleep: it leaves the network."""
        async with self._changing:
            device.asleep = True
            await self._endpoints[device.plan.name].close()

    async def _heal(self, device: Device, fault: FaultName) -> None:
        if not device.has(fault):
            return
        if fault is FaultName.OFFLINE and not device.plan.gateway and not device.asleep:
            await self._reopen(device)
        device.heal(fault)
        await self._apply(device, fault)
        log.info("healed", extra={"device": device.plan.name, "fault": fault.value})

    async def _reopen(self, device: Device) -> None:
        try:
            await self._endpoints[device.plan.name].open()
        except OSError as error:
            at = f"{self.address(device)}:{PORT}"
            raise FaultRefused(f"cannot listen on {at} again: {error.strerror}") from error

    async def _apply(self, device: Device, fault: FaultName) -> None:
        """Bring the connections in line with a fault that came or went."""
        endpoint = self._endpoints.get(device.plan.name)
        if endpoint is None:
            return
        if device.has(FaultName.OFFLINE):
            await endpoint.close()
        elif fault is FaultName.WRONG_KEY:
            endpoint.drop()

    def _endpoint(self, device: Device, clock: Clock) -> Endpoint:
        children = {
            child.identity.cid: child
            for child in self._devices.values()
            if child.plan.gateway == device.plan.name
        }
        host = Host(device, children, clock)
        return Endpoint(host, self.address(device), self.plan.max_clients, self.plan.idle_seconds)


def _around(plan: BuildingPlan, entry: DevicePlan) -> Surroundings:
    return Surroundings(plan.seed, entry.name, entry.site.zone, plan.weather)


def _bind_problem(number: int, addresses: list[str]) -> Problem:
    shown = ", ".join(addresses[:_SHOWN])
    if len(addresses) > _SHOWN:
        shown += f" and {len(addresses) - _SHOWN} more"
    if number == errno.EADDRINUSE:
        message = f"port {PORT} is taken on {shown}"
        hint = "stop the other building, or choose other addresses with --subnet"
        return Problem("address-in-use", message, hint=hint)
    if number == errno.EADDRNOTAVAIL:
        message = f"this machine does not have the address {shown}"
        hint = "on macOS, add each: sudo ifconfig lo0 alias ADDRESS; Linux has them all"
        return Problem("address-not-available", message, hint=hint)
    return Problem("address-unusable", f"cannot listen on {shown}: {os.strerror(number)}")
