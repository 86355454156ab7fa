"""The calls that are made, and what comes of their answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sothat.exporters.clock import Deadline
from sothat.exporters.tuya_cloud.client import Client
from sothat.exporters.tuya_cloud.errors import transport
from sothat.runtime.secrets import Secret

LIST_PAGE = 50
KEYS_PAGE = 75
LOGS_PAGE = 100
# More pages than any project has: a cloud that always says there are more is given up.
_MAX_PAGES = 2_000
_MAX_LOG_PAGES = 5
_OFFLINE_EVENT = "2"
_UPDATES: Mapping[int, str] = {
    0: "none",
    1: "ready",
    2: "updating",
    3: "done",
    4: "failed",
    7: "timeout",
}


@dataclass(frozen=True, slots=True)
class CloudDevice:
    """What the cloud says of a device.

    Attributes:
        status: Values of its data points, by code.
        key: The local key in force; None where the call does not tell it.
        user: Id of the user that it belongs to, empty where the call does not tell it.
    """

    id: str
    name: str
    product: str
    product_id: str
    category: str
    online: bool
    sub: bool
    user: str
    status: Mapping[str, object] = field(default_factory=dict)
    key: Secret | None = None


@dataclass(frozen=True, slots=True)
class Firmware:
    """A device's firmware: the main module's version, and how its update stands."""

    version: str
    update: str


def devices(client: Client, deadline: Deadline) -> Iterator[CloudDevice]:
    """Yield all devices of the project with their status.

    Raises:
        CloudFailed: A page did not come; those before it have been yielded.
    """
    query = {"size": str(LIST_PAGE)}
    path = "/v1.0/iot-01/associated-users/devices"
    for page in _pages(client, "devices", path, query, deadline):
        yield from map(_device, _listed(page, "devices"))


def keys(client: Client, user: str, deadline: Deadline) -> Iterator[tuple[str, Secret]]:
    """Yield id and local key of all devices of a user.

    Raises:
        CloudFailed: A page did not come; those before it have been yielded.
    """
    query = {"page_size": str(KEYS_PAGE), "source_type": "tuyaUser", "source_id": user}
    for page in _pages(client, "keys", "/v1.3/iot-03/devices", query, deadline):
        for device in map(_device, _listed(page, "list")):
            if device.key:
                yield device.id, device.key


def device(client: Client, device_id: str, deadline: Deadline) -> CloudDevice:
    """Return one device, its key included: somebody may have paired it anew."""
    result = client.get("device", f"/v1.0/devices/{device_id}", {}, deadline, urgent=True)
    if not isinstance(result, dict):
        raise transport("a device of no known form")
    return _device(result)


def firmware(client: Client, device_id: str, deadline: Deadline) -> Firmware | None:
    """Return a device's firmware, None where the cloud has none."""
    result = client.get("firmware", f"/v2.0/cloud/thing/{device_id}/firmware", {}, deadline)
    modules = [one for one in result if isinstance(one, dict)] if isinstance(result, list) else []
    if not modules:
        return None
    main = min(modules, key=_channel)
    status = main.get("upgrade_status")
    update = _UPDATES.get(status, "other") if isinstance(status, int) else "other"
    return Firmware(_text(main, "current_version"), update)


def signal(client: Client, device_id: str, kind: str, deadline: Deadline) -> float | None:
    """Return a device's signal in dBm, None where it has told none lately, or in other terms.

    Args:
        client: Of the cloud.
        device_id: Whose.
        kind: ``wifi`` or ``zigbee``.
        deadline: By when.
    """
    result = client.get("signal", f"/v2.0/cloud/thing/{device_id}/{kind}/signal", {}, deadline)
    if not isinstance(result, dict) or result.get("indicatorType") != "RSSI":
        return None
    try:
        value = float(result["signal"])
    except (KeyError, TypeError, ValueError):
        return None
    return value if -130 <= value <= 0 else None  # noqa: PLR2004 – as the registry's bounds


def disconnects(
    client: Client, device_id: str, since: float, now: float, deadline: Deadline
) -> int:
    """Return how often the cloud lost a device between two moments (seconds since the epoch)."""
    query = {
        "type": _OFFLINE_EVENT,
        "start_time": str(int(since * 1000)),
        "end_time": str(int(now * 1000)),
        "size": str(LOGS_PAGE),
        "query_type": "1",
    }
    found = 0
    for _ in range(_MAX_LOG_PAGES):
        page = client.get("logs", f"/v1.0/devices/{device_id}/logs", query, deadline)
        found += len(_listed(page, "logs"))
        key = page.get("next_row_key")
        if page.get("has_next") is not True or not isinstance(key, str) or not key:
            break
        query = {**query, "start_row_key": key}
    return found


def _pages(
    client: Client, endpoint: str, path: str, query: Mapping[str, str], deadline: Deadline
) -> Iterator[Any]:
    seen = set()
    for number in count(1):
        page = client.get(endpoint, path, query, deadline)
        yield page
        key = page.get("last_row_key") if isinstance(page, dict) else None
        if not isinstance(page, dict) or page.get("has_more") is not True or not key:
            return
        if number >= _MAX_PAGES or key in seen:
            raise transport("the list of devices does not end")
        seen.add(key)
        query = {**query, "last_row_key": str(key)}


def _listed(page: Any, name: str) -> list[Any]:
    found = page.get(name) if isinstance(page, dict) else None
    if not isinstance(found, list):
        raise transport(f"an answer without its {name}")
    return [one for one in found if isinstance(one, dict)]


def _device(entry: Mapping[str, Any]) -> CloudDevice:
    key = _text(entry, "local_key")
    return CloudDevice(
        id=_text(entry, "id"),
        name=_text(entry, "name").strip(),
        product=_text(entry, "product_name") or _text(entry, "product_id"),
        product_id=_text(entry, "product_id"),
        category=_text(entry, "category"),
        online=entry.get("online") is True,
        sub=entry.get("sub") is True,
        user=_text(entry, "uid"),
        status=_status(entry.get("status")),
        key=Secret(key) if key else None,
    )


def _status(written: Any) -> Mapping[str, object]:
    pairs = written if isinstance(written, list) else ()
    return {
        one["code"]: one["value"]
        for one in pairs
        if isinstance(one, dict) and isinstance(one.get("code"), str) and "value" in one
    }


def _channel(module: Mapping[str, Any]) -> int:
    channel = module.get("channel", module.get("type", module.get("module_type", 0)))
    return channel if isinstance(channel, int) else 0


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
