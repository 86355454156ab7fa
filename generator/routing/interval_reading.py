"""Time intervals from YAML."""

import re
from collections.abc import Callable
from datetime import UTC, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from sothat.generator.routing.node import Node, children, text_of
from sothat.generator.routing.time_interval import NamedInterval, Range, Ranges, TimeInterval

_UTC: tzinfo = UTC
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_NUMBER = re.compile(r"[-+]?[0-9]+")
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_LONGEST, _SHORTEST = 31, 28

Member = Callable[[str], int]
Bounds = Callable[[Range], None]


def read_intervals(root: Node) -> dict[str, NamedInterval]:
    """Return all named intervals, those under the older key included."""
    found: dict[str, NamedInterval] = {}
    for key in ("mute_time_intervals", "time_intervals"):
        for node in children(root, key):
            name = text_of(node, "name")
            if not name:
                node.report("missing-key", "a time interval without 'name'")
            if name in found:
                node.report("bad-time-interval", f"time interval {name!r} is not unique")
            intervals = tuple(_interval(each) for each in children(node, "time_intervals"))
            found[name] = NamedInterval(name, intervals)
    return found


def _interval(node: Node) -> TimeInterval:
    location = node.get("location")
    return TimeInterval(
        times=_times(node),
        weekdays=_ranges(node, "weekdays", _weekday, _ordered),
        days_of_month=_ranges(node, "days_of_month", _number, _day_bounds),
        months=_ranges(node, "months", _month, _ordered),
        years=_ranges(node, "years", _number, _ordered),
        location=(location.text() if location else "") or "UTC",
        zone=location.read("bad-time-interval", _zone, _UTC) if location else _UTC,
    )


def _zone(name: str) -> tzinfo:
    """Return a zone; "" and UTC are Go's own names for it."""
    if name in ("", "UTC"):
        return UTC
    if name == "Local":
        raise ValueError("'Local' depends on the machine that Alertmanager runs on")
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise ValueError(f"no time zone is called {name!r}") from error


def _times(node: Node) -> Ranges:
    times = node.get("times")
    if times is None:
        return None
    return tuple(_time_range(each) for each in times.items())


def _time_range(node: Node) -> Range:
    first, last = (_minute(node, key) for key in ("start_time", "end_time"))
    if first >= last:
        node.report("bad-time-interval", "start time cannot be equal or greater than end time")
    return first, last


def _minute(node: Node, key: str) -> int:
    found = node.get(key)
    if found is None:
        node.report("bad-time-interval", "both start and end times must be provided")
        return 0
    return found.read("bad-time-interval", _parse_time, 0)


def _parse_time(text: str) -> int:
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a time such as 08:00, with 24:00 for midnight")
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _ranges(node: Node, key: str, member: Member, bounds: Bounds) -> Ranges:
    """Return the ranges under a key; an empty list is one that nothing is in."""
    listed = node.get(key)
    if listed is None:
        return None
    parse = partial(_range, member=member, bounds=bounds)
    return tuple(item.read("bad-time-interval", parse, (0, 0)) for item in listed.items())


def _range(text: str, member: Member, bounds: Bounds) -> Range:
    parts = text.lower().split(":")
    if len(parts) > 2:  # noqa: PLR2004 – first and last
        raise ValueError(f"couldn't parse range {text}")
    found = member(parts[0]), member(parts[-1])
    bounds(found)
    return found


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    return int(text)


def _weekday(text: str) -> int:
    if text not in _DAYS:
        raise ValueError(f"{text} is not a valid weekday")
    return _DAYS.index(text)


def _month(text: str) -> int:
    return _MONTHS.index(text) + 1 if text in _MONTHS else _number(text)


def _ordered(found: Range) -> None:
    if found[0] > found[1]:
        raise ValueError("the end of the range is before its start")


def _day_bounds(found: Range) -> None:
    first, last = found
    for day in found:
        if day == 0 or abs(day) > _LONGEST:
            raise ValueError(f"{day} is not a valid day of the month: out of range")
    if first < 0 < last:
        raise ValueError("end day must be negative if start day is negative")
    if _least(first) > _least(last):
        raise ValueError(f"end day {last} is always before start day {first}")


def _least(day: int) -> int:
    """Return a day of the month as Alertmanager compares it, whatever the month."""
    return _SHORTEST + day if day < 0 else day
