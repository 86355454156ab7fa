"""What happens in a building of its own accord: broadcasts, reports, sleep, scripted faults."""

import asyncio
import heapq
import itertools
import logging
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

from sothat.simulator.building import Building
from sothat.simulator.clock import SimulatedClock
from sothat.simulator.device import Device
from sothat.simulator.faults import FaultName, FaultRefused
from sothat.simulator.plan import Broadcasts, Step
from sothat.simulator.wire.broadcasts import broadcast, is_plain

log = logging.getLogger("sothat.simulator.life")

# Sockets are served in between, however many devices there are.
_AT_ONCE = 50


class Agenda:
    """What is to be done when, in simulated seconds from the start."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self._due: list[tuple[float, int, Callable[[], Any]]] = []
        self._order = itertools.count()

    def add(self, at: float, action: Callable[[], Any]) -> None:
        """Have an action, which may be a coroutine function, done at a time."""
        heapq.heappush(self._due, (at, next(self._order), action))

    async def run(self) -> None:
        """Do what is due, until there is nothing left."""
        while self._due:
            at, _, action = heapq.heappop(self._due)
            passed = self._clock() - self._clock.start
            await asyncio.sleep(max(0.0, self._clock.real(at - passed)))
            done = action()
            if asyncio.iscoroutine(done):
                await done


class Life:
    """The life of one building; ends when cancelled."""

    def __init__(self, building: Building, clock: SimulatedClock) -> None:
        self._building = building
        self._clock = clock
        self._sender: socket.socket | None = None

    async def run(self) -> None:
        """Let things happen."""
        plan, agenda = self._building.plan, Agenda(self._clock)
        for step in plan.script:
            self._schedule(agenda, step, step.at)
        for device in self._building.devices:
            if device.plan.sleep:
                self._lay(agenda, device)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(agenda.run())
            if plan.report_seconds:
                tasks.create_task(self._report(plan.report_seconds))
            if plan.broadcasts:
                tasks.create_task(self._broadcast(plan.broadcasts))

    def _schedule(self, agenda: Agenda, step: Step, at: float) -> None:
        async def strike() -> None:
            await self._strike(step)
            if step.lasts:
                agenda.add(at + step.lasts, heal)
            if step.every:
                self._schedule(agenda, step, at + step.every)

        async def heal() -> None:
            for device in self._of(step):
                await self._building.heal(device, [FaultName(step.fault)])

        agenda.add(at, strike)

    async def _strike(self, step: Step) -> None:
        for device in self._of(step):
            try:
                await self._building.inflict(device, FaultName(step.fault), step.parameters)
            except FaultRefused as error:
                extra = {"device": device.plan.name, "why": str(error)}
                log.warning("a fault of the script is left out", extra=extra)

    def _of(self, step: Step) -> Iterator[Device]:
        return (found for name in step.devices if (found := self._building.device(name)))

    def _lay(self, agenda: Agenda, device: Device) -> None:
        """Have a device sleep, and wake by its habit."""
        habit = device.plan.sleep
        assert habit  # noqa: S101 – asked for by the caller
        first = device.around.constant("waking") * habit.every

        async def wake(at: float) -> None:
            await self._building.wake(device)
            if self._building.plan.broadcasts:
                self._say(device, self._building.plan.broadcasts)
            agenda.add(at + habit.awake, lambda: sleep(at + habit.every))

        async def sleep(next_waking: float) -> None:
            await self._building.lull(device)
            agenda.add(next_waking, lambda: wake(next_waking))

        agenda.add(0.0, lambda: sleep(first))

    async def _report(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            for number, endpoint in enumerate(self._building.endpoints):
                endpoint.report_changes()
                if number % _AT_ONCE == 0:
                    await asyncio.sleep(0)

    async def _broadcast(self, how: Broadcasts) -> None:
        while True:
            for number, device in enumerate(self._building.reachable()):
                self._say(device, how)
                if number % _AT_ONCE == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(how.seconds)

    def _say(self, device: Device, how: Broadcasts) -> None:
        if self._sender is None:
            self._sender = _sender()
        said = {
            "ip": self._building.address(device),
            "gwId": device.identity.id,
            "active": 2,
            "ablilty": 0,  # sic: devices spell it so
            "encrypt": True,
            "productKey": device.plan.product.product_id,
            "version": device.plan.version,
        }
        version = device.plan.version
        port = how.ports[0 if is_plain(version) else 1]
        try:
            self._sender.sendto(broadcast(said, version, os.urandom), (how.address, port))
        except OSError as error:
            extra = {"address": how.address, "why": error.strerror}
            log.warning("a broadcast cannot be sent", extra=extra)


def _sender() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.setblocking(False)  # noqa: FBT003 – the library's signature
    return sock
