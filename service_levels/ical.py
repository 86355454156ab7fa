"""Duties as an iCalendar that people subscribe to, and overrides out of one that they keep."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component, Event
from sothat.model.policy import Override
from sothat.model.problem import unusable
from sothat.service_levels.intervals import Interval, utc
from sothat.service_levels.on_call import OnCall

_PRODUCT = "-//sothat//on call//EN"
# Nobody takes over so often.
_MOST = 1_000
_REPEATS = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_PARTS = ("byhour", "byminute", "bysecond")
_FORM = "%Y-%m-%dT%H:%M"


def exported(team: str, duties: Iterable[OnCall], made: datetime) -> str:
    """Return duties as an iCalendar text; the same duty has the same identity in every text.

    Args:
        team: Whose duties they are.
        duties: The duties.
        made: The aware moment of making it, which the format asks for.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"On call: {team}")
    for duty in duties:
        calendar.add_component(_event(team, duty, utc(made)))
    text: bytes = calendar.to_ical()
    return text.decode()


def _event(team: str, duty: OnCall, made: datetime) -> Event:
    event = Event()
    event.add("uid", f"{team}-{duty.rotation}-{duty.since:%Y%m%dT%H%M%SZ}@sothat")
    event.add("dtstamp", made)
    event.add("dtstart", duty.since)
    event.add("dtend", duty.until)
    event.add("summary", duty.member)
    event.add("description", f"{duty.rotation}: {duty.reason}")
    return event


def overrides(text: str, zone: ZoneInfo, bounds: Interval) -> Iterator[Override]:
    """Yield the events of an iCalendar that touch bounds as overrides, each occurrence by itself.

    An event's summary is who takes over, its description why. Times without a zone, and whole
    days, are those of the zone given.

    Args:
        text: The iCalendar.
        zone: Of the rotation's calendar.
        bounds: From when to when.

    Raises:
        Unusable: The text is no iCalendar, or has more than 1,000 such events.
    """
    try:
        found = list(islice(_occurrences(text, zone, bounds), _MOST + 1))
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise unusable("bad-icalendar", f"not an iCalendar: {error}") from error
    if len(found) > _MOST:
        raise unusable("bad-icalendar", f"more than {_MOST} events")
    yield from sorted(found, key=lambda override: override.starts)


def _occurrences(text: str, zone: ZoneInfo, bounds: Interval) -> Iterator[Override]:
    calendar, end = Calendar.from_ical(text), bounds.end.astimezone(zone).replace(tzinfo=None)
    require_days(calendar)
    for event in recurring_ical_events.of(calendar).after(bounds.start):
        starts, ends = local_time(event.start, zone), local_time(event.end, zone)
        if starts >= end:
            return
        if starts < ends:
            yield Override(f"{starts:{_FORM}}", f"{ends:{_FORM}}", *_told(event))


def require_days(calendar: Component) -> None:
    """Refuse what repeats within a day: no duty does, and counting its repeats may never end."""
    for event in calendar.walk("VEVENT"):
        rules = event.get("rrule", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            if not set(rule.get("freq", ())) <= _REPEATS or any(part in rule for part in _PARTS):
                raise ValueError("an event repeats within a day")


def _told(event: Event) -> tuple[str, str]:
    """Return who takes over, and why."""
    member, reason = (str(event.get(key, "")).strip() for key in ("summary", "description"))
    if not member:
        raise ValueError(f"the event at {event.start} has no summary, which says who takes over")
    return member, reason


def local_time(moment: date, zone: ZoneInfo) -> datetime:
    """Return the local time of a day, of a time without a zone, or of a moment."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment
