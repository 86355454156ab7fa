"""The one owner of an address: polls a device, or a gateway with its sub-devices, in turn.

Devices take one TCP client, and tinytuya's objects have no locks, so nobody else may talk to it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.failure import DeviceFailed, Reason
from sothat.exporters.tuya.link import Connect, Link
from sothat.exporters.tuya.points import Readings, sampled
from sothat.exporters.tuya.registry.loading import standard
from sothat.exporters.tuya.registry.meters import Meters
from sothat.exporters.tuya.registry.reader import Registry


@dataclass(frozen=True, slots=True)
class Report:
    """What one poll found out about one device.

    Attributes:
        reason: Why it is not up; None when it is.
        response: Seconds that its answer took, None without one.
        last_seen: Seconds since the epoch, None before the first answer.
        messages: Answers since the start.
        errors: Failures since the start, by tinytuya's code.
    """

    device: Device
    reason: Reason | None
    response: float | None
    readings: Readings | None
    last_seen: float | None
    messages: int
    errors: Mapping[str, int]


@dataclass(slots=True)
class _Tally:
    """What is remembered of a device from poll to poll."""

    last_seen: float | None = None
    asked: float = 0.0
    messages: int = 0
    errors: Counter[str] = field(default_factory=Counter)


class Owner:
    """Polls one address.

    Args:
        device: The device or gateway there.
        children: Its sub-devices.
        connect: Makes the link; called once, when first needed.
    """

    def __init__(
        self, device: Device, children: Sequence[Device], connect: Connect, clock: Clock
    ) -> None:
        self.device = device
        self.children = tuple(children)
        self._connect = connect
        self._clock = clock
        self._link: Link | None = None
        self._registry = Registry(standard(), Meters())
        self._tallies = {member.id: _Tally() for member in (device, *children)}
        self._sampled = tuple(sampled(device.points))

    def poll(self, deadline: Deadline) -> list[Report]:
        """Return a report of each device that there was time for."""
        if deadline.expired():
            return []
        if not self.device.address:
            return self._all_down(Reason.OTHER)
        self._link = self._link or self._connect(self.device)
        # An order to abort that came just after the last poll's end must not break this one.
        self._link.close()
        try:
            return list(self._reports(self._link, deadline))
        finally:
            self._link.close()

    def abort(self) -> None:
        """Make a poll that is under way come back; called from another thread."""
        link = self._link
        if link:
            link.abort()

    def _reports(self, link: Link, deadline: Deadline) -> Iterator[Report]:
        first = self._ask(link, self.device)
        if not self._reached(first):
            yield from self._all_down(first.reason or Reason.OTHER, first)
            return
        others = list(self._of_children(link, deadline)) if self.children else []
        # Some gateways have no status of their own; a child's answer is proof enough.
        if first.reason and not any(report.reason is None for report in others):
            yield from self._all_down(first.reason, first)
            return
        yield replace(first, reason=None)
        yield from others

    def _reached(self, first: Report) -> bool:
        """Return whether children are worth asking."""
        return first.reason is None or (bool(self.children) and first.reason is Reason.PROTOCOL)

    def _of_children(self, link: Link, deadline: Deadline) -> Iterator[Report]:
        lost = link.lost()
        # Whoever waited longest comes first: silent ones must not starve the same others each time.
        for child in sorted(self.children, key=lambda one: self._tallies[one.id].asked):
            if deadline.expired():
                return
            self._tallies[child.id].asked = self._clock.monotonic()
            if child.cid in lost:
                # The gateway would answer with the last values that it had heard.
                yield self._report(child, Reason.TIMEOUT, None, None)
            else:
                yield self._ask(link, child)

    def _ask(self, link: Link, device: Device) -> Report:
        tally = self._tallies[device.id]
        begun = self._clock.monotonic()
        try:
            raw = self._points(link, device)
        except DeviceFailed as failure:
            tally.errors[str(failure.code)] += failure.code > 0
            return self._report(device, failure.reason, None, None)
        tally.messages += 1
        tally.last_seen = self._clock.time()
        took = self._clock.monotonic() - begun
        return self._report(device, None, took, self._registry.read(device, raw, tally.last_seen))

    def _points(self, link: Link, device: Device) -> Mapping[str, object]:
        raw = {**self._measured(link, device), **link.status(device)}
        if not raw and not self.children:
            raise DeviceFailed(Reason.PROTOCOL)  # only a gateway may have nothing to say
        return raw

    def _measured(self, link: Link, device: Device) -> Mapping[str, object]:
        """Have energy points measured anew; a device that cannot do so is not asked again."""
        if device is not self.device or not self._sampled:
            return {}
        try:
            return link.measure(self._sampled)
        except DeviceFailed as failure:
            if failure.reason is not Reason.PROTOCOL:
                raise  # it does not answer at all: asking for its status would only take longer
            self._sampled = ()
            return {}

    def _all_down(self, reason: Reason, first: Report | None = None) -> list[Report]:
        own = first or self._report(self.device, reason, None, None)
        return [own, *(self._report(c, Reason.GATEWAY, None, None) for c in self.children)]

    def _report(
        self,
        device: Device,
        reason: Reason | None,
        response: float | None,
        readings: Readings | None,
    ) -> Report:
        tally = self._tallies[device.id]
        return Report(
            device,
            reason,
            response,
            readings,
            tally.last_seen,
            tally.messages,
            dict(+tally.errors),
        )


def owners(devices: Sequence[Device], connect: Connect, clock: Clock) -> list[Owner]:
    """Return an owner for each address."""
    return [
        Owner(device, [d for d in devices if d.parent == device.id], connect, clock)
        for device in devices
        if not device.parent
    ]
