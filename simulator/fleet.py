"""Templates of many like devices, as the entries that each stands for: pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DEFAULT_VERSIONS = (3.3, 3.4, 3.5)
DEFAULT_FLOORS = 4
DEFAULT_ROOMS = 10

Entry = Mapping[str, Any]


def entries(data: Mapping[str, Any]) -> list[Entry]:
    """Return all devices of a description: those named singly, then those of the templates."""
    found = [*data.get("devices", ())]
    for template in data.get("fleet", ()):
        found += of_template(template)
    return found


def of_template(template: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the devices of a template, each gateway followed by its sub-devices."""
    for number, name in enumerate(names(template)):
        entry = {**_place(template, number), "name": name, "product": template["product"]}
        yield {**entry, "version": _turn(template.get("versions", DEFAULT_VERSIONS), number)}
        for child in template.get("children", ()):
            yield from _children(child, entry)


def names(template: Mapping[str, Any]) -> list[str]:
    """Return the names of a template's devices, without their sub-devices."""
    return _numbered(template["name"], template["count"])


def size(template: Mapping[str, Any]) -> int:
    """Return how many devices a template stands for, sub-devices included."""
    children: int = sum(child["count"] for child in template.get("children", ()))
    count: int = template["count"]
    return count * (1 + children)


def chosen(candidates: Sequence[str], share: float, seed: str) -> list[str]:
    """Return a share of some names, drawn by chance that the seed decides."""
    drawn = sorted(candidates, key=lambda name: _draw(f"{seed}/{name}"))
    return sorted(drawn[: round(share * len(candidates))])


def dealt(template: Mapping[str, Any], seed: int) -> Iterator[tuple[str, list[str]]]:
    """Yield each fault of a template with the devices that have it; no device has two."""
    drawn = sorted(names(template), key=lambda name: _draw(f"{seed}/faults/{name}"))
    at = 0
    for fault, share in template.get("faults", {}).items():
        number = round(share * len(drawn))
        yield fault, drawn[at : at + number]
        at += number


def _children(child: Mapping[str, Any], gateway: Entry) -> Iterator[Entry]:
    for name in _numbered(f"{gateway['name']}-{child['name']}", child["count"]):
        yield {
            **gateway,
            "name": name,
            "product": child["product"],
            "gateway": gateway["name"],
            "sleep": None,
        }


def _place(template: Mapping[str, Any], number: int) -> Entry:
    floors, rooms = template.get("floors", DEFAULT_FLOORS), template.get("rooms", DEFAULT_ROOMS)
    per_site, site = divmod(number, len(template["sites"]))
    room, floor = divmod(per_site, floors)
    return {
        "site": template["sites"][site],
        "floor": f"floor-{floor + 1}",
        "room": f"room-{floor + 1}-{room % rooms + 1:02d}",
        "sleep": template.get("sleep"),
        "fleet": template["name"],
    }


def _numbered(prefix: str, count: int) -> list[str]:
    width = len(str(count))
    return [f"{prefix}-{number:0{width}d}" for number in range(1, count + 1)]


def _turn(values: Sequence[Any], number: int) -> Any:
    return values[number % len(values)]


def _draw(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
