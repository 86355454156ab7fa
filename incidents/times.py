"""Moments as whole nanoseconds since 1970 (UTC), as the store keeps them and people read them."""

import re
from datetime import UTC, datetime
from functools import lru_cache

SECOND = 1_000_000_000
# What a signed 64-bit column holds; an `endsAt` beyond the year 2262 means the same as its end.
_LATEST = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = "0001-01-01T00:00:00Z"
_SHAPE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,18}))?"
    r"(?:([Zz])|([+-])(\d\d):(\d\d))",
    re.ASCII,
)


@lru_cache(maxsize=4096)
def parse_time(text: str) -> int | None:
    """Return the moment of an RFC 3339 text; None for Go's zero time, which means "not set".

    Raises:
        ValueError: The text is no RFC 3339 time.
    """
    if text == _NEVER:
        return None
    match = _SHAPE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not an RFC 3339 time")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    whole = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - _EPOCH
    seconds = whole.days * 86400 + whole.seconds - _offset(match)
    fraction = int((match[7] or "0").ljust(9, "0")[:9])
    moment = seconds * SECOND + fraction
    if year == 1:
        return None
    return max(-_LATEST, min(_LATEST, moment))


def _offset(match: re.Match[str]) -> int:
    if match[8]:
        return 0
    seconds = int(match[10]) * 3600 + int(match[11]) * 60
    return -seconds if match[9] == "-" else seconds


def format_time(moment: int) -> str:
    """Return a moment as RFC 3339 in UTC, to the millisecond."""
    seconds, rest = divmod(moment, SECOND)
    stamp = datetime.fromtimestamp(max(seconds, -62_135_596_800), tz=UTC)
    return f"{stamp.strftime('%Y-%m-%dT%H:%M:%S')}.{rest // 1_000_000:03d}Z"


def seconds(duration: float) -> int:
    """Return a duration in seconds as nanoseconds."""
    return round(duration * SECOND)


def format_nanoseconds(moment: int) -> str:
    """Return a moment as RFC 3339 in UTC, to the nanosecond, so that reading it gives it back."""
    seconds, rest = divmod(moment, SECOND)
    stamp = datetime.fromtimestamp(max(seconds, -62_135_596_800), tz=UTC)
    return f"{stamp.strftime('%Y-%m-%dT%H:%M:%S')}.{rest:09d}Z"
