"""Reads values out of documents that others wrote: of the form that was expected, or refused."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

from sothat.exporters.posture.reading import Malformed

Object = Mapping[str, Any]


def as_object(value: Any, what: str) -> Object:
    """Return a value that must be an object."""
    if not isinstance(value, dict):
        raise Malformed(f"{what} is no object")
    return value


def objects(value: Any, what: str) -> Sequence[Object]:
    """Return a value that must be a list of objects; none where there is no value."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Malformed(f"{what} is no list")
    return [as_object(item, f"an item of {what}") for item in value]


def text(value: Any) -> str:
    """Return a text, or an empty one where the value is something else."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """Return a number that is finite and not negative, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def moment(value: Any) -> float | None:
    """Return the seconds since the epoch of an ISO 8601 time, or None where it is none.

    A time without an offset is taken for the machine's local time.
    """
    try:
        return dt.datetime.fromisoformat(text(value)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
