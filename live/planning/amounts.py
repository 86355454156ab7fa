"""Numbers and counts as people read them."""

from collections.abc import Sequence

from sothat.model.duration import format_duration

_SHOWN = 3
_BYTES = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024
_MINUTE = 60
# Fractions in between are shares to most readers; what lies outside is a number of something.
_LARGEST_SHARE = 10


def amount(value: float, unit: str) -> str:
    """Return a quantity in base units as one would say it: ``85 %``, ``4h``, ``2 GiB``."""
    match unit:
        case "ratio" if abs(value) <= _LARGEST_SHARE:
            return f"{value * 100:.6g} %"
        case "seconds" if abs(value) >= _MINUTE:
            return f"{'-' if value < 0 else ''}{format_duration(abs(value))}"
        case "seconds":
            return f"{value:.6g} s" if abs(value) >= 1 or not value else f"{value * 1000:.6g} ms"
        case "bytes":
            return _bytes(value)
        case "" | "ratio":
            return f"{value:.6g}"
        case _:
            return f"{value:.6g} {unit}"


def _bytes(value: float) -> str:
    rank = 0
    while abs(value) >= _STEP and rank < len(_BYTES) - 1:
        value, rank = value / _STEP, rank + 1
    return f"{value:.6g} {_BYTES[rank]}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 alert``, ``2 alerts``."""
    if count == 1:
        return f"1 {noun}"
    ending = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {ending}"


def listed(names: Sequence[str], most: int = _SHOWN) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def arrow(old: str, new: str) -> str:
    """Return what becomes of something."""
    return f"{old or '–'} → {new or '–'}"
