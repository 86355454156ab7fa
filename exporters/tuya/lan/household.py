"""What is known of one address: its device, its sub-devices, and what the log hears of them."""

import logging
import re
from collections.abc import Mapping, Sequence

from sothat.exporters.clock import Clock
from sothat.exporters.tuya.failure import DeviceFailed, Reason
from sothat.exporters.tuya.lan.codec import Message
from sothat.exporters.tuya.lan.frames import Malformed
from sothat.exporters.tuya.lan.vitals import Vitals

log = logging.getLogger(__name__)

_POWER_OF_TEN = re.compile("10*")


class Household:
    """A device and the sub-devices behind it; takes what they say of their own accord.

    Args:
        vitals: Those of the device at the address first, then those of its sub-devices.
    """

    def __init__(self, vitals: Sequence[Vitals], clock: Clock) -> None:
        self.own = vitals[0]
        self.device = vitals[0].device
        self.children: Mapping[str, Vitals] = {one.device.cid: one for one in vitals[1:]}
        self.all = tuple(vitals)
        self._clock = clock

    def now(self) -> float:
        """Return the time in seconds since the epoch."""
        return self._clock.time()

    def concerned(self, message: Message) -> Vitals | None:
        """Return whom a message is about, None where that is a stranger."""
        if not self.children:
            return self.own  # some name themselves
        return self.children.get(message.cid) if message.cid else self.own

    def reported(self, message: Message) -> None:
        """Take a report that the device, or one of its sub-devices, makes of its own accord."""
        one = self.concerned(message)
        if one and message.points:
            one.reported(message.points, self.now())

    def flawed(self, kind: Malformed) -> None:
        """Count something malformed; the first, tenth, hundredth … is logged, too."""
        counts = self.own.tally.malformed
        counts[kind] += 1
        if _POWER_OF_TEN.fullmatch(str(counts[kind])):
            extra = {"device": self.device.name, "kind": kind.value, "number": counts[kind]}
            log.warning("malformed frame", extra=extra)

    def failed(self, failure: DeviceFailed) -> None:
        """Note a failure of the device at the address: nobody behind it can be reached."""
        self.child_failed(self.own, failure)
        if self.own.down:
            for child in self.children.values():
                child.blocked()

    def child_failed(self, one: Vitals, failure: DeviceFailed) -> None:
        """Note a failure of one device."""
        if one.failed(failure):
            _say_down(one, failure)

    def out_of_reach(self, child: Vitals) -> None:
        """Note that the gateway cannot reach a sub-device."""
        if not child.down:
            _say_down(child, DeviceFailed(Reason.TIMEOUT, why="its gateway cannot reach it"))
        child.out_of_reach()

    def recovered(self, one: Vitals, *, was_down: bool) -> None:
        """Tell the log of a device that answers again."""
        if was_down and not one.down:
            log.info("device up", extra={"device": one.device.name})


def _say_down(one: Vitals, failure: DeviceFailed) -> None:
    extra = {"device": one.device.name, "reason": failure.reason.value}
    log.warning("device down", extra=extra | {"code": failure.code, "why": failure.why})
