"""What becomes of a deadline when a calendar is edited."""

from dataclasses import replace
from datetime import datetime

from sothat.service_levels.deadline import Deadline, Line
from sothat.service_levels.intervals import Interval, utc
from sothat.service_levels.words import moment
from sothat.service_levels.zones import zone_named


def revised(stored: Deadline, fresh: Deadline, now: datetime) -> Deadline:
    """Return the deadline that holds, of one counted earlier and one counted now.

    An edited calendar never moves a deadline that has passed, and never moves one silently. What
    else moves a deadline, such as a pause, is no revision: the fresh one holds.

    Raises:
        ValueError: The moment has no time zone.
    """
    if stored.version == fresh.version or stored.at == fresh.at:
        return fresh
    if stored.at <= utc(now):
        return stored
    zone = zone_named(fresh.calendar.time_zone)
    text = f"It was due {moment(stored.at, zone)} by the calendar {stored.version}."
    between = Interval(min(stored.at, fresh.at), max(stored.at, fresh.at))
    return replace(fresh, lines=(*fresh.lines, Line("moved", between, 0.0, text)))
