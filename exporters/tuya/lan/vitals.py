"""What is known of one device, and what follows from it: up, down, asleep, or not known."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.failure import OFFLINE, DeviceFailed, Reason
from sothat.exporters.tuya.lan.breaker import Breaker
from sothat.exporters.tuya.points import Readings

# A single failure of a device that was well is tried again before it counts: handshakes fail at
# random now and then.
DOWN_AFTER = 2
# How long a sub-device counts as alive after its last sign of life, where neither its gateway nor
# the inventory says anything.
_CHILD_SILENCE = 86_400.0
# Tuya numbers points up to 255; the cloud has them by code. Whoever makes up more is not heard.
_MOST_POINTS = 512

# Takes a device, all its data points known so far, and the time (epoch) of the last of them.
Read = Callable[[Device, Mapping[str, object]], Readings]


class Proof(Enum):
    """What an answer says about whether the device is alive."""

    ALIVE = auto()  # it came from the device itself, or its gateway vouches for it
    MEMORY = auto()  # its gateway answered, perhaps from memory


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of one device at one moment.

    Attributes:
        up: Whether it works; None where that is not known.
        reason: Why it is not up; None when it is, or when that is not known.
        response: Seconds that its last answer took, None without one.
        readings: What it measures; None where that is no longer true.
        last_seen: When it last showed life, in seconds since the epoch; None: not yet.
        messages: Messages with content since the start.
        errors: Failures since the start, by tinytuya's code.
        asleep: Whether it is a sleeper that is not connected, and within its report interval.
        data_at: When data points last came, in seconds since the epoch.
        connects: Connections made since the start.
        circuit_open: Whether it has failed so often that it is only probed now and then.
        malformed: Malformed frames since the start, by kind.
        queue: A gateway's sub-devices that were still to be asked when its round was over.
        settled: Whether there has been any word of or about it.
    """

    device: Device
    up: bool | None
    reason: Reason | None
    response: float | None
    readings: Readings | None
    last_seen: float | None
    messages: int
    errors: Mapping[str, int]
    asleep: bool = False
    data_at: float | None = None
    connects: int = 0
    circuit_open: bool = False
    malformed: Mapping[str, int] = field(default_factory=dict)
    queue: int = 0
    settled: bool = True


@dataclass(slots=True)
class Tally:
    """What is counted of a device for as long as the process runs."""

    messages: int = 0
    connects: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    malformed: Counter[str] = field(default_factory=Counter)


