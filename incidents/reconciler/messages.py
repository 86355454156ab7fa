"""Repairs as the messages that should have come: Alertmanager's payload version 4. Pure.

A repair goes the way of every message – stored raw, applied by the same rules, confirmed after the
commit – so that nothing is known about an alert that did not come through the one door.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sothat.incidents.reconciler.compare import LostFiring, SwallowedEnd
from sothat.incidents.reconciler.view import Route
from sothat.incidents.times import format_nanoseconds

# So many alerts make one message: a storm of repairs must not hold up what comes in.
_AT_ONCE = 200
_NEVER = "0001-01-01T00:00:00Z"


def lost_messages(repairs: Iterable[LostFiring]) -> Iterator[bytes]:
    """Yield the messages of firings that were lost, one for each group or part of it."""
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[LostFiring]] = {}
    for repair in repairs:
        key = (repair.route.receiver, tuple(sorted(repair.route.group.items())))
        groups.setdefault(key, []).append(repair)
    for members in groups.values():
        for part in _parts(members):
            yield _message(part[0].route, "firing", [_firing(repair) for repair in part])


def ended_messages(repairs: Iterable[SwallowedEnd], now: int) -> Iterator[bytes]:
    """Yield the messages of ends that were swallowed; their true moments are not known."""
    for part in _parts(list(repairs)):
        yield _message(Route("", {}), "resolved", [_end(repair, now) for repair in part])


def _parts(repairs: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(repairs), _AT_ONCE):
        yield repairs[start : start + _AT_ONCE]


def _firing(repair: LostFiring) -> Mapping[str, Any]:
    known = repair.known
    return {
        "status": "firing",
        "labels": dict(known.labels),
        "annotations": dict(known.annotations),
        "startsAt": format_nanoseconds(known.starts_at),
        "endsAt": _NEVER,
        "generatorURL": known.generator_url,
        "fingerprint": known.fingerprint,
    }


def _end(repair: SwallowedEnd, now: int) -> Mapping[str, Any]:
    held = repair.held
    return {
        "status": "resolved",
        "labels": dict(held.labels),
        "annotations": {},
        "startsAt": format_nanoseconds(held.starts_at),
        "endsAt": format_nanoseconds(max(now, held.starts_at)),
        "generatorURL": "",
        "fingerprint": held.fingerprint,
    }


def _message(route: Route, status: str, alerts: Sequence[Mapping[str, Any]]) -> bytes:
    content = {
        "version": "4",
        "groupKey": "",
        # Alertmanager escapes it, and so it is read.
        "receiver": route.receiver.replace("\\", "\\\\"),
        "status": status,
        "groupLabels": dict(route.group),
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "",
        "truncatedAlerts": 0,
        "alerts": alerts,
        "sothat": {"reconciler": True},
    }
    return json.dumps(content).encode()
