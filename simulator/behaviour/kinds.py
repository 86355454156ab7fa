"""The behaviours by name. Values are physical, keyed by Tuya's codes; times are epoch seconds."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from sothat.simulator.behaviour.surroundings import Surroundings
from sothat.simulator.products import Value

Values = dict[str, Value]

_JOULES_PER_KWH = 3_600_000.0
_COUNTER_WRAP_KWH = 50.0  # the point's maximum; the real one starts again as well
_TIME_CONSTANT = 1800.0
# Of the difference to the air outside, what is felt in a room that nobody controls.
_LEAK = 0.05
_FRESH_AIR_PPM = 420.0


class Behaviour(Protocol):
    """What a device measures and what it can be told."""

    def read(self, now: float) -> Values:
        """Return all values at a time that is never before the last one asked for."""

    def write(self, code: str, value: Value, now: float) -> None:
        """Set one of the values that a client may set."""


class Plug:
    """Power follows the occupancy, current follows power, energy adds up while it is on."""

    def __init__(self, around: Surroundings, now: float) -> None:
        self._around = around
        self._on = True
        self._countdown = 0.0
        self._rated = 60 + 900 * around.constant("rated")
        self._energy = around.constant("energy") * 20 * _JOULES_PER_KWH
        self._last = now

    def read(self, now: float) -> Values:
        """Return switch, countdown, energy (kWh), current (mA), power (W) and voltage (V)."""
        power = self._power(now)
        self._energy += power * max(0.0, now - self._last)
        self._last = max(self._last, now)
        voltage = 227 + 6 * self._around.drift("voltage", now, 60)
        return {
            "switch_1": self._on,
            "countdown_1": self._countdown,
            "add_ele": self._energy / _JOULES_PER_KWH % _COUNTER_WRAP_KWH,
            "cur_current": power / voltage * 1000,
            "cur_power": power,
            "cur_voltage": voltage,
        }

    def write(self, code: str, value: Value, now: float) -> None:
        """Switch the plug or set its countdown."""
        self.read(now)
        if code == "switch_1":
            self._on = bool(value)
        elif code == "countdown_1":
            self._countdown = float(value)

    def _power(self, now: float) -> float:
        if not self._on:
            return 0.0
        load = 0.6 + 0.4 * self._around.drift("load", now, 120)
        return 1.5 + self._rated * load * self._around.occupancy(now)


class Thermostat:
    """The room follows the target with a time constant of half an hour, or cools down when off."""

    def __init__(self, around: Surroundings, now: float) -> None:
        self._around = around
        self._on = True
        self._mode = "auto"
        self._target = 20 + round(4 * around.constant("target")) / 2
        self._room = self._target - 1.5 * around.constant("room")
        self._last = now

    def read(self, now: float) -> Values:
        """Return switch, mode, target and room temperature (°C) and humidity (%)."""
        outside = self._around.outside(now)
        # A heating cannot cool: on a hot day, the room is as warm as the air.
        goal = max(self._target, outside) if self._on else outside
        passed = max(0.0, now - self._last)
        self._room = goal + (self._room - goal) * math.exp(-passed / _TIME_CONSTANT)
        self._last = max(self._last, now)
        return {
            "switch": self._on,
            "mode": self._mode,
            "temp_set": self._target,
            "temp_current": self._room + self._around.drift("draught", now, 90) - 0.5,
            "humidity_current": 40 + 15 * self._around.drift("humidity", now, 900),
        }

    def write(self, code: str, value: Value, now: float) -> None:
        """Switch it, change its mode, or set the target."""
        self.read(now)
        if code == "switch":
            self._on = bool(value)
        elif code == "mode":
            self._mode = str(value)
        elif code == "temp_set":
            self._target = float(value)


class _Sensor:
    """A device that cannot be told anything."""

    def __init__(self, around: Surroundings, now: float) -> None:
        self._around = around
        self._started = now

    def write(self, code: str, value: Value, now: float) -> None:
        """Ignore what a client wants: no point of a sensor can be set."""

    def _battery(self, now: float) -> float:
        """Return the charge: a year and a half from full to empty."""
        full = 75 + 25 * self._around.constant("battery")
        return max(0.0, full - (now - self._started) / 86400 * 100 / 550)


class Contact(_Sensor):
    """A door that people open now and then."""

    def read(self, now: float) -> Values:
        """Return whether it is open, and the charge (%)."""
        likely = 0.02 + 0.2 * self._around.occupancy(now)
        opened = self._around.step("door", now, 20) < likely
        return {"doorcontact_state": opened, "battery_percentage": self._battery(now)}


class Motion(_Sensor):
    """A room in which people move."""

    def read(self, now: float) -> Values:
        """Return whether something moves, and the charge (%)."""
        moving = self._around.step("motion", now, 30) < 0.8 * self._around.occupancy(now)
        return {"pir": "pir" if moving else "none", "battery_percentage": self._battery(now)}


class Climate(_Sensor):
    """A room's air."""

    def read(self, now: float) -> Values:
        """Return temperature (°C), humidity (%) and the charge (%)."""
        indoors = 19 + 2 * self._around.constant("warmth") + self._around.occupancy(now)
        warmth = indoors + _LEAK * (self._around.outside(now) - indoors)
        return {
            "va_temperature": warmth + self._around.drift("draught", now, 300) - 0.5,
            "va_humidity": 40 + 15 * self._around.drift("humidity", now, 900),
            "battery_percentage": self._battery(now),
        }


class Air:
    """What people do to the air of a room: carbon dioxide follows them with some delay."""

    def __init__(self, around: Surroundings, now: float) -> None:
        self._around = around
        self._ppm = _FRESH_AIR_PPM
        self._last = now

    def read(self, now: float) -> Values:
        """Return carbon dioxide (ppm), fine dust (µg/m³), temperature (°C) and humidity (%)."""
        goal = _FRESH_AIR_PPM + 1200 * self._around.occupancy(now) * self._around.constant("people")
        passed = max(0.0, now - self._last)
        self._ppm = goal + (self._ppm - goal) * math.exp(-passed / _TIME_CONSTANT)
        self._last = max(self._last, now)
        return {
            "co2_value": self._ppm,
            "pm25_value": 4 + 20 * self._around.drift("dust", now, 1800),
            "temp_current": 20 + 2 * self._around.drift("draught", now, 900),
            "humidity_value": 40 + 15 * self._around.drift("humidity", now, 900),
        }

    def write(self, code: str, value: Value, now: float) -> None:
        """Ignore what a client wants: no point of it can be set."""


class Gateway(_Sensor):
    """A gateway measures nothing itself."""

    def read(self, now: float) -> Values:  # noqa: ARG002 – the protocol's
        """Return the state of the alarm."""
        return {"master_state": "normal"}


BEHAVIOURS: Mapping[str, Callable[[Surroundings, float], Behaviour]] = MappingProxyType(
    {
        "plug": Plug,
        "thermostat": Thermostat,
        "contact": Contact,
        "motion": Motion,
        "climate": Climate,
        "air": Air,
        "gateway": Gateway,
    }
)
