"""The month that a report is about, by a wall clock."""

import re
from datetime import datetime, timedelta

from sothat.model.policy import Calendar
from sothat.model.problem import unusable
from sothat.reports.report import Scope
from sothat.service_levels.months import month as month_of
from sothat.service_levels.zones import zone_named

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_YEARS = range(1971, 2200)


def scope_of(month: str, zone: str, site: str, now: datetime) -> Scope:
    """Return the scope of a report.

    Args:
        month: As ``2026-10``; empty: the last one that is over.
        zone: IANA name of the wall clock.
        site: Empty: all.
        now: An aware moment.

    Raises:
        Unusable: There is no such month or zone, or it has not begun.
    """
    calendar = Calendar("report", "", "", zone, {})
    local = now.astimezone(zone_named(zone))
    year, number = _parsed(month) if month else _before(local.year, local.month)
    interval = month_of(calendar, year, number)
    if interval.start >= now:
        raise unusable("bad-time", f"{month} has not begun")
    return Scope(
        month=f"{year:04}-{number:02}",
        interval=interval,
        before=month_of(calendar, *_before(year, number)),
        until=min(interval.end, now),
        zone=zone,
        site=site,
        made=now,
    )


def _parsed(text: str) -> tuple[int, int]:
    found = _MONTH.fullmatch(text)
    if not found or int(found[1]) not in _YEARS or not 1 <= int(found[2]) <= 12:  # noqa: PLR2004
        raise unusable("bad-time", f"'{text}' is not a month", hint="such as 2026-10")
    return int(found[1]), int(found[2])


def _before(year: int, month: int) -> tuple[int, int]:
    day = datetime(year, month, 1) - timedelta(days=1)  # noqa: DTZ001 – a date is all it is
    return day.year, day.month
