"""What is forecast: an expression of shares that are in use, and what tells its series apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_USED = "1 - {free} / ({size} > 0)"
# By name: expression, and the labels that tell one thing of an instance from another.
STANDARD: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "disk": (
        _USED.format(free="host_filesystem_available_bytes", size="host_filesystem_size_bytes"),
        ("mountpoint",),
    ),
    "memory": (
        _USED.format(free="host_memory_available_bytes", size="host_memory_total_bytes"),
        (),
    ),
    "battery": ("1 - tuya_device_battery_ratio", ("site", "device")),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One forecast.

    Attributes:
        promql: Shares of all there is, or amounts with a limit.
        items: Labels whose values name a series.
        limit: What counts as full, in the expression's unit.
    """

    name: str
    promql: str
    items: tuple[str, ...]
    limit: float = 1.0


def asked_of(written: Sequence[Any]) -> tuple[Asked, ...]:
    """Return the forecasts that a configuration names: a standard one's name, or its own."""
    return tuple(_one(entry) for entry in written)


def _one(entry: Any) -> Asked:
    if isinstance(entry, str):
        promql, items = STANDARD[entry]
        return Asked(entry, promql, items)
    return Asked(
        entry["name"], entry["promql"], tuple(entry.get("items", ())), float(entry.get("limit", 1))
    )
