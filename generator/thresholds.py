"""Thresholds as people write them (``> 85%``, ``<= 250ms``) in base units."""

import re
from dataclasses import replace

from sothat.model.alert import Threshold

_AMOUNT = r"(?P<number>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(?P<unit>%|[A-Za-z]+)?"
_SHAPE = re.compile(rf"(?P<operator>==|!=|>=|<=|>|<)\s*{_AMOUNT}")

# Unit as written: its base unit and how many of those it is.
_UNITS: dict[str, tuple[str, float]] = {
    "": ("", 1),
    "%": ("ratio", 0.01),
    "ms": ("seconds", 0.001),
    "s": ("seconds", 1),
    "m": ("seconds", 60),
    "h": ("seconds", 3600),
    "d": ("seconds", 86400),
    "B": ("bytes", 1),
    "kB": ("bytes", 1e3),
    "MB": ("bytes", 1e6),
    "GB": ("bytes", 1e9),
    "TB": ("bytes", 1e12),
    "KiB": ("bytes", 2**10),
    "MiB": ("bytes", 2**20),
    "GiB": ("bytes", 2**30),
    "TiB": ("bytes", 2**40),
    "W": ("watts", 1),
    "kW": ("watts", 1e3),
    "J": ("joules", 1),
    "kWh": ("joules", 3.6e6),
    "MWh": ("joules", 3.6e9),
    "sigma": ("ratio", 1),
}
BASE_UNITS = frozenset(base for base, _ in _UNITS.values() if base)


def parse_threshold(text: str) -> Threshold:
    """Return the threshold that a text such as ``> 85%`` says.

    Raises:
        ValueError: The text is no comparison with a number and a known unit.
    """
    match = _SHAPE.fullmatch(text.strip())
    if not match or (match["unit"] or "") not in _UNITS:
        raise ValueError(f"{text!r} is not a comparison such as > 85%, <= 250ms or == 0")
    unit, factor = _UNITS[match["unit"] or ""]
    # Twelve digits hide the noise of a decimal factor: 85 * 0.01 is 0.85 to everybody but a float.
    value = float(f"{float(match['number']) * factor:.12g}")
    return Threshold(match["operator"], value, unit, text.strip())


def parse_amount(written: str | float) -> Threshold:
    """Return what a quantity such as ``200ms`` or 21 says, without an operator.

    Raises:
        ValueError: The text is no number with a known unit.
    """
    text = str(written).strip()
    return replace(parse_threshold(f"== {text}"), operator="", text=text)


def format_number(value: float) -> str:
    """Return a number as PromQL writes it, without a needless fraction."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004
