"""All owners in one thread with one event loop: started, reloaded, looked at and stopped."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sothat.exporters.clock import Clock
from sothat.exporters.tuya.devices import Device, same
from sothat.exporters.tuya.inventory import Place
from sothat.exporters.tuya.lan.addresses import Addresses, Whereabouts
from sothat.exporters.tuya.lan.breaker import Breaker, Pacing
from sothat.exporters.tuya.lan.discovery import Discovery, Sighting
from sothat.exporters.tuya.lan.household import Household
from sothat.exporters.tuya.lan.owner import Owner, Surroundings
from sothat.exporters.tuya.lan.pace import Pace
from sothat.exporters.tuya.lan.slots import Slots
from sothat.exporters.tuya.lan.vitals import Read, Report, Vitals
from sothat.exporters.tuya.lan.witness import NoWitness, Witness
from sothat.runtime.limits import allow_open_files

log = logging.getLogger(__name__)

T = TypeVar("T")
_LOOK = 0.05


@dataclass(frozen=True, slots=True)
class Plan:
    """How devices are spoken to; durations in seconds.

    Attributes:
        connections: Attempts to connect under way at once.
        longest_pause: Between two attempts at a device that fails.
        discovery: UDP ports on which broadcasts are heard.
    """

    port: int
    timeout: float
    connections: int
    longest_pause: float
    pace: Pace
    chance: Callable[[], float]
    discovery: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Roll:
    """The devices, and where each is by its name."""

    devices: Sequence[Device]
    places: Mapping[str, Place] = field(default_factory=dict)


class Engine:
    """Speaks to a fleet.

    Args:
        read: Makes readings of data points; called in the engine's thread.
        witness: Who knows more of a device than the wire tells.
    """

    def __init__(
        self, roll: Roll, plan: Plan, read: Read, clock: Clock, witness: Witness | None = None
    ) -> None:
        self._roll = roll
        self._plan = plan
        self._read = read
        self._clock = clock
        self._witness = witness or NoWitness()
        self._owners: dict[str, Owner] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._vitals: dict[str, Vitals] = {}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tuya-fleet", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    @property
    def started(self) -> bool:
        """Return whether it has been started."""
        return self._thread.ident is not None

    def start(self) -> None:
        """Begin to speak to the devices."""
        # On that level, tinytuya logs keys, and seals all frames with the same nonce.
        logging.getLogger("tinytuya").setLevel(logging.INFO)
        allow_open_files(len(self._roll.devices))
        self._thread.start()
        self._ready.wait()

    def stop(self, timeout: float) -> bool:
        """Hang up everywhere; return whether the thread has ended in time."""
        if not self.started:
            return True
        if self._loop and self._stopping:
            try:
                self._loop.call_soon_threadsafe(self._stopping.set)
            except RuntimeError:
                log.debug("stopped already")
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def reports(self, timeout: float, settling: float = 0.0) -> list[Report]:
        """Return what is known of every device.

        Args:
            timeout: Seconds after which this gives up.
            settling: Seconds to wait for the first word of or about each device.

        Raises:
            TimeoutError: The engine did not come to it in time.
        """
        return self._call(lambda: self._look(settling), timeout)

    def replace(self, roll: Roll, timeout: float) -> None:
        """Go on with another device list; what is unchanged is not disturbed.

        Raises:
            TimeoutError: The engine did not come to it in time.
        """
        self._call(lambda: self._adopt_in_turn(roll), timeout)

    def sighted(self, device_id: str, at: float, points: Mapping[str, object]) -> None:
        """Take note that another source has heard of a device, at a time (epoch)."""
        if self._loop:
            # A loop that has been closed meanwhile has no devices to tell any more.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._sighted_elsewhere, device_id, at, points)

    def _call(self, work: Callable[[], Coroutine[Any, Any, T]], timeout: float) -> T:
        """Have work done in the engine's thread; what takes too long is still done, unseen."""
        if self._loop is None or not self._thread.is_alive():
            raise TimeoutError("the fleet's thread has ended")
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(timeout)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._adopting = asyncio.Lock()
        self._around = Surroundings(
            self._plan.port,
            self._plan.timeout,
            self._plan.pace,
            Slots(self._plan.connections),
            self._witness,
        )
        await self._adopt(self._roll)
        discovery = Discovery(self._sighted)
        await discovery.open(self._plan.discovery)
        self._ready.set()
        await self._stopping.wait()
        discovery.close()
        await self._end(list(self._tasks.values()))

    async def _adopt_in_turn(self, roll: Roll) -> None:
        # One that was given up goes on; two at once would give an address two owners.
        async with self._adopting:
            await self._adopt(roll)

    async def _adopt(self, roll: Roll) -> None:
        """Have an owner for each address of the list, and none else."""
        groups = {group[0].id: group for group in _groups(roll.devices)}
        changed = [one for one, group in groups.items() if not self._keeps(one, group, roll)]
        gone = [one for one in self._owners if one not in groups]
        leaving = [one for one in (*changed, *gone) if one in self._tasks]
        # A device takes one client: its old connection must be gone before there is a new one.
        await self._end([self._tasks.pop(one) for one in leaving])
        for one in leaving:
            del self._owners[one]
        self._roll = roll
        before, self._vitals = self._vitals, {}
        for one in changed:
            self._employ(groups[one], before)
        for owner in self._owners.values():
            self._vitals.update({one.device.id: one for one in owner.household.all})

    def _keeps(self, one: str, group: Sequence[Device], roll: Roll) -> bool:
        owner = self._owners.get(one)
        if owner is None:
            return False
        if len(owner.household.all) != len(group):
            return False
        pairs = zip(owner.household.all, group, strict=True)
        return all(
            same(vitals.device, device) and vitals.report_interval == _interval(device, roll)
            for vitals, device in pairs
        )

    def _employ(self, group: Sequence[Device], before: Mapping[str, Vitals]) -> None:
        vitals = [self._vitals_of(device, before.get(device.id)) for device in group]
        listed = Whereabouts(group[0].address, group[0].version)
        household = Household(vitals, self._clock)
        owner = Owner(household, Addresses(listed), self._around)
        self._owners[group[0].id] = owner
        self._tasks[group[0].id] = asyncio.create_task(owner.run())

    def _vitals_of(self, device: Device, before: Vitals | None) -> Vitals:
        breaker = Breaker(Pacing(self._plan.longest_pause, self._plan.chance))
        return Vitals(device, _interval(device, self._roll), self._read, breaker, before)

    async def _end(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # connections that were aborted are closed in the next turn

    async def _look(self, settling: float) -> list[Report]:
        loop = asyncio.get_running_loop()
        until = loop.time() + settling
        while loop.time() < until and not all(one.settled for one in self._vitals.values()):  # noqa: ASYNC110 – a thousand events would be one for each device
            await asyncio.sleep(_LOOK)
        now = self._clock.time()
        return [self._vitals[device.id].report(now) for device in self._roll.devices]

    def _sighted(self, sighting: Sighting) -> None:
        """Take note of where a device says to be."""
        owner = self._owners.get(sighting.id)
        if owner is None:
            return
        news = owner.addresses.hear(sighting.address, sighting.version)
        if owner.household.own.sleeps:
            owner.household.own.sighted(self._clock.time())
        if owner.household.own.sleeps or (news and owner.household.own.breaker.failures):
            owner.wake()

    def _sighted_elsewhere(self, device_id: str, at: float, points: Mapping[str, object]) -> None:
        one = self._vitals.get(device_id)
        if one and points:
            one.reported(points, at)
        elif one:
            one.sighted(at)


def _groups(devices: Sequence[Device]) -> Iterator[Sequence[Device]]:
    """Yield the devices at each address: the one that has it first, then its sub-devices."""
    ids = {device.id for device in devices}
    heads = {device.id for device in devices if device.parent not in ids}
    children: dict[str, list[Device]] = {}
    for device in devices:
        # One without a gateway that has an address, or without a name there, stands for itself:
        # it cannot be spoken to.
        behind = device.parent in heads and device.cid
        children.setdefault(device.parent if behind else "", []).append(device)
    for device in children.get("", []):
        yield [device, *children.get(device.id, [])]


def _interval(device: Device, roll: Roll) -> float:
    place = roll.places.get(device.name)
    return place.report_interval if place else 0.0
