"""Which topics are watched how: filters with named levels, and where the values are."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LEVEL = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_MAX_VALUE = 1e300
# Event times are in seconds or, far more often, in milliseconds.
_MILLISECONDS_FROM = 1e11


@dataclass(frozen=True, slots=True)
class Rule:
    """How the topics of one stream are read.

    Attributes:
        name: Of the stream: the value of the label ``stream``.
        levels: The topic's levels: a text, ``{name}``, ``+`` or, as the last one, ``#``.
        metric: Family that values become, empty where only messages are counted.
        value: Keys that lead to the value in a JSON payload; empty: the payload is the value.
        time: Keys that lead to the event time; empty: there is none.
        sequence: Keys that lead to the sender's number; empty: there is none.
        scale: What one of the payload's unit is in the family's base unit.
        low: Least value, in the base unit, that can be true.
        high: The greatest.
        floor: Least deviation that counts, for what is judged; None: values are not judged.
        stale_after: Seconds after which a topic that is silent is stale.
    """

    name: str
    levels: tuple[str, ...]
    metric: str = ""
    value: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    sequence: tuple[str, ...] = ()
    scale: float = 1.0
    low: float = float("-inf")
    high: float = float("inf")
    floor: float | None = None
    stale_after: float = 600.0

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the names of the levels that become labels."""
        return tuple(found[1] for level in self.levels if (found := _LEVEL.fullmatch(level)))

    @property
    def subscription(self) -> str:
        """Return the filter to subscribe with."""
        return "/".join("+" if _LEVEL.fullmatch(level) else level for level in self.levels)

    def match(self, topic: str) -> Mapping[str, str] | None:
        """Return the labels of a topic, None where the rule is not for it."""
        parts = topic.split("/")
        labels: dict[str, str] = {}
        for number, level in enumerate(self.levels):
            if level == "#":
                return labels
            if number >= len(parts):
                return None
            named = _LEVEL.fullmatch(level)
            if named:
                labels[named[1]] = parts[number]
            elif level not in ("+", parts[number]):
                return None
        return labels if len(parts) == len(self.levels) else None


class Unreadable(Exception):  # noqa: N818 – it is named for what the message is
    """A message that cannot be read.

    Attributes:
        reason: Why: ``payload``, ``value``, ``bounds``, ``time`` or ``sequence``.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


REASONS = ("payload", "value", "bounds", "time", "sequence", "oversized")


def content(payload: bytes) -> Any:
    """Return a payload's content.

    Raises:
        Unreadable: It is no JSON.
    """
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        raise Unreadable("payload") from None


def value_of(rule: Rule, found: Any) -> float:
    """Return the value in its base unit.

    Raises:
        Unreadable: There is none, or it cannot be true.
    """
    raw = _at(found, rule.value)
    if isinstance(raw, str):
        raw = _number(raw)
    if isinstance(raw, bool):
        raw = float(raw)
    if not isinstance(raw, (int, float)) or not abs(raw) < _MAX_VALUE:
        raise Unreadable("value")
    value = float(raw) * rule.scale
    if not rule.low <= value <= rule.high or not abs(value) < _MAX_VALUE:
        raise Unreadable("bounds")
    return round(value, 9)


def time_of(rule: Rule, found: Any) -> float:
    """Return the event time in seconds since the epoch.

    Raises:
        Unreadable: There is none.
    """
    raw = _at(found, rule.time)
    if isinstance(raw, str):
        raw = _number(raw)
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not 0 < raw < _MAX_VALUE:
        raise Unreadable("time")
    return raw / 1000 if raw >= _MILLISECONDS_FROM else float(raw)


def number_of(rule: Rule, found: Any) -> int:
    """Return the sender's number.

    Raises:
        Unreadable: There is none.
    """
    raw = _at(found, rule.sequence)
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise Unreadable("sequence")
    return raw


def _at(found: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
