"""A simulated device: its data points over time, what it may be told, the faults it has."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from sothat.runtime.secrets import Secret
from sothat.simulator.behaviour.kinds import BEHAVIOURS
from sothat.simulator.behaviour.surroundings import Surroundings
from sothat.simulator.faults import Fault, FaultName, FaultRefused, make_fault
from sothat.simulator.identity import Identity
from sothat.simulator.plan import DevicePlan
from sothat.simulator.products import BATTERY_CODE, FIRMWARE_CODE, Encoded, Point, Value

_SAMPLE_SECONDS = 60.0
_FULL = 100.0
_REPORTED = ("Boolean", "Enum")


class Clock(Protocol):
    """Gives the time in epoch seconds."""

    def __call__(self) -> float:
        """Return the time."""


class Device:
    """One device, reached directly or through a gateway."""

    def __init__(
        self, plan: DevicePlan, identity: Identity, key: Secret, around: Surroundings, clock: Clock
    ) -> None:
        self.plan = plan
        self.identity = identity
        self.key = key
        self._clock = clock
        self.around = around
        self.asleep = False
        self._behaviour = BEHAVIOURS[plan.product.behaviour](around, clock())
        self._faults: dict[FaultName, Fault] = {}
        self._sampled: dict[str, Encoded] = {}
        self._sampled_at = float("-inf")
        self._last: dict[str, Encoded] = {}
        self._fresh_since: float | None = None
        self._charge = _FULL

    @property
    def faults(self) -> tuple[str, ...]:
        """Return the names of the faults that it has, sorted."""
        return tuple(sorted(self._faults))

    def has(self, name: FaultName) -> bool:
        """Return whether it has a fault."""
        return name in self._faults

    def fault(self, name: FaultName) -> Fault | None:
        """Return one of its faults, None where it has no such."""
        return self._faults.get(name)

    def inflict(self, name: FaultName, parameters: Mapping[str, object]) -> None:
        """Give it a fault; one that it has already starts again with the new parameters.

        Raises:
            FaultRefused: It cannot have this fault, or a parameter is wrong.
        """
        if name is FaultName.BATTERY_DRAINING and not self.plan.product.battery:
            raise FaultRefused(f"{self.plan.name} has no battery")
        if name is FaultName.WRONG_KEY and self.plan.gateway:
            message = f"{self.plan.name} has no key of its own; give {self.plan.gateway} the fault"
            raise FaultRefused(message)
        fault = make_fault(name, parameters, self._clock())
        points = self.read()
        self._charge = float(points.get(self._number(BATTERY_CODE), _FULL))
        self._faults[name] = fault

    def heal(self, name: FaultName) -> None:
        """Take a fault away; a drained battery is replaced by a fresh one."""
        fault = self._faults.pop(name, None)
        if fault and name is FaultName.BATTERY_DRAINING:
            self._fresh_since = self._clock()

    def read(self) -> dict[str, Encoded]:
        """Return all data points as they travel, by number.

        A sub-device that its gateway has lost keeps its last values: that is what gateways answer.
        """
        if self.plan.gateway and self.has(FaultName.OFFLINE):
            return dict(self._last)
        now = self._clock()
        values = self._values(now)
        fresh = {number: point.encode(values[point.code]) for number, point in self._points}
        if now - self._sampled_at >= _SAMPLE_SECONDS:
            self._take_sample(fresh, now)
        self._last = fresh | self._sampled
        return dict(self._last)

    def states(self) -> dict[str, Encoded]:
        """Return the points that it reports when they change: states, not measurements."""
        kinds = {number: point.type for number, point in self._points}
        return {number: v for number, v in self.read().items() if kinds[number] in _REPORTED}

    def refresh(self, numbers: Iterable[object]) -> dict[str, Encoded]:
        """Sample the metering anew and return the points asked for that the device has."""
        self._sampled_at = float("-inf")
        asked = {str(number) for number in numbers}
        return {number: value for number, value in self.read().items() if number in asked}

    def write(self, points: Mapping[str, Any]) -> dict[str, Encoded]:
        """Set what may be set, and return those points as they are now."""
        now, done = self._clock(), set()
        for number, encoded in points.items():
            point = self.plan.product.points.get(number)
            if point and point.accepts(encoded):
                self._behaviour.write(point.code, point.decode(encoded), now)
                done.add(number)
        self._sampled_at = float("-inf")
        return {number: value for number, value in self.read().items() if number in done}

    @property
    def _points(self) -> Iterable[tuple[str, Point]]:
        return self.plan.product.points.items()

    def _number(self, code: str) -> str:
        return next((number for number, point in self._points if point.code == code), "")

    def _values(self, now: float) -> dict[str, Value]:
        values = self._behaviour.read(now)
        product = self.plan.product
        stuck = self.has(FaultName.FIRMWARE_STUCK)
        values[FIRMWARE_CODE] = product.previous_firmware if stuck else product.firmware
        if BATTERY_CODE in values:
            values[BATTERY_CODE] = self._battery(float(values[BATTERY_CODE]), now)
        return values

    def _battery(self, ageing: float, now: float) -> float:
        draining = self._faults.get(FaultName.BATTERY_DRAINING)
        if draining:
            floor = min(self._charge, draining.parameters["floor"])
            used = draining.parameters["rate"] * (now - draining.since)
            return max(floor, self._charge - used)
        return ageing if self._fresh_since is None else _FULL

    def _take_sample(self, fresh: Mapping[str, Encoded], now: float) -> None:
        sampled = {number for number, point in self._points if point.sampled}
        self._sampled = {number: value for number, value in fresh.items() if number in sampled}
        self._sampled_at = now
