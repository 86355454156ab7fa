"""Prometheus durations (``1h30m``) as seconds and back."""

import re
from functools import lru_cache

_UNITS = {  # in milliseconds
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "y": 31_536_000_000,
}
# The order that Prometheus itself accepts: each unit at most once, from years to milliseconds.
_SHAPE = re.compile(
    r"(?:(?P<y>\d+)y)?(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?"
    r"(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?(?:(?P<ms>\d+)ms)?"
)


def parse_duration(text: str) -> float:
    """Return the seconds of a Prometheus duration.

    Raises:
        ValueError: The text is not one.
    """
    match = _SHAPE.fullmatch(text)
    if text == "0":
        return 0.0
    if not match or not text:
        raise ValueError(f"{text!r} is not a duration such as 30s, 5m or 1h30m")
    return sum(int(n) * _UNITS[unit] for unit, n in match.groupdict().items() if n) / 1000


@lru_cache(maxsize=4096)
def format_duration(seconds: float) -> str:
    """Return seconds as the shortest Prometheus duration, exact to the millisecond."""
    rest = round(seconds * 1000)
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
