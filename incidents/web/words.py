"""Moments, links and sentences as people read them. Pure."""

from urllib.parse import urlsplit

from sothat.incidents.times import SECOND, format_time

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def age(duration: int) -> str:
    """Return a duration in nanoseconds in its two largest units (``2 h 5 min``)."""
    rest = max(0, duration // SECOND)
    parts: list[str] = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(part for part in parts[:2] if part) or "0 s"


def clock(moment: int) -> str:
    """Return a moment as people read it, to the second: ``2026-01-05 10:00:00 UTC``."""
    return f"{format_time(moment)[:19].replace('T', ' ')} UTC"


def clock_words(due: int, now: int) -> str:
    """Return how a deadline stands (``in 5 min``, ``overdue by 2 h``)."""
    if due >= now:
        return f"in {age(due - now)}"
    return f"overdue by {age(now - due)}"


def milliseconds(moment: int) -> int:
    """Return a moment as scripts count: milliseconds since 1970."""
    return moment // 1_000_000


def safe_link(url: str) -> str:
    """Return a URL if a browser may follow it, otherwise nothing: labels come from anywhere."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def running(text: str) -> str:
    """Return a text as it goes on in a sentence (``The site …`` as ``the site …``).

    Abbreviations (``SLA …``) stay as they are.
    """
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
