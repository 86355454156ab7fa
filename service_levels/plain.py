"""Figures and their explanations as plain data for JSON; moments are RFC 3339 in UTC."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sothat.service_levels.deadline import Deadline, Line, standing
from sothat.service_levels.intervals import utc
from sothat.service_levels.on_call import OnCall


def timestamp(moment: datetime) -> str:
    """Return a moment as text."""
    return utc(moment).isoformat().replace("+00:00", "Z")


def lines(explanation: Iterable[Line]) -> list[dict[str, Any]]:
    """Return the lines of an explanation."""
    return [
        {
            "kind": line.kind,
            "from": timestamp(line.interval.start),
            "to": timestamp(line.interval.end),
            "seconds": line.seconds,
            "text": line.text,
        }
        for line in explanation
    ]


def deadline(one: Deadline, now: datetime) -> dict[str, Any]:
    """Return a deadline with how it stands at a moment, and why it is then."""
    return {
        "at": timestamp(one.at),
        "started": timestamp(one.started),
        "calendar": one.version,
        **asdict(standing(one, now)),
        "explanation": lines(one.lines),
    }


def duty(one: OnCall) -> dict[str, Any]:
    """Return somebody's duty."""
    return {
        "member": one.member,
        "rotation": one.rotation,
        "since": timestamp(one.since),
        "until": timestamp(one.until),
        "reason": one.reason,
    }