class Vitals:
    """What is known of one device; used in the engine's thread only.

    Args:
        report_interval: Seconds within which a sleeper reports; 0: it does not sleep.
        read: Makes readings of data points.
        breaker: When it may be tried again after failures.
        before: What was known of it under an earlier device list.
    """

    def __init__(
        self,
        device: Device,
        report_interval: float,
        read: Read,
        breaker: Breaker,
        before: "Vitals | None" = None,
    ) -> None:
        self.device = device
        self.report_interval = report_interval
        self.breaker = breaker
        self.tally: Tally = before.tally if before else Tally()
        self.queue = 0
        self.settled = False
        self.asked = float("-inf")
        self._read = read
        self._points: dict[str, object] = {}
        self._reason: Reason | None = None
        self._response: float | None = None
        self._readings: Readings | None = None
        self._last_seen: float | None = before.last_seen if before else None
        self._data_at: float | None = before.data_at if before else None
        self._was_well = False
        self._vouched = False
        self._connected = False

    @property
    def sleeps(self) -> bool:
        """Return whether it is a battery device that is out of reach most of the time."""
        return self.report_interval > 0 and not self.device.parent

    @property
    def last_seen(self) -> float | None:
        """Return when it last showed life (epoch)."""
        return self._last_seen

    @property
    def data_at(self) -> float | None:
        """Return when data points last came (epoch)."""
        return self._data_at

    @property
    def down(self) -> bool:
        """Return whether it counts as failing."""
        return self._reason is not None

    def connected(self) -> None:
        """Note a connection."""
        self.tally.connects += 1
        self._connected = True

    def disconnected(self) -> None:
        """Note the end of the connection."""
        self._connected = False

    def answered(
        self, points: Mapping[str, object], took: float | None, at: float, proof: Proof
    ) -> None:
        """Note an answer to a query: seconds it took, when it came, and what it proves."""
        self.tally.messages += 1
        changed = any(self._points.get(number) != value for number, value in points.items())
        news = proof is Proof.ALIVE or (changed and bool(self._points))
        self._response = took
        self._vouched = proof is Proof.ALIVE
        if news:
            self._seen(at)
        self._take(points, at, news=news)
        self._well()

    def reported(self, points: Mapping[str, object], at: float) -> None:
        """Note what it, or another source, said of its own accord."""
        self.tally.messages += 1
        self._seen(at)
        self._take(points, at, news=True)

    def sighted(self, at: float) -> None:
        """Note a sign of life without content."""
        self._seen(at)

    def failed(self, failure: DeviceFailed) -> bool:
        """Note a failure; return whether the device counts as down with it, and did not before."""
        expected = self.sleeps and _is_absence(failure)
        if failure.code and not expected:
            self.tally.errors[str(failure.code)] += 1
        self.breaker.failed()
        first = not self._was_well
        before = self._reason
        if not expected and (first or self.breaker.failures >= DOWN_AFTER or self.device.parent):
            self._lose(failure.reason)
        self.settled = True
        return self._reason is not None and self._reason is not before

    def blocked(self) -> None:
        """Note that its gateway is down."""
        self._lose(Reason.GATEWAY)
        self.settled = True

    def out_of_reach(self) -> None:
        """Note that its gateway cannot reach it."""
        self._lose(Reason.TIMEOUT)
        self.settled = True

    def report(self, now: float) -> Report:
        """Return what is known at a time (epoch)."""
        up, reason = self._verdict(now)
        return Report(
            self.device,
            up,
            reason,
            self._response if up else None,
            self._readings if up else None,
            self._last_seen,
            self.tally.messages,
            dict(self.tally.errors),
            asleep=self.sleeps and bool(up) and not self._connected,
            data_at=self._data_at,
            connects=self.tally.connects,
            # One that sleeps fails all the time, as expected.
            circuit_open=self.breaker.open and (self.down or not self.sleeps),
            malformed=dict(self.tally.malformed),
            queue=self.queue,
            settled=self.settled,
        )

    def _verdict(self, now: float) -> tuple[bool | None, Reason | None]:
        if self._reason is not None:
            return False, self._reason
        if not self._by_silence:
            return (True if self.settled else None), None
        if self._last_seen is None:
            return None, None
        if now - self._last_seen <= (self.report_interval or _CHILD_SILENCE):
            return True, None
        # Nobody has promised a report: that there was none for long proves nothing.
        return (False, Reason.TIMEOUT) if self.report_interval else (None, None)

    @property
    def _by_silence(self) -> bool:
        """Return whether only the time since its last sign of life tells how it is."""
        if self.device.parent:
            return not self._vouched
        return self.sleeps and not self._connected

    def _seen(self, at: float) -> None:
        self._last_seen = at if self._last_seen is None else max(at, self._last_seen)

    def _take(self, points: Mapping[str, object], at: float, *, news: bool) -> None:
        for number, value in points.items():
            if number in self._points or len(self._points) < _MOST_POINTS:
                self._points[number] = value
        if points and news:
            self._data_at = at
        self._readings = self._read(self.device, self._points)

    def _well(self) -> None:
        self.breaker.succeeded()
        self._reason = None
        self._was_well = self.settled = True

    def _lose(self, reason: Reason) -> None:
        self._reason = reason
        self._readings = None
        # What it said before it went is not what it will say when it is back.
        self._points.clear()


def _is_absence(failure: DeviceFailed) -> bool:
    """Return whether a failure is what a device that sleeps looks like."""
    return failure.reason in (Reason.TIMEOUT, Reason.REFUSED) or failure.code == OFFLINE
