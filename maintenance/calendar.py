"""The plan as an iCalendar that people subscribe to, and works out of one that they keep."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from sothat.maintenance.standing import Standing, State
from sothat.service_levels.ical import Occurrence, occurrences
from sothat.service_levels.intervals import Interval, utc

_PRODUCT = "-//sothat//maintenance//EN"
_FORM = "%Y-%m-%dT%H:%M"


def exported(found: Iterable[Standing], made: datetime) -> str:
    """Return works as an iCalendar text, for clients as well: it holds what they are told.

    Args:
        found: How the works stand.
        made: The aware moment of making it, which the format asks for.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Maintenance")
    for one in found:
        calendar.add_component(_event(one, utc(made)))
    text: bytes = calendar.to_ical()
    return text.decode()


def _event(one: Standing, made: datetime) -> Event:
    work, event = one.work, Event()
    event.add("uid", f"{work.id}@maintenance.sothat")
    event.add("dtstamp", made)
    event.add("dtstart", work.interval.start)
    event.add("dtend", work.interval.end)
    event.add("summary", work.title)
    told = (work.told.what, work.told.impact, work.told.workaround)
    event.add("description", "\n".join(filter(None, told)))
    event.add("status", "CANCELLED" if one.state is State.CANCELLED else "CONFIRMED")
    return event


def drafts(text: str, zone: ZoneInfo, bounds: Interval) -> list[dict[str, Any]]:
    """Return the events of an iCalendar that touch bounds as drafts of works, in order.

    Each occurrence is a draft by itself, those that are cancelled left out; what an event cannot
    say (owner, impact) is left empty.

    Raises:
        Unusable: The text is no iCalendar, or has more than 1,000 such events.
    """
    found = [_draft(one) for one in occurrences(text, zone, bounds)]
    return sorted(found, key=lambda draft: (draft["starts"], draft["id"]))


def _draft(one: Occurrence) -> dict[str, Any]:
    event = one.event
    title = " ".join(str(event.get("summary", "")).split())[:200] or "Without a title"
    about = str(event.get("description", "")).strip()[:4000]
    return {
        "id": f"work-{one.starts:%Y%m%d-%H%M}",
        "title": title,
        "sort": "standard",
        "starts": f"{one.starts:{_FORM}}",
        "ends": f"{one.ends:{_FORM}}",
        "owner": "",
        "tell": {"what": about or title, "impact": ""},
    }
