"""Units as Tuya's specifications write them, in the base units of the metrics."""

from collections.abc import Callable, Mapping

# What one of each unit is in the family's base unit.
_JOULES_PER_KWH = 3.6e6

FACTORS: Mapping[str, Mapping[str, float]] = {
    "watts": {"W": 1.0, "w": 1.0, "kW": 1e3, "KW": 1e3, "mW": 1e-3},
    "volt_amperes": {"VA": 1.0, "kVA": 1e3},
    "volts": {"V": 1.0, "v": 1.0, "mV": 1e-3},
    "amperes": {"A": 1.0, "mA": 1e-3, "ma": 1e-3},
    "hertz": {"Hz": 1.0, "HZ": 1.0, "hz": 1.0},
    "joules": dict.fromkeys(("kwh", "kWh", "KWh", "kW·h", "kW.h", "KWH", "度"), _JOULES_PER_KWH)
    | {"Wh": 3.6e3, "J": 1.0},
    "celsius": dict.fromkeys(("°C", "℃", "C", "°c"), 1.0),
    "ratio": {"%": 1e-2, "%RH": 1e-2, "‰": 1e-3, "1": 1.0, "ppm": 1e-6, "ppb": 1e-9},
    "dbm": {"dBm": 1.0, "dbm": 1.0, "dB": 1.0},
    "lux": {"lux": 1.0, "Lux": 1.0, "lx": 1.0, "LUX": 1.0},
    "pascals": {"Pa": 1.0, "hPa": 1e2, "kPa": 1e3, "mbar": 1e2},
    "grams_per_cubic_meter": {
        "g/m3": 1.0,
        "mg/m3": 1e-3,
        "mg/m³": 1e-3,
        "ug/m3": 1e-6,
        "ug/m³": 1e-6,
        "μg/m3": 1e-6,
        "µg/m³": 1e-6,
        "μg/m³": 1e-6,
    },
    "cubic_meters": {"m3": 1.0, "m³": 1.0, "L": 1e-3, "l": 1e-3},
    "seconds": {"s": 1.0, "S": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0, "d": 86400.0},
    "bytes": {"B": 1.0, "KB": 1024.0, "MB": 1048576.0},
    "": {"": 1.0, "1": 1.0, "pcs": 1.0},
}
_FAHRENHEIT = frozenset({"℉", "°F", "F", "°f"})


def base_unit(metric: str) -> str:
    """Return the base unit that a metric's name ends in, empty for plain counts."""
    name = metric.removesuffix("_total")
    fits = [unit for unit in FACTORS if unit and name.endswith(f"_{unit}")]
    return max(fits, key=len, default="")


def conversion(base: str, unit: str) -> Callable[[float], float] | None:
    """Return what turns a number of a unit into the base unit, None where nothing is known."""
    if base == "celsius" and unit in _FAHRENHEIT:
        return lambda value: (value - 32) * 5 / 9
    factor = FACTORS[base].get(unit)
    return None if factor is None else lambda value: value * factor


def known(base: str, unit: str) -> bool:
    """Return whether a unit can be turned into the base unit."""
    return conversion(base, unit) is not None


def foreign(base: str, unit: str) -> bool:
    """Return whether a unit is known, but as one of something else."""
    if known(base, unit) or not unit:
        return False
    return unit in _FAHRENHEIT or any(unit in units for units in FACTORS.values())
