"""The inventory: where each device is and what it should be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.tuya.devices import Device
from sothat.model.duration import parse_duration
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate

_SHOWN = 5
_TEXT = {"type": "string", "minLength": 1}
_GATEWAY = {"type": ["string", "null"]}
_PLACE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["site"],
    "properties": {
        "site": _TEXT,
        "building": _TEXT,
        "floor": _TEXT,
        "room": _TEXT,
        "product": _TEXT,
        "gateway": _GATEWAY,
        "role": {"enum": ["direct", "gateway", "child"]},
        "target_firmware": _TEXT,
        "report_interval": DURATION_SCHEMA,
    },
}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "devices"],
    "properties": {
        "apiVersion": {"const": "sothat/v1"},
        "kind": {"const": "Inventory"},
        "devices": {"type": "object", "additionalProperties": _PLACE},
    },
}


@dataclass(frozen=True, slots=True)
class Place:
    """What the inventory says of a device; empty where it says nothing.

    Attributes:
        target_firmware: The version that the device should report.
        report_interval: Seconds within which a battery device reports, asleep in between; 0: it
            does not sleep.
    """

    site: str = ""
    product: str = ""
    role: str = ""
    target_firmware: str = ""
    building: str = ""
    floor: str = ""
    room: str = ""
    report_interval: float = 0.0


def load_inventory(path: Path, devices: tuple[Device, ...]) -> Mapping[str, Place]:
    """Read the inventory of a fleet; return the place of each device that it lists, by name.

    Raises:
        Unusable: It cannot be read, or contradicts the device list.
    """
    document = load_document(path)
    problems = validate(document, SCHEMA) or _contradictions(document, devices)
    if problems:
        raise Unusable(problems)
    return {name: _place(entry) for name, entry in document.data["devices"].items()}


def _place(entry: Mapping[str, Any]) -> Place:
    return Place(
        entry["site"],
        entry.get("product", ""),
        entry.get("role", ""),
        entry.get("target_firmware", ""),
        entry.get("building", ""),
        entry.get("floor", ""),
        entry.get("room", ""),
        parse_duration(entry["report_interval"]) if "report_interval" in entry else 0.0,
    )


def _contradictions(document: Document, devices: tuple[Device, ...]) -> list[Problem]:
    names = {device.id: device.name for device in devices}
    gateways = {device.name: names.get(device.parent, "") for device in devices}
    problems = []
    for name, entry in document.data["devices"].items():
        path = ["devices", name]
        # A gateway may be put behind itself, as the labels have it.
        if name not in gateways:
            message = f"'{name}' is not in the device list"
            hint = _namesakes(name, gateways)
            problems.append(document.problem("unknown-device", message, path, key=True, hint=hint))
        elif (entry.get("gateway") or gateways[name]) not in (gateways[name], name):
            behind = f"behind '{gateways[name]}'" if gateways[name] else "behind no gateway"
            message = f"by the device list, '{name}' is {behind}"
            problems.append(document.problem("wrong-gateway", message, [*path, "gateway"]))
    return problems


def _namesakes(name: str, known: Iterable[str]) -> str:
    """Return a hint at the devices that share a name, or at one of a similar name."""
    several = [one for one in known if one.startswith(f"{name} (")]
    if several:
        return f"several have that name, and an end of the id: {', '.join(several[:_SHOWN])}"
    return did_you_mean(name, known)
