"""What clients are told about work: nothing but what the plan says is for them."""

from datetime import datetime
from enum import StrEnum

from sothat.maintenance.plan import Sort, Work
from sothat.maintenance.standing import Standing, State
from sothat.model.policy import Client, Policy
from sothat.service_levels.lookup import named
from sothat.service_levels.zones import zone_named


class Occasion(StrEnum):
    """When a text is sent."""

    ANNOUNCEMENT = "announcement"
    REMINDER = "reminder"
    START = "start"
    OVERRUN = "overrun"
    END = "end"
    CANCELLATION = "cancellation"


_SUBJECTS = {
    Occasion.ANNOUNCEMENT: "Planned maintenance on {day}: {title}",
    Occasion.REMINDER: "Reminder: maintenance on {day}: {title}",
    Occasion.START: "Maintenance has begun: {title}",
    Occasion.OVERRUN: "Maintenance takes longer than announced: {title}",
    Occasion.END: "Maintenance is over: {title}",
    Occasion.CANCELLATION: "Maintenance on {day} does not take place: {title}",
}
_OPENINGS = {
    Occasion.ANNOUNCEMENT: "We are going to work on our service.",
    Occasion.REMINDER: "As announced, we are going to work on our service.",
    Occasion.START: "The announced work has begun.",
    Occasion.OVERRUN: "The work has not ended at the announced time. We are still at it and will "
    "write again when it is over.",
    Occasion.CANCELLATION: "The announced work does not take place. You need not do anything.",
}
_ENDINGS = {
    State.DONE: "The work is done. Everything is available again.",
    State.ROLLED_BACK: "We have taken the change back; everything works as before. We will "
    "announce another attempt.",
    State.FAILED: "The work could not be completed. We are looking into it and will write again.",
}


def notice(occasion: Occasion, found: Standing, client: Client, policy: Policy) -> str:
    """Return a text for a client, in its local time: the subject, an empty line, the body.

    Raises:
        Unusable: The client's calendar is not known, or the text is not of a work that is so far.
    """
    calendar = named(policy.calendars, "calendars", client.calendar)
    zone = zone_named(calendar.time_zone)
    work = found.work
    start, end = (moment.astimezone(zone) for moment in (work.interval.start, work.interval.end))
    subject = _SUBJECTS[occasion].format(day=f"{start:%A, %d %B %Y}", title=work.title)
    parts = [_opening(occasion, found)]
    if occasion is not Occasion.CANCELLATION:
        parts += _body(occasion, work, _times(start, end, calendar.time_zone))
    return "\n\n".join([subject, *parts]) + "\n"


def _opening(occasion: Occasion, found: Standing) -> str:
    if occasion is not Occasion.END:
        urgent = occasion is Occasion.ANNOUNCEMENT and found.work.sort is Sort.EMERGENCY
        extra = " It cannot wait for the usual notice; we are sorry for that." if urgent else ""
        return _OPENINGS[occasion] + extra
    return _ENDINGS.get(found.state, "The work is over.")


def _body(occasion: Occasion, work: Work, times: str) -> list[str]:
    parts = [f"What we do: {work.told.what}", f"When: {times}"]
    if occasion is Occasion.END:
        return parts
    parts.append(f"What you will notice: {work.told.impact}")
    parts.append(f"What you can do meanwhile: {work.told.workaround or 'Nothing is needed.'}")
    return parts


def _times(start: datetime, end: datetime, zone: str) -> str:
    """Return a time span, with the offsets where the clocks change meanwhile."""
    same_day = start.date() == end.date()
    last = f"{end:%H:%M}" if same_day else f"{end:%A, %d %B %Y, %H:%M}"
    text = f"{start:%A, %d %B %Y, %H:%M} to {last} ({zone})"
    if start.utcoffset() == end.utcoffset():
        return text
    seconds = end.timestamp() - start.timestamp()  # their difference would be the wall clock's
    return f"{text}; the clocks change meanwhile, it takes {seconds / 3600:g} hours"
