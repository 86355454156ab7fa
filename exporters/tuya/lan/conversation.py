"""What is asked on one connection: the device, then its sub-devices, round after round."""

import asyncio

from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.failure import OTHER_KIND, UNEXPECTED, DeviceFailed, Reason
from sothat.exporters.tuya.lan.codec import MEASURE, ONLINE_LIST, REPORT, Codec, Message
from sothat.exporters.tuya.lan.household import Household
from sothat.exporters.tuya.lan.line import Accepts, Line
from sothat.exporters.tuya.lan.pace import Pace
from sothat.exporters.tuya.lan.vitals import Proof, Vitals
from sothat.exporters.tuya.points import sampled

# After so many sub-devices in a row without an answer, the gateway is asked whether it lives.
_DOUBTFUL = 3
# How long an order to measure waits for its acknowledgement: some devices give none.
_MEASURING = 1.0
# No heartbeat is sent when the next question is about to keep the connection alive anyway.
_SOON = 5.0
_NOBODY: frozenset[str] = frozenset()


class Conversation:
    """A connection in use; what the device turns out not to be able to do is remembered for it.

    Args:
        timeout: Seconds for each answer.
    """

    def __init__(
        self, line: Line, codec: Codec, household: Household, pace: Pace, timeout: float
    ) -> None:
        self._line = line
        self._codec = codec
        self._household = household
        self._pace = pace
        self._timeout = timeout
        self._sampled = tuple(sampled(household.device.points))
        self._acknowledges = True
        self._takes_census = bool(household.children)

    async def run(self) -> None:
        """Ask until the connection is to be renewed, or has ended in order.

        Raises:
            DeviceFailed: The device at the address has failed.
        """
        loop = asyncio.get_running_loop()
        ends, due = loop.time() + self._pace.lifetime(), loop.time()
        while loop.time() < ends:
            if await self._idle(due):
                return  # it has hung up between two polls, as is its right
            due = max(loop.time(), due + self._pace.interval())
            await self._round()

    async def _idle(self, until: float) -> bool:
        """Keep the connection alive until it is time; return whether it has ended before."""
        loop = asyncio.get_running_loop()
        while (left := until - loop.time()) > 0:
            if await self._line.gone_within(min(left, self._pace.heartbeat)):
                break
            if until - loop.time() > _SOON:
                await self._beat()
                self._household.own.sighted(self._household.now())
        if self._line.fault:
            raise self._line.fault
        return self._line.lost.done()

    async def _beat(self) -> None:
        # Anything proves life, a report that has come just then, too: it is not lost.
        self._household.reported(await self._ask(self._codec.heartbeat(), lambda _: True))

    async def _round(self) -> None:
        """Ask the device, then its sub-devices."""
        own = self._household.own
        was_down = own.down
        await self._measure()
        failure = await self._try_own()
        if failure and not (self._household.children and failure.reason is Reason.PROTOCOL):
            raise failure
        heard = await self._ask_children() if self._household.children else False
        # Some gateways have no status of their own; a child's answer is proof enough.
        if failure and not heard:
            raise failure
        if failure:
            own.answered({}, None, self._household.now(), Proof.ALIVE)
        self._household.recovered(own, was_down=was_down)

    async def _try_own(self) -> DeviceFailed | None:
        try:
            await self._ask_status(self._household.own, Proof.ALIVE)
        except DeviceFailed as failure:
            return failure
        return None

    async def _ask_status(self, one: Vitals, proof: Proof) -> None:
        begun, messages = asyncio.get_running_loop().time(), one.tally.messages
        try:
            message = await self._query(one.device)
        except DeviceFailed as failure:
            if failure.reason is Reason.TIMEOUT and one.tally.messages > messages:
                return  # it did not answer, but reports: some tell only what has changed
            raise
        if message.failure:
            raise message.failure
        if not message.points and not self._household.children:
            raise DeviceFailed(Reason.PROTOCOL, UNEXPECTED, "an answer without data points")
        took = asyncio.get_running_loop().time() - begun
        one.answered(message.points, took, self._household.now(), proof)

    async def _query(self, device: Device) -> Message:
        message = await self._ask(self._codec.query(device), self._answers(device))
        if message.failure and message.failure.code == OTHER_KIND:
            self._codec.list_points()
            message = await self._ask(self._codec.query(device), self._answers(device))
        return message

    def _answers(self, device: Device) -> Accepts:
        """Return what tells whether a message answers a query of the device."""
        gateway = bool(self._household.children)

        def accepts(message: Message) -> bool:
            if message.command not in self._codec.answers:
                return False
            if message.failure:
                return True
            if not message.body:
                # An acknowledgement: of most devices, the answer is still to come.
                return gateway
            return not gateway or message.cid == device.cid

        return accepts

    async def _measure(self) -> None:
        """Have energy points measured anew, as far as the device can do so."""
        if not self._sampled:
            return
        order = self._codec.measure(self._sampled)
        if not self._acknowledges:
            self._line.tell(order)
            return
        seconds = min(_MEASURING, self._timeout)
        message = await self._ask_if_able(order, _of(MEASURE, REPORT), seconds)
        if message is None:
            self._acknowledges = False
        elif message.failure:
            self._sampled = ()
        else:
            self._household.reported(message)

    async def _ask_children(self) -> bool:
        """Ask sub-devices for as long as one interval; return whether any has answered."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._pace.every
        online, offline = await self._census()
        # Whoever waited longest comes first: silent ones must not starve the same others each time.
        waiting = sorted(self._household.children.values(), key=lambda one: one.asked)
        heard, silent = False, 0
        while waiting and loop.time() < ends:
            child = waiting.pop(0)
            if child.device.cid in offline:
                self._household.out_of_reach(child)
                continue
            if loop.time() < child.asked + child.breaker.pause():
                continue
            proof = Proof.ALIVE if child.device.cid in online else Proof.MEMORY
            answered = await self._ask_child(child, proof)
            heard, silent = heard or answered, 0 if answered else silent + 1
            if silent >= _DOUBTFUL:
                await self._beat()
                silent = 0
        self._household.own.queue = len(waiting)
        return heard

    async def _ask_child(self, child: Vitals, proof: Proof) -> bool:
        """Ask one sub-device; return whether it has answered."""
        was_down = child.down
        child.asked = asyncio.get_running_loop().time()
        try:
            await self._ask_status(child, proof)
        except DeviceFailed as failure:
            if self._line.lost.done():
                raise
            self._household.child_failed(child, failure)
            return False
        self._household.recovered(child, was_down=was_down)
        return True

    async def _census(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the sub-devices that the gateway has in reach, and those that it has not."""
        if not self._takes_census:
            return _NOBODY, _NOBODY
        message = await self._ask_if_able(self._codec.census(), _of(ONLINE_LIST), self._timeout)
        if message is None:
            self._takes_census = False
            return _NOBODY, _NOBODY
        return _listed(message, "online"), _listed(message, "offline")

    async def _ask_if_able(
        self, request: bytes, accepts: Accepts, seconds: float
    ) -> Message | None:
        """Return the answer to what not all devices know, None where there is none in time."""
        try:
            return await self._line.ask(request, accepts, seconds)
        except DeviceFailed as failure:
            if failure.reason is not Reason.TIMEOUT:
                raise
            return None

    async def _ask(self, request: bytes, accepts: Accepts) -> Message:
        return await self._line.ask(request, accepts, self._timeout)


def _of(*commands: int) -> Accepts:
    """Return what accepts messages of some commands, and whatever is refused."""
    return lambda message: message.command in commands or message.failure is not None


def _listed(message: Message, which: str) -> frozenset[str]:
    data = message.body.get("data")
    listed = data.get(which) if isinstance(data, dict) else None
    return frozenset(map(str, listed)) if isinstance(listed, list) else _NOBODY
