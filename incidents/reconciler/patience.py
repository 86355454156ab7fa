"""How long a message may lawfully wait in Alertmanager, read from its own configuration. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from sothat.model.duration import parse_duration

# Alertmanager's own defaults.
_GROUP_INTERVAL = "5m"
_GROUP_WAIT = "30s"
# Each peer of a cluster waits for those before it, this long by default, before it sends.
_PEER_SECONDS = 15.0


def patience(configuration: str, peers: int) -> Mapping[str, float]:
    """Return, for each receiver, the longest lawful wait in seconds before a message is sent.

    A new alert of a group that has been told waits for the rest of ``group_interval``, a new group
    for ``group_wait``; behind that comes what a cluster's peers wait for each other. What cannot be
    read gets no entry: the default applies.

    Args:
        configuration: The text that ``/api/v2/status`` gives.
        peers: How many Alertmanagers there are.
    """
    try:
        data = yaml.safe_load(configuration)
    except yaml.YAMLError:
        return {}
    route = data.get("route") if isinstance(data, dict) else None
    found: dict[str, float] = {}
    for receiver, wait in _waits(route, {}):
        found[receiver] = max(found.get(receiver, 0.0), wait + _PEER_SECONDS * (peers - 1))
    return found


def _waits(route: Any, inherited: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    if not isinstance(route, dict):
        return
    known = {**inherited, **route}
    try:
        interval = parse_duration(str(known.get("group_interval", _GROUP_INTERVAL)))
        wait = parse_duration(str(known.get("group_wait", _GROUP_WAIT)))
    except ValueError:
        return
    yield str(known.get("receiver", "")), max(interval, wait)
    for child in route.get("routes") or ():
        yield from _waits(child, known)
