"""Stretches of time on command lines: ``--since 30d --until TIME``."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import click


def span(since: str, until: str, now: datetime) -> tuple[int, int]:
    """Return start and end in milliseconds since the epoch.

    Args:
        since: A duration before the end, or an ISO 8601 time.
        until: An ISO 8601 time; empty: now.
        now: The time of the run.

    Raises:
        Unusable: One of them is neither, or nothing lies between them.
    """
    from sothat.model.duration import parse_duration
    from sothat.model.problem import unusable

    end = _moment("--until", until) if until else round(now.timestamp() * 1000)
    try:
        start = end - round(parse_duration(since) * 1000)
    except ValueError:
        start = _moment("--since", since)
    if start >= end or start < 0:
        raise unusable("bad-time", "nothing lies between --since and --until")
    return start, end


def _moment(option: str, text: str) -> int:
    from sothat.model.problem import unusable

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        hint = "write 30d, or 2026-11-01T00:00Z"
        message = f"{option}: {text!r} is neither a duration nor a time"
        raise unusable("bad-time", message, hint=hint) from None
    zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
    return round(zoned.timestamp() * 1000)


def zone_of(name: str) -> tzinfo:
    """Return a time zone by name.

    Raises:
        Unusable: There is none of this name.
    """
    from sothat.model.problem import unusable

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise unusable("unknown-time-zone", f"there is no time zone {name!r}") from None


def interval(text: str) -> int:
    """Return milliseconds, 0 where nothing is said.

    Raises:
        Unusable: It is no duration.
    """
    from sothat.model.duration import parse_duration
    from sothat.model.problem import unusable

    try:
        found = round(parse_duration(text) * 1000) if text else 0
    except ValueError as error:
        raise unusable("bad-duration", f"--interval: {error}") from None
    if text and not found:
        raise unusable("bad-duration", "--interval: more than nothing lies between evaluations")
    return found


interval_option = click.option(
    "--interval", "every", default="", help="Between evaluations; default: the server's."
)
since_option = click.option(
    "--since", default="30d", show_default=True, help="A duration, or an ISO 8601 time."
)
until_option = click.option("--until", default="", help="An ISO 8601 time; default: now.")
zone_option = click.option(
    "--time-zone", "zone", default="UTC", show_default=True, help="Whose hours of the day."
)
