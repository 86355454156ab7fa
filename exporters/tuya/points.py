"""Tuya's data points as devices describe and report them; what they mean is the registry's."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

_MAX_OPTIONS = 64

# Points that only change when the device is asked to measure.
SAMPLED = frozenset(
    {"add_ele", "cur_current", "cur_power", "cur_voltage", "phase_a", "phase_b", "phase_c"}
)


@dataclass(frozen=True, slots=True)
class Point:
    """One data point of a device, as its own specification describes it.

    Attributes:
        scale: Decimal places of the integer on the wire, None where the specification is silent.
        unit: Unit as written; not to be relied on.
        type: Tuya's name of its type (``Integer``, ``Enum``, ``Bitmap`` …).
        options: An enumeration's values, or the names of a bit map's bits from the lowest.
    """

    code: str
    scale: int | None = None
    unit: str = ""
    type: str = ""
    options: tuple[str, ...] = ()


class Reading(NamedTuple):
    """One value of one family, in its base unit, with the labels that the family adds."""

    family: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Readings:
    """What a device's data points say.

    Attributes:
        values: In base units.
        firmware: Version text, empty where none is reported.
        unknown: Points that the registry does not know, by code where there is one, else number.
        rejected: Points that it knows, with a value that cannot be told or be true.
    """

    values: tuple[Reading, ...] = ()
    firmware: str = ""
    unknown: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()


def described(mapping: Any) -> Mapping[str, Point]:
    """Return the points of a ``mapping`` as tinytuya's ``devices.json`` has it, by number.

    What is not of that form is passed over: all that is reported of it counts as unknown.
    """
    if not isinstance(mapping, dict):
        return MappingProxyType({})
    return MappingProxyType(dict(_points(mapping)))


def sampled(points: Mapping[str, Point]) -> Iterator[int]:
    """Yield the numbers of the points that the device must be asked to measure."""
    for number, point in points.items():
        if point.code in SAMPLED and number.isdecimal():
            yield int(number)


def _points(mapping: Mapping[str, Any]) -> Iterator[tuple[str, Point]]:
    for number, entry in mapping.items():
        if isinstance(entry, dict) and isinstance(entry.get("code"), str):
            yield str(number), _point(entry)


def _point(entry: Mapping[str, Any]) -> Point:
    values = _values(entry.get("values"))
    scale, unit, kind = values.get("scale"), values.get("unit"), entry.get("type")
    return Point(
        entry["code"],
        scale if isinstance(scale, int) and not isinstance(scale, bool) else None,
        unit if isinstance(unit, str) else "",
        kind if isinstance(kind, str) else "",
        _options(values),
    )


def _options(values: Mapping[str, Any]) -> tuple[str, ...]:
    found = values.get("range", values.get("label"))
    if not isinstance(found, list):
        return ()
    return tuple(one for one in found[:_MAX_OPTIONS] if isinstance(one, str))


def _values(written: Any) -> Mapping[str, Any]:
    """Return a point's values, which Tuya writes as a mapping or as JSON in a text."""
    if isinstance(written, str):
        try:
            written = json.loads(written)
        except (ValueError, RecursionError):
            return {}
    return written if isinstance(written, dict) else {}
