"""Duties as an iCalendar that people subscribe to, and overrides out of one that they keep."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component, Event
from sothat.model.policy import Override
from sothat.model.problem import unusable
from sothat.service_levels.intervals import Interval, utc
from sothat.service_levels.on_call import OnCall
from sothat.service_levels.zones import zone_named

_PRODUCT = "-//sothat//on call//EN"
# Nobody takes over so often.
_MOST = 1_000
# How often something may repeat, and after how many days it does so at the soonest.
_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
_FIRST_YEAR = 1970
_MOST_AT_ONCE = 30
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


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that something happens, in the local time of the zone that was asked for."""

    starts: datetime
    ends: datetime
    event: Event


def overrides(
    text: str, zone: ZoneInfo, bounds: Interval, floating: ZoneInfo | None = None
) -> Iterator[Override]:
    """Yield the events of an iCalendar that touch bounds as overrides, each occurrence by itself.

    An event's summary is who takes over, its description why. One that is cancelled is none.

    Args:
        text: The iCalendar.
        zone: Of the rotation's calendar.
        bounds: From when to when.
        floating: Of times without a zone, and of whole days; default: the same zone.

    Raises:
        Unusable: The text is no iCalendar, or has more than 1,000 such events.
    """
    with _in_words():
        found = [
            Override(f"{one.starts:{_FORM}}", f"{one.ends:{_FORM}}", *_told(one.event))
            for one in occurrences(text, zone, bounds, floating)
        ]
    yield from sorted(found, key=lambda override: override.starts)


def occurrences(
    text: str, zone: ZoneInfo, bounds: Interval, floating: ZoneInfo | None = None
) -> tuple[Occurrence, ...]:
    """Return what happens within bounds by an iCalendar; arguments as for `overrides`.

    Raises:
        Unusable: The text is no iCalendar, or has more than 1,000 such events.
    """
    with _in_words():
        found = tuple(islice(_occurrences(text, zone, bounds, floating or zone), _MOST + 1))
    if len(found) > _MOST:
        raise unusable("bad-icalendar", f"more than {_MOST} events")
    return found


@contextmanager
def _in_words() -> Iterator[None]:
    """Say it in words if a text turns out to be no iCalendar within the block."""
    try:
        yield
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        reason = " ".join(str(error).split())
        raise unusable("bad-icalendar", f"not an iCalendar: {reason}") from error


def _occurrences(
    text: str, zone: ZoneInfo, bounds: Interval, floating: ZoneInfo
) -> Iterator[Occurrence]:
    calendar, end = _sound(text), bounds.end.astimezone(zone).replace(tzinfo=None)
    for event in recurring_ical_events.of(calendar).after(bounds.start):
        starts, ends = (_local(each, zone, floating) for each in (event.start, event.end))
        if starts >= end:
            return
        if starts < ends and str(event.get("status", "")).upper() != "CANCELLED":
            yield Occurrence(starts, ends, event)


def _sound(text: str) -> Calendar:
    """Return a calendar that is whole, and says all it says in words that are known.

    Raises:
        ValueError: It is not.
        Unusable: It names no time zone for itself that is one.
    """
    edges = [line.strip().upper() for line in text.splitlines() if line.strip()]
    if edges.count("BEGIN:VCALENDAR") > 1:
        raise ValueError("several in one file; give each in a file of its own")
    if "BEGIN:VCALENDAR" in edges and edges[-1] != "END:VCALENDAR":
        raise ValueError("it is cut off: there is no END:VCALENDAR")
    calendar = Calendar.from_ical(text)
    own = str(calendar.get("x-wr-timezone", "")).strip()
    if own:
        zone_named(own)
    _require_zones(calendar)
    _require_duties(calendar)
    return calendar


def _require_zones(calendar: Component) -> None:
    """Refuse a time in a zone that nobody knows: it would be taken for one of some other."""
    for event in calendar.walk("VEVENT"):
        for key in ("dtstart", "dtend", "recurrence-id"):
            found: Any = event.get(key)
            name = found.params.get("TZID") if found is not None else None
            if name and isinstance(found.dt, datetime) and found.dt.tzinfo is None:
                raise ValueError(f"'{name}' is no time zone that is known, or defined in it")


def zone_said(text: str) -> tuple[str, bool]:
    """Return the time zone that a sound iCalendar names for itself, and whether it matters.

    It does where there are whole days, or times without a zone.

    Raises:
        Unusable: The text is no iCalendar.
    """
    with _in_words():
        calendar = _sound(text)
        starts = [event.start for event in calendar.events]
    bare = any(not isinstance(each, datetime) or each.tzinfo is None for each in starts)
    return str(calendar.get("x-wr-timezone", "")).strip(), bare


def _require_duties(calendar: Calendar) -> None:
    """Refuse what no duty is, and what nobody could count through or would be told of wrongly."""
    for event in calendar.events:
        if event.get("exrule"):
            raise ValueError("an event leaves repeats out by EXRULE; write each as EXDATE")
        if _ends_early(event):
            raise ValueError(f"the event at {event.start} ends before it begins")
        rules = event.get("rrule", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            _require_pace(event, rule)


def _ends_early(event: Event) -> bool:
    starts, ends = (getattr(event.get(key), "dt", None) for key in ("dtstart", "dtend"))
    if not isinstance(starts, datetime) or not isinstance(ends, datetime):
        return False
    return (starts.tzinfo is None) == (ends.tzinfo is None) and ends < starts


def _require_pace(event: Event, rule: Any) -> None:
    """Refuse what repeats within a day or for ages: counting its repeats may never end."""
    often = [str(word) for word in rule.get("freq", ())]
    if not set(often) <= {*_DAYS} or any(part in rule for part in _PARTS):
        raise ValueError("an event repeats within a day")
    if len(often) != 1:
        raise ValueError("an event repeats, and FREQ does not say how often")
    if rule.get("interval", [1])[0] < 1:
        raise ValueError("an event repeats at an INTERVAL below 1")
    days = _DAYS[often[0]]
    if event.start.year < _FIRST_YEAR and days <= _DAYS["WEEKLY"]:
        raise ValueError(f"an event repeats {often[0].lower()} since before {_FIRST_YEAR}")
    if (event.end - event.start).days > _MOST_AT_ONCE * days:
        raise ValueError("an event lasts for more than thirty of its own repeats")


def _told(event: Event) -> tuple[str, str]:
    """Return who takes over, and why."""
    said = [event.get(key, "") for key in ("summary", "description")]
    if any(isinstance(each, list) for each in said):
        raise ValueError(f"the event at {event.start} has two summaries or descriptions")
    member, reason = (str(each).strip() for each in said)
    if not member:
        raise ValueError(f"the event at {event.start} has no summary, which says who takes over")
    return member, reason


def _local(moment: date, zone: ZoneInfo, floating: ZoneInfo) -> datetime:
    """Return the local time in a zone of a day, of a time without a zone, or of a moment."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    if moment.tzinfo is None and floating == zone:
        return moment
    aware = moment if moment.tzinfo else moment.replace(tzinfo=floating)
    return aware.astimezone(zone).replace(tzinfo=None)
