"""How one data point is read: quantities, flags, states, fault bits, phases of a meter."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sothat.exporters.tuya.points import Reading
from sothat.exporters.tuya.registry.metrics import GATEWAY_GAUGES
from sothat.exporters.tuya.registry.units import conversion, foreign

PREFIX = "tuya_device_"
_DIGITS = 9
# Beyond these, it is not what a device measures but an attempt on whoever computes with it.
MAX_SCALE = 9
_MAX_RAW = 2**63
_MAX_VERSION = 64
_MAX_NAME = 48
MAX_BITS = 32
# Volts in tenths, milliamperes, watts: two, three and three bytes, big-endian.
_PHASE_FORM = (
    (0, 2, "voltage_volts", 10),
    (2, 5, "current_amperes", 1000),
    (5, 8, "power_watts", 1),
)
_PHASE_LENGTH = 8
_PHASE_BOUNDS = {"voltage_volts": 1_000, "current_amperes": 1_000, "power_watts": 100_000}
_SIGN_BIT = 1 << 23


class Provenance(StrEnum):
    """Where the scale of a point is known from, the surest first."""

    USER = "user"
    PRODUCT = "product"
    SPECIFICATION = "specification"
    STANDARD = "standard"
    NONE = "none"


class Measure(Protocol):
    """What a data point means."""

    def read(self, raw: Any) -> Iterable[Reading] | None:
        """Return what a value says, None where it cannot be told or be true."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit.

    Attributes:
        metric: Name of the family without its prefix.
        base: The family's base unit.
        unit: What the number on the wire counts, once it is scaled.
        scale: Decimal places of the integer on the wire.
        low: Least value, in the base unit, that can be true.
        high: The greatest.
        labels: Labels that tell several points of one family apart.
    """

    metric: str
    base: str
    unit: str
    scale: int
    low: float
    high: float
    labels: tuple[tuple[str, str], ...] = ()

    def read(self, raw: Any) -> Iterable[Reading] | None:
        """Return the value in the base unit."""
        convert = conversion(self.base, self.unit)
        if convert is None or not _is_number(raw):
            return None
        value = convert(raw / 10**self.scale)
        if not self.low <= value <= self.high:
            return None
        # 83 % is 0.83, not 0.8300000000000001.
        return (Reading(family(self.metric), round(value, _DIGITS), self.labels),)


@dataclass(frozen=True, slots=True)
class Flag:
    """A state that is on for some values, off for others, unknown for all else."""

    metric: str
    on: frozenset[str | bool]
    off: frozenset[str | bool]
    labels: tuple[tuple[str, str], ...] = ()

    def read(self, raw: Any) -> Iterable[Reading] | None:
        """Return 1 or 0."""
        if not isinstance(raw, (str, bool)) or raw not in self.on | self.off:
            return None
        return (Reading(PREFIX + self.metric, float(raw in self.on), self.labels),)


@dataclass(frozen=True, slots=True)
class States:
    """An enumeration as a state set: one series a state, one of them 1."""

    point: str
    states: tuple[str, ...]

    def read(self, raw: Any) -> Iterable[Reading] | None:
        """Return a value for each state."""
        if not isinstance(raw, str) or raw not in self.states:
            return None
        return tuple(
            Reading(
                f"{PREFIX}state", float(state == raw), (("point", self.point), ("state", state))
            )
            for state in self.states
        )


@dataclass(frozen=True, slots=True)
class Faults:
    """A bit map of faults: one series a named bit. A bit without a name is not known to be true."""

    names: tuple[str, ...]

    def read(self, raw: Any) -> Iterable[Reading] | None:
        """Return a value for each named bit."""
        if isinstance(raw, bool) or not isinstance(raw, int):
            return None
        if not 0 <= raw < 1 << len(self.names):
            return None
        return tuple(
            Reading(f"{PREFIX}fault_active", float(raw >> bit & 1), (("fault", name),))
            for bit, name in enumerate(self.names)
        )


@dataclass(frozen=True, slots=True)
class Phase:
    """Voltage, current and power of one phase, packed as eight bytes in base64."""

    phase: str

    def read(self, raw: Any) -> Iterable[Reading] | None:
        """Return the three values."""
        data = _bytes(raw)
        if len(data) != _PHASE_LENGTH:
            return None  # other lengths exist; their order of bytes is not documented
        found = []
        for start, end, name, divisor in _PHASE_FORM:
            value = _signed(data[start:end]) / divisor
            if abs(value) > _PHASE_BOUNDS[name]:
                return None
            found.append(Reading(f"{PREFIX}phase_{name}", value, (("phase", self.phase),)))
        return found


@dataclass(frozen=True, slots=True)
class Firmware:
    """The version of the firmware, as text."""

    def read(self, raw: Any) -> Iterable[Reading] | None:
        """Return nothing to count for a proper text."""
        proper = isinstance(raw, str) and raw.isprintable() and 0 < len(raw) <= _MAX_VERSION
        return () if proper else None


@dataclass(frozen=True, slots=True)
class Silent:
    """A point that is known, and of no use as a metric."""

    def read(self, raw: Any) -> Iterable[Reading] | None:  # noqa: ARG002 – as the others
        """Return nothing to count."""
        return ()


def family(metric: str) -> str:
    """Return the family of a metric: gateways with a system of their own have theirs."""
    return f"tuya_gateway_{metric}" if metric in GATEWAY_GAUGES else PREFIX + metric


def fits(unit: str, base: str) -> bool:
    """Return whether a specification's unit leaves it open what is counted, or agrees."""
    return not foreign(base, unit)


def named(options: Sequence[str]) -> tuple[str, ...]:
    """Return names that are fit to be label values: printable, short, each once."""
    sound = (one for one in options if one.isprintable() and 0 < len(one) <= _MAX_NAME)
    return tuple(dict.fromkeys(sound))


def _is_number(raw: Any) -> bool:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        return False
    return abs(raw) <= _MAX_RAW  # false for NaN


def _bytes(raw: Any) -> bytes:
    if not isinstance(raw, str):
        return b""
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _signed(data: bytes) -> int:
    """Return a number of two or three bytes; only the latter has a sign (power that is fed in)."""
    value = int.from_bytes(data, "big")
    return value - (_SIGN_BIT << 1) if len(data) > 2 and value & _SIGN_BIT else value  # noqa: PLR2004
