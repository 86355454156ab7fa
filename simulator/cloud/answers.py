"""What the simulated cloud answers to each call, in the forms of the real one's documentation."""

from collections.abc import Mapping, Sequence
from typing import Any

from sothat.simulator.cloud.project import Project, Refused
from sothat.simulator.cloud.things import Thing

_MAX_SIZES = {"size": 50, "page_size": 75}
_LOG_PAGE = 100


def associated(project: Project, query: Mapping[str, str]) -> dict[str, Any]:
    """Answer ``/v1.0/iot-01/associated-users/devices``: status, and no keys."""
    page, more, key = _page(project, query, "size")
    listed = [thing.listed(with_key=False) for thing in page]
    return _paged(project, "devices", listed, more=more, key=key)


def of_user(project: Project, query: Mapping[str, str]) -> dict[str, Any]:
    """Answer ``/v1.3/iot-03/devices``: keys as well."""
    if query.get("source_type") != "tuyaUser" or not query.get("source_id"):
        raise Refused(1109)
    page, more, key = _page(project, query, "page_size")
    listed = [thing.listed(with_key=True) for thing in page]
    return _paged(project, "list", listed, more=more, key=key)


def device(project: Project, device_id: str) -> dict[str, Any]:
    """Answer ``/v1.0/devices/{id}``."""
    return _thing(project, device_id).listed(with_key=True)


def firmware(project: Project, device_id: str) -> list[dict[str, Any]]:
    """Answer ``/v2.0/cloud/thing/{id}/firmware``: the main module, and another."""
    thing = _thing(project, device_id)
    main = {
        "channel": 0,
        "current_version": thing.firmware,
        "upgrade_status": thing.update,
        "type_desc": "Main Module",
    }
    return [{"channel": 9, "current_version": "9.9.9", "upgrade_status": 0}, main]


def signal(project: Project, device_id: str) -> dict[str, Any]:
    """Answer ``/v2.0/cloud/thing/{id}/{type}/signal``."""
    thing = _thing(project, device_id)
    if thing.signal is None:
        return {"indicatorType": "RSSI", "signalLevel": "Unknown"}
    when = str(int(project.clock() * 1000))
    return {"indicatorType": "RSSI", "signal": str(thing.signal), "eventTime": when}


def logs(project: Project, device_id: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Answer ``/v1.0/devices/{id}/logs``, for events of going offline."""
    since, until = int(query["start_time"]), int(query["end_time"])
    times = [at for at in _thing(project, device_id).offline_events if since <= at <= until]
    begin = int(query.get("start_row_key") or 0)
    end = begin + min(int(query.get("size", "20")), _LOG_PAGE)
    found: dict[str, Any] = {
        "logs": [{"event_id": 2, "event_time": at} for at in times[begin:end]],
        "device_id": device_id,
        "has_next": end < len(times),
    }
    return {**found, "next_row_key": str(end)} if found["has_next"] else found


def _thing(project: Project, device_id: str) -> Thing:
    if device_id not in project.things:
        raise Refused(2009)
    return project.things[device_id]


def _page(
    project: Project, query: Mapping[str, str], size: str
) -> tuple[Sequence[Thing], bool, str]:
    most = _MAX_SIZES[size]
    if not query.get(size, "").isdecimal() or not 0 < int(query[size]) <= most:
        raise Refused(1109)
    begin = int(query.get("last_row_key") or 0)
    end = begin + int(query[size])
    things = [*project.things.values()]
    return things[begin:end], end < len(things), str(end)


def _paged(
    project: Project, name: str, listed: list[dict[str, Any]], *, more: bool, key: str
) -> dict[str, Any]:
    # The last page bears a key, too; only has_more says that there is no other.
    return {name: listed, "has_more": more, "last_row_key": key, "total": len(project.things)}
