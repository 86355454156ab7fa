"""Entries of the registry: what is written of a point, before a device is known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sothat.exporters.tuya.points import Point
from sothat.exporters.tuya.registry.measures import (
    MAX_BITS,
    MAX_SCALE,
    Faults,
    Firmware,
    Flag,
    Measure,
    Phase,
    Provenance,
    Quantity,
    Silent,
    States,
    fits,
    named,
)
from sothat.exporters.tuya.registry.units import base_unit, known


@dataclass(frozen=True, slots=True)
class Entry:
    """What the registry says of a point.

    Attributes:
        read: How: quantity, flag, states, faults, phase, firmware or silent.
        metric: Family without its prefix, for quantities and flags.
        unit: Of the number, once scaled; for quantities.
        scale: Decimal places; None where only the device's specification can say.
        source: Where scale and unit are known from, in words.
        low: Least value in the base unit that can be true.
        high: The greatest.
        on: Values for which a flag is 1.
        off: Values for which it is 0.
        options: States of an enumeration, or names of bits; empty: the specification's.
        label: Value of the label ``point``, for families that have it; empty: the code.
        provenance: Who says so.
    """

    read: str
    metric: str = ""
    unit: str = ""
    scale: int | None = None
    source: str = ""
    low: float = 0.0
    high: float = 0.0
    on: frozenset[str | bool] = frozenset()
    off: frozenset[str | bool] = frozenset()
    options: tuple[str, ...] = ()
    label: str = ""
    provenance: Provenance = Provenance.STANDARD

    def said_by(self, provenance: Provenance) -> "Entry":
        """Return the entry as another's word."""
        return replace(self, provenance=provenance)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A point of a device, resolved.

    Attributes:
        measure: None where what is missing makes its values untellable.
        provenance: Where its scale is known from; ``none`` for what needs none.
    """

    code: str
    measure: Measure | None
    provenance: Provenance = Provenance.NONE


# Families that tell several points of a device apart by a label.
LABELLED: Mapping[str, str] = {"switch_on": "point"}
_SURE = (Provenance.USER, Provenance.PRODUCT)


def meaning(entry: Entry, point: Point) -> Meaning:
    """Return what an entry says of a device's point, as far as the two together know it."""
    if entry.read == "quantity":
        return _quantity(entry, point)
    return Meaning(point.code, _measure(entry, point))


def _measure(entry: Entry, point: Point) -> Measure:
    options = entry.options or named(point.options)
    match entry.read:
        case "flag":
            return Flag(entry.metric, entry.on, entry.off, _labels(entry, point))
        case "states":
            return States(entry.label or point.code, options)
        case "faults":
            return Faults(options[:MAX_BITS])
        case "phase":
            return Phase(entry.label)
        case "firmware":
            return Firmware()
        case _:
            return Silent()


def _quantity(entry: Entry, point: Point) -> Meaning:
    base = base_unit(entry.metric)
    scale, provenance = _scale(entry, point)
    if scale is None or not 0 <= scale <= MAX_SCALE:
        return Meaning(point.code, None)
    unit = entry.unit
    if entry.provenance not in _SURE:
        if not fits(point.unit, base):
            return Meaning(point.code, None)
        unit = point.unit if point.unit and known(base, point.unit) else entry.unit
    labels = _labels(entry, point)
    measure = Quantity(entry.metric, base, unit, scale, entry.low, entry.high, labels)
    return Meaning(point.code, measure, provenance)


def _scale(entry: Entry, point: Point) -> tuple[int | None, Provenance]:
    """Return the decimal places of a point, and who knows them.

    What is written of a product comes before the device's specification, which comes before what
    is usual for the code.
    """
    if entry.provenance in _SURE and entry.scale is not None:
        return entry.scale, entry.provenance
    if point.scale is not None:
        return point.scale, Provenance.SPECIFICATION
    return entry.scale, entry.provenance


def _labels(entry: Entry, point: Point) -> tuple[tuple[str, str], ...]:
    name = LABELLED.get(entry.metric)
    return ((name, entry.label or point.code),) if name else ()


def entry_of(written: Mapping[str, Any]) -> Entry:
    """Return an entry from its checked YAML form."""
    return Entry(
        read=written.get("read", "quantity"),
        metric=written.get("metric", ""),
        unit=written.get("unit", ""),
        scale=written.get("scale"),
        source=written.get("source", ""),
        low=written.get("low", 0.0),
        high=written.get("high", 0.0),
        on=frozenset(written.get("on", ())),
        off=frozenset(written.get("off", ())),
        options=tuple(written.get("options", ())),
        label=written.get("label", ""),
    )
