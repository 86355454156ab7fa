"""tinytuya's ``devices.json``, read strictly, its keys kept out of sight."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
_TAIL = 6


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
        flaw: Why the device cannot be spoken to, empty where it can; the others still can.
    """

    name: str
    id: str
    address: str
    # A secret is equal to itself only; `same` looks into it.
    key: Secret = field(compare=False)
    version: str
    product: str
    cid: str
    parent: str
    points: Mapping[str, Point] = field(default_factory=dict)
    product_id: str = ""
    category: str = ""
    flaw: str = ""


def same(one: Device, other: Device) -> bool:
    """Return whether two entries are alike in all, the keys included."""
    return one == other and one.key.reveal() == other.key.reveal()


def load_devices(path: Path, snapshot: Path | None = None) -> tuple[Device, ...]:
    """Read the file, which may as well be a ``snapshot.json``.

    No message shows a line of it: each holds a key.

    Args:
        path: tinytuya's ``devices.json``.
        snapshot: What tinytuya's last scan found; its addresses and versions are newer than those
            of the list.

    Raises:
        Unusable: It cannot be read, or some entries are no devices.
    """
    entries = _entries(path)
    problems = [*_faults(entries, path)]
    if problems:
        raise Unusable(problems)
    devices = tuple(_devices(entries))
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
    """Yield what makes the list unusable; a device that cannot be spoken to does not."""
    first: dict[str, int] = {}
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            yield _problem(path, f"device {number} must be a mapping")
            continue
        identity = _text(entry, "id")
        if not identity:
            yield _problem(path, f"device {number} ({_text(entry, 'name') or 'no name'}) has no id")
        elif first.setdefault(identity, number) != number:
            yield _problem(path, f"device {number} has the id of device {first[identity]}")


def _devices(entries: Sequence[Mapping[str, Any]]) -> Iterator[Device]:
    shown = _told_apart({_text(entry, "id"): _name(entry) for entry in entries})
    parents = {_text(entry, "id"): _text(entry, "parent") for entry in entries}
    for entry in entries:
        yield replace(_device(entry), name=shown[_text(entry, "id")], flaw=_flaw(entry, parents))


def _told_apart(names: Mapping[str, str]) -> Mapping[str, str]:
    """Return a name of its own for each id: people give several lamps one name.

    The end of the id tells them apart, or all of it where that is another's name, too.
    """
    for tail in (_TAIL, 0):
        often = Counter(names.values())
        names = {
            one: name if often[name] == 1 else f"{name} ({one[-tail:]})"
            for one, name in names.items()
        }
    return names


def _name(entry: Mapping[str, Any]) -> str:
    return _text(entry, "name").strip() or _text(entry, "id")


def _flaw(entry: Mapping[str, Any], parents: Mapping[str, str]) -> str:
    """Return why a device cannot be spoken to, empty where it can."""
    version, parent = _version(entry) or _DEFAULT_VERSION, _text(entry, "parent")
    if version not in VERSIONS:
        return f"its protocol version {version!r} is not known"
    if parent and parents.get(parent, parent):
        missing = parent not in parents
        return f"its gateway is {'not in the device list' if missing else 'a sub-device itself'}"
    if parent and not _text(entry, "node_id"):
        return "the device list has no node_id of it"
    if not parent and entry.get("sub") is True:
        return "it is a sub-device, and the device list names no gateway of it"
    if not parent and len(_text(entry, "key")) != _KEY_LENGTH:
        return f"the device list has no key of {_KEY_LENGTH} characters of it"
    return ""


def _device(entry: Mapping[str, Any]) -> Device:
    return Device(
        name=_name(entry),
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
