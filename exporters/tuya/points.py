"""Tuya's data points as metrics: what is known by its code, in base units, never guessed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_JOULES_PER_KWH = 3.6e6
_MAX_VERSION = 64
_DIGITS = 9
# Beyond these, it is not what a device measures but an attempt on whoever computes with it.
_MAX_SCALE = 9
_MAX_RAW = 2**63


@dataclass(frozen=True, slots=True)
class Point:
    """One data point of a device, as its mapping describes it.

    Attributes:
        scale: Decimal places of the integer on the wire, None where the mapping does not say.
        unit: Unit as written; not to be relied on.
    """

    code: str
    scale: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit.

    Attributes:
        units: What one of each unit is in the base unit; the first stands where the mapping's
            unit is missing or unheard of.
        scale: Decimal places where the mapping has none; None: without them it is unknown.
        low: Least value, in the base unit, that can be true.
        high: The greatest.
    """

    family: str
    units: Mapping[str, float]
    scale: int | None
    low: float
    high: float

    def read(self, raw: Any, point: Point) -> float | None:
        """Return the value in the base unit, None where it cannot be told or be true."""
        scale = self.scale if point.scale is None else point.scale
        if scale is None or not 0 <= scale <= _MAX_SCALE:
            return None
        if isinstance(raw, bool) or not isinstance(raw, (int, float)) or abs(raw) > _MAX_RAW:
            return None
        value = self._in_base_unit(raw / 10**scale, point.unit)
        # 83 % is 0.83, not 0.8300000000000001.
        return round(value, _DIGITS) if self.low <= value <= self.high else None

    def _in_base_unit(self, value: float, unit: str) -> float:
        if unit in _FAHRENHEIT and "°C" in self.units:
            return (value - 32) * 5 / 9
        return value * self.units.get(unit, next(iter(self.units.values())))


@dataclass(frozen=True, slots=True)
class Flag:
    """A state that is on for some values, off for others, unknown for all else."""

    family: str
    on: frozenset[Any]
    off: frozenset[Any]

    def read(self, raw: Any, point: Point) -> float | None:  # noqa: ARG002 – as a quantity's
        """Return 1 or 0, None where the value is neither."""
        if not isinstance(raw, (str, bool)):
            return None
        return 1.0 if raw in self.on else 0.0 if raw in self.off else None


@dataclass(frozen=True, slots=True)
class Readings:
    """What a device's data points say.

    Attributes:
        values: By family, in base units.
        firmware: Version text, empty where none is reported.
        unknown: Number of points without a metric, or with a value that cannot be true.
    """

    values: Mapping[str, float]
    firmware: str
    unknown: int


_FAHRENHEIT = ("℉", "°F", "F")
_WATTS = {"W": 1.0, "kW": 1000.0, "mW": 0.001}
_VOLTS = {"V": 1.0, "mV": 0.001}
_AMPERES = {"mA": 0.001, "A": 1.0}
_JOULES = dict.fromkeys(("kwh", "kWh", "KWh", "kW·h", "kW.h", "度"), _JOULES_PER_KWH)
_CELSIUS = {"°C": 1.0}
_RATIO = {"%": 0.01}
_DBM = {"dBm": 1.0}
_TRUE, _FALSE = frozenset({True, "true", "open", "1"}), frozenset({False, "false", "close", "0"})


def _temperature(family: str) -> Quantity:
    # Tenths or whole degrees: only the mapping knows, and ten times too warm is worse than nothing.
    return Quantity(f"tuya_device_{family}_celsius", _CELSIUS, None, -60, 150)


_POWER = Quantity("tuya_device_power_watts", _WATTS, 1, -100_000, 100_000)
_VOLTAGE = Quantity("tuya_device_voltage_volts", _VOLTS, 1, 0, 1_000)
_CURRENT = Quantity("tuya_device_current_amperes", _AMPERES, 0, -1_000, 1_000)
_ENERGY = Quantity("tuya_device_energy_joules_total", _JOULES, 3, 0, 1e9 * _JOULES_PER_KWH)
_TOTAL_ENERGY = Quantity(_ENERGY.family, _JOULES, 2, 0, _ENERGY.high)
_BATTERY = Quantity("tuya_device_battery_ratio", _RATIO, 0, 0, 1)
_HUMIDITY = Quantity("tuya_device_humidity_ratio", _RATIO, 0, 0, 1)
_SIGNAL = Quantity("tuya_device_signal_dbm", _DBM, 0, -130, 0)
_TEMPERATURE, _TARGET = _temperature("temperature"), _temperature("target_temperature")
_CONTACT = Flag("tuya_device_contact_open", _TRUE, _FALSE)
_MOTION = Flag(
    "tuya_device_motion_detected",
    frozenset({True, "pir", "presence"}),
    frozenset({False, "none"}),
)

# By the code of Tuya's standard instruction sets.
MEASURES: Mapping[str, Quantity | Flag] = {
    "cur_power": _POWER,
    "cur_voltage": _VOLTAGE,
    "cur_current": _CURRENT,
    "add_ele": _ENERGY,
    "total_forward_energy": _TOTAL_ENERGY,
    "forward_energy_total": _TOTAL_ENERGY,
    "temp_current": _TEMPERATURE,
    "va_temperature": _TEMPERATURE,
    "temp_set": _TARGET,
    "humidity_value": _HUMIDITY,
    "humidity_current": _HUMIDITY,
    "va_humidity": _HUMIDITY,
    "battery_percentage": _BATTERY,
    "residual_electricity": _BATTERY,
    "va_battery": _BATTERY,
    "doorcontact_state": _CONTACT,
    "pir": _MOTION,
    "presence_state": _MOTION,
    "rssi": _SIGNAL,
    "signal_strength": _SIGNAL,
}
FIRMWARE = "firmware_version"
# Points that only change when the device is asked to measure.
SAMPLED = frozenset({"add_ele", "cur_current", "cur_power", "cur_voltage"})
# Known, and of no use as a metric.
SILENT = frozenset(
    {"switch", "switch_1", "countdown_1", "mode", "master_state", "child_lock", "relay_status"}
)


def read(raw: Mapping[str, Any], points: Mapping[str, Point]) -> Readings:
    """Return what data points say, by number, of a device that describes them so."""
    values: dict[str, float] = {}
    firmware, unknown = "", 0
    for number, value in raw.items():
        point = points.get(number, Point(""))
        if point.code in SILENT:
            continue
        if point.code == FIRMWARE and _is_version(value):
            firmware = value
            continue
        measure = MEASURES.get(point.code)
        found = measure.read(value, point) if measure else None
        if measure is None or found is None:
            unknown += 1
        else:
            values.setdefault(measure.family, found)
    return Readings(values, firmware, unknown)


def sampled(points: Mapping[str, Point]) -> Iterator[int]:
    """Yield the numbers of the points that the device must be asked to measure."""
    for number, point in points.items():
        if point.code in SAMPLED and number.isdecimal():
            yield int(number)


def _is_version(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= _MAX_VERSION
