"""The one owner of an address: asks a device, or a gateway with its sub-devices, in turn.

Devices take one TCP client, so nobody else may talk to it.
"""

import asyncio
import errno
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sothat.exporters.clock import Clock
from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.failure import (
    NO_CONNECTION,
    OFFLINE,
    OTHER_KIND,
    UNEXPECTED,
    DeviceFailed,
    Reason,
)
from sothat.exporters.tuya.lan.addresses import Addresses
from sothat.exporters.tuya.lan.codec import MEASURE, ONLINE_LIST, REPORT, Codec, Message
from sothat.exporters.tuya.lan.frames import Malformed
from sothat.exporters.tuya.lan.line import Line
from sothat.exporters.tuya.lan.pace import Pace
from sothat.exporters.tuya.lan.slots import Slots
from sothat.exporters.tuya.lan.vitals import Proof, Vitals
from sothat.exporters.tuya.lan.witness import Witness, judge
from sothat.exporters.tuya.points import sampled

log = logging.getLogger(__name__)

# After so many sub-devices in a row without an answer, the gateway is asked whether it lives.
_DOUBTFUL = 3
# How long an order to measure waits for its acknowledgement: some devices give none.
_MEASURING = 1.0
# No heartbeat is sent when the next question is about to keep the connection alive anyway.
_SOON = 5.0
_POWER_OF_TEN = re.compile("10*")
_NOBODY_THERE = (errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ETIMEDOUT)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What owners share.

    Attributes:
        port: The devices' TCP port.
        timeout: Seconds for connecting, for the handshake, and for each answer.
        slots: Attempts to connect under way.
        witness: Who knows more of a device.
    """

    port: int
    timeout: float
    pace: Pace
    slots: Slots
    witness: Witness
    clock: Clock


class Owner:
    """Asks one address, for as long as its task runs.

    Args:
        vitals: Those of the device at the address first, then those of its sub-devices.
        addresses: Where it may be.
    """

    def __init__(
        self, vitals: Sequence[Vitals], addresses: Addresses, around: Surroundings
    ) -> None:
        self.device = vitals[0].device
        self.vitals = vitals[0]
        self.addresses = addresses
        self._children = {one.device.cid: one for one in vitals[1:]}
        self._around = around
        self._sampled = tuple(sampled(self.device.points))
        self._codec: Codec | None = None
        self._acknowledges = True
        self._takes_census = bool(self._children)
        self._wanted = asyncio.Event()

    @property
    def all(self) -> tuple[Vitals, ...]:
        """Return the vitals of everything at the address."""
        return (self.vitals, *self._children.values())

    def wake(self) -> None:
        """Try again now, if it is waiting to do so."""
        self._wanted.set()

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            try:
                await self._live()
            except DeviceFailed as failure:
                self._failed(judge(self.device, failure, self._around.witness))
            except Exception as error:
                # One device's trouble must not take the others along.
                log.exception("a defect", extra={"device": self.device.name})
                self._failed(DeviceFailed(Reason.OTHER, why=type(error).__name__))
            await self._pause()

    async def _live(self) -> None:
        """Connect, and ask until the connection is to be renewed or has ended in order."""
        line, codec = await self._connect()
        try:
            self.vitals.connected()
            await self._converse(line, codec)
        finally:
            line.close()
            self.vitals.disconnected()

    async def _converse(self, line: Line, codec: Codec) -> None:
        loop, pace = asyncio.get_running_loop(), self._around.pace
        ends = loop.time() + pace.lifetime()
        due = loop.time()
        while loop.time() < ends:
            if await self._idle(line, codec, due):
                return  # it has hung up between two polls, as is its right
            due = max(loop.time(), due + pace.interval())
            await self._round(line, codec)

    async def _connect(self) -> tuple[Line, Codec]:
        if self.device.flaw:
            raise DeviceFailed(Reason.OTHER, why=self.device.flaw)
        where = self.addresses.choose(failing=self.vitals.breaker.failures)
        if not where.address:
            raise DeviceFailed(Reason.OTHER, OFFLINE, "its address is not known")
        async with self._around.slots.one(probing=self.vitals.breaker.open):
            codec = self._codec_of(where.version)
            line = await self._dial(where.address, codec)
            try:
                await line.shake_hands(self._around.timeout)
            except BaseException:
                line.close()
                raise
        self.addresses.works(where)
        return line, codec

    def _codec_of(self, version: str) -> Codec:
        """Return the codec; it counts on from connection to connection."""
        if self._codec is None or self._codec.version != version:
            self._codec = Codec(self.device, version)
        return self._codec

    async def _dial(self, address: str, codec: Codec) -> Line:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._around.timeout):
                _, line = await loop.create_connection(
                    lambda: Line(codec, self), address, self._around.port
                )
        except TimeoutError:
            raise DeviceFailed(Reason.TIMEOUT, OFFLINE, "no connection in time") from None
        except ConnectionRefusedError:
            why = "it refuses connections"
            raise DeviceFailed(Reason.REFUSED, NO_CONNECTION, why) from None
        except OSError as error:
            why = f"cannot connect: {error.strerror or type(error).__name__}"
            raise DeviceFailed(_of_system(error), NO_CONNECTION, why) from None
        return line

    async def _idle(self, line: Line, codec: Codec, until: float) -> bool:
        """Keep the connection alive until it is time; return whether it has ended before."""
        loop, pace = asyncio.get_running_loop(), self._around.pace
        while (left := until - loop.time()) > 0:
            if await line.gone_within(min(left, pace.heartbeat)):
                break
            if until - loop.time() > _SOON:
                await line.ask(codec.heartbeat(), _anything, self._around.timeout)
                self.vitals.sighted(self._around.clock.time())
        if line.fault:
            raise line.fault
        return line.lost.done()

    async def _round(self, line: Line, codec: Codec) -> None:
        """Ask the device, then its sub-devices.

        Raises:
            DeviceFailed: The device at the address has failed.
        """
        was_down = self.vitals.down
        await self._measure(line, codec)
        failure = await self._ask_own(line, codec)
        if failure and not (self._children and failure.reason is Reason.PROTOCOL):
            raise failure
        heard = await self._ask_children(line, codec) if self._children else False
        # Some gateways have no status of their own; a child's answer is proof enough.
        if failure and not heard:
            raise failure
        if failure:
            self.vitals.answered({}, 0.0, self._around.clock.time(), Proof.ALIVE)
        if was_down:
            log.info("device up", extra={"device": self.device.name})

    async def _ask_own(self, line: Line, codec: Codec) -> DeviceFailed | None:
        try:
            await self._ask(line, codec, self.vitals, Proof.ALIVE)
        except DeviceFailed as failure:
            return failure
        return None

    async def _ask(self, line: Line, codec: Codec, one: Vitals, proof: Proof) -> None:
        begun, messages = asyncio.get_running_loop().time(), one.tally.messages
        try:
            message = await self._query(line, codec, one.device)
            if message.failure and message.failure.code == OTHER_KIND:
                codec.list_points()
                message = await self._query(line, codec, one.device)
        except DeviceFailed as failure:
            if failure.reason is Reason.TIMEOUT and one.tally.messages > messages:
                return  # it did not answer, but reports: some tell only what has changed
            raise
        if message.failure:
            raise message.failure
        if not message.points and one is self.vitals and not self._children:
            raise DeviceFailed(Reason.PROTOCOL, UNEXPECTED, "an answer without data points")
        took = asyncio.get_running_loop().time() - begun
        one.answered(message.points, took, self._around.clock.time(), proof)

    async def _query(self, line: Line, codec: Codec, device: Device) -> Message:
        def accepts(message: Message) -> bool:
            if message.command not in codec.answers:
                return False
            if message.failure:
                return True
            if not message.body:
                # An acknowledgement: of most devices, the answer is still to come.
                return bool(self._children)
            return message.cid == device.cid

        return await line.ask(codec.query(device), accepts, self._around.timeout)

    async def _measure(self, line: Line, codec: Codec) -> None:
        """Have energy points measured anew; a device that cannot do so is not asked again."""
        if not self._sampled:
            return
        order = codec.measure(self._sampled)
        if not self._acknowledges:
            line.tell(order)
            return

        def accepts(message: Message) -> bool:
            return message.command in (MEASURE, REPORT) or message.failure is not None

        try:
            message = await line.ask(order, accepts, min(_MEASURING, self._around.timeout))
        except DeviceFailed as failure:
            if failure.reason is not Reason.TIMEOUT:
                raise
            self._acknowledges = False
            return
        if message.failure:
            self._sampled = ()
        elif message.points:
            self.reported(message)

    async def _ask_children(self, line: Line, codec: Codec) -> bool:
        """Ask sub-devices for as long as one interval; return whether any has answered."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._around.pace.every
        online, offline = await self._census(line, codec)
        # Whoever waited longest comes first: silent ones must not starve the same others each time.
        waiting = sorted(self._children.values(), key=lambda one: one.asked)
        heard, silent = False, 0
        while waiting and loop.time() < ends:
            child = waiting.pop(0)
            if child.device.cid in offline:
                self._out_of_reach(child)
                continue
            if loop.time() < child.asked + child.breaker.pause():
                continue
            child.asked = loop.time()
            proof = Proof.ALIVE if child.device.cid in online else Proof.MEMORY
            answered = await self._ask_child(line, codec, child, proof)
            heard, silent = heard or answered, 0 if answered else silent + 1
            if silent >= _DOUBTFUL:
                await line.ask(codec.heartbeat(), _anything, self._around.timeout)
                silent = 0
        self.vitals.queue = len(waiting)
        return heard

    async def _ask_child(self, line: Line, codec: Codec, child: Vitals, proof: Proof) -> bool:
        was_down = child.down
        try:
            await self._ask(line, codec, child, proof)
        except DeviceFailed as failure:
            if line.lost.done():
                raise
            self._note(child, failure)
            return False
        if was_down:
            log.info("device up", extra={"device": child.device.name})
        return True

    async def _census(self, line: Line, codec: Codec) -> tuple[frozenset[str], frozenset[str]]:
        """Return the sub-devices that the gateway has in reach, and those that it has not."""
        if not self._takes_census:
            return frozenset(), frozenset()

        def accepts(message: Message) -> bool:
            return message.command == ONLINE_LIST or message.failure is not None

        try:
            message = await line.ask(codec.census(), accepts, self._around.timeout)
        except DeviceFailed as failure:
            if failure.reason is not Reason.TIMEOUT:
                raise
            self._takes_census = False
            return frozenset(), frozenset()
        return _listed(message, "online"), _listed(message, "offline")

    def reported(self, message: Message) -> None:
        """Take a report that the device, or one of its sub-devices, makes of its own accord."""
        one = self._children.get(message.cid) if message.cid else self.vitals
        if one and message.points:
            one.reported(message.points, self._around.clock.time())

    def flawed(self, kind: Malformed) -> None:
        """Count something malformed; the first, tenth, hundredth … is logged, too."""
        counts = self.vitals.tally.malformed
        counts[kind] += 1
        if _POWER_OF_TEN.fullmatch(str(counts[kind])):
            extra = {"device": self.device.name, "kind": kind.value, "number": counts[kind]}
            log.warning("malformed frame", extra=extra)

    def _failed(self, failure: DeviceFailed) -> None:
        if self._codec and self._codec.guessed:
            self._codec = None  # what was guessed of the device may be why it fails
        self._note(self.vitals, failure)
        if self.vitals.down:
            for child in self._children.values():
                child.blocked()

    def _note(self, one: Vitals, failure: DeviceFailed) -> None:
        if one.failed(failure):
            extra = {"device": one.device.name, "reason": failure.reason.value}
            log.warning("device down", extra=extra | {"code": failure.code, "why": failure.why})

    def _out_of_reach(self, child: Vitals) -> None:
        if not child.down:
            why = "its gateway cannot reach it"
            extra = {"device": child.device.name, "reason": Reason.TIMEOUT.value, "why": why}
            log.warning("device down", extra=extra)
        child.out_of_reach()

    async def _pause(self) -> None:
        """Wait before the next attempt, unless there is news of the device."""
        self._wanted.clear()
        # Of one that has hung up in order, no failure is known; it is not stormed either.
        seconds = self.vitals.breaker.pause() or self._around.pace.after_hang_up()
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return


def _anything(_: Message) -> bool:
    return True


def _listed(message: Message, which: str) -> frozenset[str]:
    data: Mapping[str, object] = message.body.get("data") or {}
    listed = data.get(which) if isinstance(data, dict) else None
    return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()


def _of_system(error: OSError) -> Reason:
    """Return why connecting failed: a host that is switched off does not answer its neighbours."""
    return Reason.TIMEOUT if error.errno in _NOBODY_THERE else Reason.OTHER
