"""The devices that a simulated cloud knows."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sothat.model.problem import Position, unusable
from sothat.runtime.documents import read_text

USER = "eu0000000000000001"


@dataclass(slots=True)
class Thing:
    """One device as the cloud has it; what changes is set from outside.

    Attributes:
        key: The local key in force.
        status: Values of data points by code.
        update: As the cloud numbers the state of an update.
        offline_events: When it went offline, in milliseconds since the epoch.
    """

    id: str
    name: str
    key: str
    product_id: str = "p000000000000001"
    product_name: str = "Thing"
    category: str = "cz"
    sub: bool = False
    online: bool = True
    status: dict[str, object] = field(default_factory=dict)
    firmware: str = "1.0.0"
    update: int = 0
    signal: int | None = -60
    offline_events: list[int] = field(default_factory=list)

    def listed(self, *, with_key: bool) -> dict[str, Any]:
        """Return the device as lists have it."""
        found: dict[str, Any] = {
            "id": self.id,
            "uid": USER,
            "name": self.name,
            "category": self.category,
            "product_id": self.product_id,
            "product_name": self.product_name,
            "sub": self.sub,
            "online": self.online,
            "status": [{"code": code, "value": value} for code, value in self.status.items()],
        }
        return {**found, "local_key": self.key} if with_key else found


def things_of(path: Path) -> list[Thing]:
    """Return the devices of a file in the form of tinytuya's ``devices.json``.

    Raises:
        Unusable: It cannot be read.
    """
    text = read_text(path)
    try:
        entries = json.loads(text)
        # tinytuya knows two forms of the file, and its scan writes the second.
        return list(_things(entries["devices"] if isinstance(entries, dict) else entries))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        position = Position(str(path))
        raise unusable("bad-devices", "not a list of devices", position=position) from None


def _things(entries: Iterable[Mapping[str, Any]]) -> Iterable[Thing]:
    for entry in entries:
        yield Thing(
            id=entry["id"],
            name=_sendable(entry.get("name") or entry["id"]),
            key=entry.get("key", ""),
            product_id=entry.get("product_id", ""),
            product_name=_sendable(entry.get("product_name", "")),
            category=entry.get("category", ""),
            sub=bool(entry.get("parent")),
        )


def _sendable(text: str) -> str:
    """Return a text without what JSON can spell and UTF-8 cannot: half of a character."""
    return text.encode("utf-8", "replace").decode("utf-8")
