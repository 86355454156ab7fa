"""The catalogue of products: which data points a device has and how it encodes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sothat.runtime.documents import load_document

Value = bool | int | float | str
# What travels: never a float.
Encoded = bool | int | str

FIRMWARE_CODE = "firmware_version"
BATTERY_CODE = "battery_percentage"


@dataclass(frozen=True, slots=True)
class Point:
    """One data point.

    Attributes:
        number: Its number on the wire, as text.
        values: Tuya's specification of its range: unit, scale, enumerated values.
        writable: Whether a client may set it.
        sampled: Whether it is refreshed only on UPDATEDPS and once a minute.
    """

    number: str
    code: str
    type: str
    values: Any
    writable: bool = False
    sampled: bool = False

    def encode(self, value: Value) -> Encoded:
        """Return a physical value as the point transports it: 23.4 °C at scale 1 is 234."""
        if self.type != "Integer":
            return value if isinstance(value, bool) else str(value)
        limits = self.values
        scaled = round(float(value) * 10 ** limits["scale"])
        return int(min(limits["max"], max(limits["min"], scaled)))

    def accepts(self, encoded: Any) -> bool:
        """Return whether a client may set the point to this."""
        match self.type:
            case "Boolean":
                fits = isinstance(encoded, bool)
            case "Integer":
                whole = isinstance(encoded, int) and not isinstance(encoded, bool)
                fits = whole and self.values["min"] <= encoded <= self.values["max"]
            case "Enum":
                fits = encoded in self.values["range"]
            case _:
                fits = isinstance(encoded, str)
        return self.writable and fits

    def decode(self, encoded: Encoded) -> Value:
        """Return the physical value of what travelled."""
        if self.type == "Integer" and not isinstance(encoded, (bool, str)):
            return float(encoded / 10 ** self.values["scale"])
        return encoded


@dataclass(frozen=True, slots=True)
class Product:
    """One product.

    Attributes:
        behaviour: Name of what its readings do over time; see `sothat.simulator.behaviour`.
        gateway: Whether sub-devices are reached through it.
        sub_device: Whether it is reached through a gateway only.
        firmware: The current version; ``previous_firmware`` is what a stuck device keeps.
    """

    name: str
    product_name: str
    product_id: str
    category: str
    model: str
    behaviour: str
    firmware: str
    previous_firmware: str
    points: Mapping[str, Point]
    battery: bool = False
    gateway: bool = False
    sub_device: bool = False

    @property
    def mapping(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the data points as tinytuya's ``devices.json`` describes them."""
        return {
            number: {"code": point.code, "type": point.type, "values": point.values}
            for number, point in self.points.items()
        }


@cache
def load_products() -> Mapping[str, Product]:
    """Return all products by name."""
    document = load_document(Path(__file__).with_name("products.yaml"))
    products = document.data["products"]
    return MappingProxyType({name: _product(name, entry) for name, entry in products.items()})


def _product(name: str, entry: Mapping[str, Any]) -> Product:
    points = {number: Point(number, **point) for number, point in entry["points"].items()}
    return Product(name, **{**entry, "points": MappingProxyType(points)})
