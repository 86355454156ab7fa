"""The one owner of an address: connects, has it asked, connects again.

Devices take one TCP client, so nobody else may talk to it.
"""

import asyncio
import errno
import logging
from dataclasses import dataclass

from sothat.exporters.tuya.failure import NO_CONNECTION, OFFLINE, DeviceFailed, Reason
from sothat.exporters.tuya.lan.addresses import Addresses
from sothat.exporters.tuya.lan.codec import Codec
from sothat.exporters.tuya.lan.conversation import Conversation
from sothat.exporters.tuya.lan.household import Household
from sothat.exporters.tuya.lan.line import Line
from sothat.exporters.tuya.lan.pace import Pace
from sothat.exporters.tuya.lan.slots import Slots
from sothat.exporters.tuya.lan.witness import Witness, judge

log = logging.getLogger(__name__)

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


class Owner:
    """Asks one address, for as long as its task runs.

    Args:
        addresses: Where it may be.
    """

    def __init__(self, household: Household, addresses: Addresses, around: Surroundings) -> None:
        self.household = household
        self.addresses = addresses
        self._around = around
        self._codec: Codec | None = None
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Try again now, if it is waiting to do so."""
        self._wanted.set()

    async def run(self) -> None:
        """Ask until cancelled."""
        device = self.household.device
        while True:
            try:
                await self._live()
            except DeviceFailed as failure:
                self._failed(judge(device, failure, self._around.witness))
            except Exception as error:
                # One device's trouble must not take the others along.
                log.exception("a defect", extra={"device": device.name})
                self._failed(DeviceFailed(Reason.OTHER, why=type(error).__name__))
            await self._pause()

    async def _live(self) -> None:
        """Connect, and ask until the connection is to be renewed or has ended in order."""
        around, own = self._around, self.household.own
        line, codec = await self._connect()
        try:
            own.connected()
            await Conversation(line, codec, self.household, around.pace, around.timeout).run()
        finally:
            line.close()
            own.disconnected()

    async def _connect(self) -> tuple[Line, Codec]:
        breaker = self.household.own.breaker
        if flaw := self.household.device.flaw:
            raise DeviceFailed(Reason.OTHER, why=flaw)
        where = self.addresses.choose(failing=breaker.failures)
        if not where.address:
            raise DeviceFailed(Reason.OTHER, OFFLINE, "its address is not known")
        async with self._around.slots.one(probing=breaker.open):
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
            self._codec = Codec(self.household.device, version)
        return self._codec

    async def _dial(self, address: str, codec: Codec) -> Line:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._around.timeout):
                _, line = await loop.create_connection(
                    lambda: Line(codec, self.household), address, self._around.port
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

    def _failed(self, failure: DeviceFailed) -> None:
        if self._codec and self._codec.guessed:
            self._codec = None  # what was guessed of the device may be why it fails
        self.household.failed(failure)

    async def _pause(self) -> None:
        """Wait before the next attempt, unless there is news of the device."""
        self._wanted.clear()
        # Of one that has hung up in order, no failure is known; it is not stormed either.
        seconds = self.household.own.breaker.pause() or self._around.pace.after_hang_up()
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return


def _of_system(error: OSError) -> Reason:
    """Return why connecting failed: a host that is switched off does not answer its neighbours."""
    return Reason.TIMEOUT if error.errno in _NOBODY_THERE else Reason.OTHER
