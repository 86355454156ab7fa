"""The faults that a device can be given, and what each takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class FaultName(StrEnum):
    """All faults, named as the control interface names them."""

    OFFLINE = "offline"
    SILENT = "silent"
    SLOW = "slow"
    WRONG_KEY = "wrong-key"
    BATTERY_DRAINING = "battery-draining"
    ERROR_BURST = "error-burst"
    FIRMWARE_STUCK = "firmware-stuck"
    CUT_OFF = "cut-off"
    SPLIT = "split"
    JOINED = "joined"
    REPLAY = "replay"
    GARBAGE = "garbage"
    OVERSIZED = "oversized"


class FaultRefused(ValueError):  # noqa: N818 – it is named for what happened
    """The fault's parameters are wrong, or the device cannot have it; the text says why."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number that a fault takes; the bounds are included."""

    default: float
    minimum: float
    maximum: float


# Faults without an entry take no parameters.
PARAMETERS: Mapping[FaultName, Mapping[str, Parameter]] = MappingProxyType(
    {
        FaultName.SLOW: {"seconds": Parameter(3.0, 0.0, 300.0)},
        # From full to below 10 % within ten seconds, so that nobody waits for a demonstration.
        FaultName.BATTERY_DRAINING: {
            "rate": Parameter(10.0, 0.001, 100.0),
            "floor": Parameter(4.0, 0.0, 100.0),
        },
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that a device has since a time (epoch seconds), with every parameter filled in."""

    name: FaultName
    since: float
    parameters: Mapping[str, float]


def make_fault(name: FaultName, given: Mapping[str, object], now: float) -> Fault:
    """Return a fault with the parameters given and the defaults of the others.

    Raises:
        FaultRefused: A parameter is not known, not a number, or out of its bounds.
    """
    known = PARAMETERS.get(name, {})
    for key in given:
        if key not in known:
            takes = ", ".join(known) or "no parameters"
            raise FaultRefused(f"{name} has no parameter '{key}'; it takes {takes}")
    filled = {key: _number(key, given.get(key, p.default), p) for key, p in known.items()}
    return Fault(name, now, MappingProxyType(filled))


def _number(key: str, value: object, parameter: Parameter) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FaultRefused(f"{key} must be a number")
    if not parameter.minimum <= value <= parameter.maximum:
        bounds = f"{parameter.minimum:g} to {parameter.maximum:g}"
        raise FaultRefused(f"{key} must be {bounds}, not {value:g}")
    return float(value)
