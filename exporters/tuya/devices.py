"""tinytuya's ``devices.json``, read strictly, its keys kept out of sight."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sothat.exporters.tuya.points import Point, described
from sothat.model.problem import Position, Problem, Unusable
from sothat.runtime.documents import read_text
from sothat.runtime.secrets import Secret

VERSIONS = ("3.1", "3.2", "3.3", "3.4", "3.5")
# What the file leaves out for many devices; the version of most that were sold.
_DEFAULT_VERSION = "3.3"
_KEY_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Device:
    """One entry of the file.

    Attributes:
        address: Empty where the wizard has not seen the device.
        cid: A sub-device's id within its gateway, else empty.
        parent: A sub-device's gateway, by id, else empty.
        points: What it can report, by the number of the data point.
        product_id: Tuya's id of the product.
        category: Tuya's code of the category.
    """

    name: str
    id: str
    address: str
    key: Secret
    version: str
    product: str
    cid: str
    parent: str
    points: Mapping[str, Point] = field(default_factory=dict)
    product_id: str = ""
    category: str = ""


def load_devices(path: Path, snapshot: Path | None = None) -> tuple[Device, ...]:
    """Read the file, which may as well be a ``snapshot.json``.

    No message shows a line of it: each holds a key.

    Args:
        path: tinytuya's ``devices.json``.
        snapshot: What tinytuya's last scan found; its addresses and versions are newer than those
            of the list.

    Raises:
        Unusable: It cannot be read, or some entries cannot be used.
    """
    entries = _entries(path)
    problems = [*_faults(entries, path)]
    if problems:
        raise Unusable(problems)
    devices = tuple(_device(entry) for entry in entries)
    problems = [*_contradictions(devices, path)]
    if problems:
        raise Unusable(problems)
    return tuple(_found(devices, snapshot)) if snapshot else devices


def _found(devices: Iterable[Device], snapshot: Path) -> Iterator[Device]:
    """Yield the devices as the last scan has found them."""
    entries = [entry for entry in _entries(snapshot) if isinstance(entry, dict)]
    found = {_text(entry, "id") or _text(entry, "gwId"): entry for entry in entries}
    for device in devices:
        entry = {} if device.parent else found.get(device.id, {})
        version = _version(entry)
        yield replace(
            device,
            address=_address(entry) or device.address,
            version=version if version in VERSIONS else device.version,
        )


def _entries(path: Path) -> list[Any]:
    try:
        data = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        position = Position(str(path), error.lineno, error.colno)
        raise Unusable([Problem("bad-json", f"not JSON: {error.msg}", position)]) from None
    except RecursionError:
        raise Unusable([_problem(path, "nested too deep")]) from None
    if isinstance(data, dict) and "devices" in data:  # tinytuya reads this form as well
        data = data["devices"]
    if not isinstance(data, list):
        raise Unusable([_problem(path, "must be a list of devices")])
    return data


def _faults(entries: Iterable[Any], path: Path) -> Iterator[Problem]:
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            yield _problem(path, f"device {number} must be a mapping")
            continue
        shown = f"device {number} ({_text(entry, 'name') or 'without a name'})"
        for key in ("name", "id"):
            if not _text(entry, key):
                yield _problem(path, f"{shown} has no {key}")
        version = _version(entry) or _DEFAULT_VERSION
        if version not in VERSIONS:
            yield _problem(path, f"{shown} has the protocol version {version!r}, not a known one")
        if _text(entry, "parent") and not _text(entry, "node_id"):
            yield _problem(path, f"{shown} has a parent but no node_id")
        if not _text(entry, "parent") and len(_text(entry, "key")) != _KEY_LENGTH:
            yield _problem(path, f"{shown} has no key of {_KEY_LENGTH} characters")


def _contradictions(devices: Iterable[Device], path: Path) -> Iterator[Problem]:
    names: set[str] = set()
    ids = {device.id for device in devices if not device.parent}
    for device in devices:
        if device.name in names:
            yield _problem(path, f"the name '{device.name}' stands there twice")
        names.add(device.name)
        if device.parent and device.parent not in ids:
            yield _problem(path, f"the gateway of '{device.name}' is not in the file")


def _device(entry: Mapping[str, Any]) -> Device:
    return Device(
        name=_text(entry, "name"),
        id=_text(entry, "id"),
        address=_address(entry),
        key=Secret(_text(entry, "key")),
        version=_version(entry) or _DEFAULT_VERSION,
        product=_text(entry, "product_name") or _text(entry, "product_id"),
        cid=_text(entry, "node_id") if _text(entry, "parent") else "",
        parent=_text(entry, "parent"),
        points=described(entry.get("mapping")),
        product_id=_text(entry, "product_id"),
        category=_text(entry, "category"),
    )


def _version(entry: Mapping[str, Any]) -> str:
    # A snapshot has the shorter name, for sub-devices an empty one.
    return _text(entry, "version") or _text(entry, "ver")


def _address(entry: Mapping[str, Any]) -> str:
    # tinytuya's wizard notes where a scan has found a device as its last address.
    return _text(entry, "ip") or _text(entry, "last_ip")


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return str(value) if isinstance(value, (str, int, float)) else ""


def _problem(path: Path, message: str) -> Problem:
    return Problem("bad-devices", message, Position(str(path)))
