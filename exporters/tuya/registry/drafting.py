"""Drafts of registry entries from what a live device reports: pure, and never more than drafts.

What is guessed bears a `draft` with the question that it leaves; a file in which one is left is
refused.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.exporters.tuya.points import Point
from sothat.exporters.tuya.registry.entries import Entry, Meaning
from sothat.exporters.tuya.registry.measures import Firmware
from sothat.exporters.tuya.registry.reader import Described, Registry

_PHASE_BYTES = 8
_MAX_SHOWN = 60
# By the unit that a specification states: what such a number is, most often.
_BY_UNIT: Mapping[str, str] = {
    "°C": "temperature_celsius",
    "℃": "temperature_celsius",
    "W": "power_watts",
    "kW": "power_watts",
    "V": "voltage_volts",
    "mA": "current_amperes",
    "A": "current_amperes",
    "kWh": "energy_joules_total",
    "kwh": "energy_joules_total",
    "Hz": "frequency_hertz",
    "lux": "illuminance_lux",
    "ppm": "co2_ratio",
    "ug/m3": "pm2_5_grams_per_cubic_meter",
    "mg/m3": "voc_grams_per_cubic_meter",
    "hPa": "pressure_pascals",
    "dBm": "signal_dbm",
    "m3": "water_cubic_meters_total",
}
# A share may be of anything: the code tells which, if any does.
_SHARES: Mapping[str, str] = {
    "hum": "humidity_ratio",
    "batt": "battery_ratio",
    "electricity": "battery_ratio",
    "bright": "brightness_ratio",
    "valve": "valve_opening_ratio",
    "percent": "cover_position_ratio",
    "fan": "fan_speed_ratio",
    "filter": "filter_life_ratio",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One data point of a live device.

    Attributes:
        number: Of the point.
        code: By its specification, empty without one.
        raw: As reported, shortened.
        means: What the registry makes of it, in words.
        draft: The entry that is missing; None where there is one.
    """

    number: str
    code: str
    raw: str
    means: str
    draft: Mapping[str, Any] | None = None


def rows(device: Described, raw: Mapping[str, object], registry: Registry) -> Iterator[Row]:
    """Yield what is known of each point that a device has reported, in order."""
    meanings = registry.meanings(device)
    for number in sorted(raw, key=_order):
        point = device.points.get(number, Point(""))
        value = raw[number]
        shown = _shown(value)
        found = meanings.get(number)
        means = _means(found, value) if found else None
        if means is None:
            why = "known, but not with this value" if found else "unknown"
            entry = registry.catalogue.entry(device.category, point.code)
            yield Row(number, point.code, shown, why, _draft(number, point, value, entry))
        else:
            yield Row(number, point.code, shown, means)


def _order(number: str) -> tuple[int, str]:
    return (int(number) if number.isdecimal() else 10**6, number)


def _shown(value: object) -> str:
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else str(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def _means(found: Meaning, value: object) -> str | None:
    readings = found.measure.read(value) if found.measure else None
    if readings is None:
        return None
    if isinstance(found.measure, Firmware):
        return "version of the firmware"
    by = f" (scale: {found.provenance})" if found.provenance != "none" else ""
    told = [
        f"{one.family}{_braced(one.labels)} {one.value:g}{by}"
        for one in readings
        if one.value or len(one.labels) < 2  # noqa: PLR2004 – of a state set, the state that is on
    ]
    return "; ".join(told) or "known, and of no use as a metric"


def _braced(labels: tuple[tuple[str, str], ...]) -> str:
    return "{" + ",".join(f"{k}={v}" for k, v in labels) + "}" if labels else ""


def _draft(number: str, point: Point, value: object, entry: Entry | None) -> Mapping[str, Any]:
    named = {"code": point.code or f"point_{number}"}
    match value:
        case bool():
            flag = {"read": "flag", "metric": "switch_on", "on": [True], "off": [False]}
            return {**named, **flag, "draft": "yes or no: of what?"}
        case int() | float():
            return {**named, **_number(point, value, entry)}
        case str():
            return {**named, **_text(point, value)}
        case _:
            return {**named, "read": "silent", "draft": "of no form that the registry reads"}


def _number(point: Point, value: float, entry: Entry | None) -> Mapping[str, Any]:
    if point.type == "Bitmap":
        options = list(point.options) or ["name_the_bits"]
        return {"read": "faults", "options": options, "draft": "are these the faults, bit by bit?"}
    metric, unit = _metric(point), point.unit
    if entry and entry.metric:
        metric, unit = entry.metric, entry.unit
    if not metric:
        return {"read": "silent", "draft": f"a number, {value} now: what does it count?"}
    found: dict[str, Any] = {"metric": metric, "unit": unit}
    if point.scale is None:
        return {**found, "draft": "how many decimals? compare with a display beside it"}
    source = "the device's specification"
    return {**found, "scale": point.scale, "source": source, "draft": f"is it the {metric}?"}


def _metric(point: Point) -> str:
    if point.unit == "%":
        code = point.code.lower()
        return next((metric for part, metric in _SHARES.items() if part in code), "")
    return _BY_UNIT.get(point.unit, "")


def _text(point: Point, value: str) -> Mapping[str, Any]:
    if point.options:
        question = "are these all of its states?"
        return {"read": "states", "options": list(point.options), "draft": question}
    if _is_phase(value):
        return {"read": "phase", "label": "a", "draft": "eight bytes: of which phase of a meter?"}
    return {"read": "silent", "draft": "a text: is it worth a metric?"}


def _is_phase(value: str) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == _PHASE_BYTES
    except (binascii.Error, ValueError):
        return False
