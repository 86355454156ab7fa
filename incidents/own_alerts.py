"""What the service has to say of itself, as a message that goes the way of all messages. Pure.

So clocks, pages and escalation are those of the team that it names.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sothat.incidents.times import format_time

_NEVER = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Told:
    """An alert of the service's own.

    Attributes:
        receiver: Shows on timelines.
        group: Labels of its group.
        since: When it began, nanoseconds; None: when it is told.
    """

    receiver: str
    group: Mapping[str, str]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    fingerprint: str
    since: int | None = None


def own_message(told: Told, now: int, *, firing: bool) -> bytes:
    """Return the message that an alert fires, or that it has ended."""
    begun = told.since if firing and told.since is not None else now
    alert = {
        "status": "firing" if firing else "resolved",
        "labels": dict(told.labels),
        "annotations": dict(told.annotations),
        "startsAt": format_time(begun),
        "endsAt": _NEVER if firing else format_time(now),
        "generatorURL": "",
        "fingerprint": told.fingerprint,
    }
    return json.dumps(
        {
            "version": "4",
            "groupKey": f"{told.receiver}:{told.fingerprint}",
            "truncatedAlerts": 0,
            "status": alert["status"],
            "receiver": told.receiver,
            "groupLabels": dict(told.group),
            "commonLabels": dict(told.labels),
            "commonAnnotations": {},
            "externalURL": "",
            "alerts": [alert],
        }
    ).encode()
