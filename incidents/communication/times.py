"""Moments in the time of those who read of them. Pure."""

from datetime import UTC, datetime, timedelta

from sothat.service_levels.zones import zone_named

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(moment: int, zone: str) -> datetime:
    """Return a moment, given in nanoseconds, in a time zone."""
    return (_EPOCH + timedelta(microseconds=moment // 1000)).astimezone(zone_named(zone))


def spoken(moment: int, zone: str) -> str:
    """Return a moment as people say it: ``Monday, 5 January 2026, 10:00 (Europe/Berlin)``."""
    return f"{_words(local(moment, zone))} ({zone})"


def span(start: int, end: int, zone: str) -> str:
    """Return two moments as people say them; the day once where it is the same."""
    first, last = local(start, zone), local(end, zone)
    until = f"{last:%H:%M}" if first.date() == last.date() else _words(last)
    return f"{_words(first)} to {until} ({zone})"


def _words(when: datetime) -> str:
    return f"{when:%A}, {when.day} {when:%B %Y}, {when:%H:%M}"
