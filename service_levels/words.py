"""Moments, durations and hours as people say them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sothat.model.policy import Hours, Term
from sothat.service_levels.intervals import Interval

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ALL = 7


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return a moment in local time: ``Fri 2026-03-27 16:42 CET``."""
    local = at.astimezone(zone)
    return f"{day(local)} {clock(local)} {local.tzname()}"


def span(interval: Interval, zone: ZoneInfo) -> str:
    """Return an interval in local time; its end names the day only if it is another one.

    Example: ``Fri 2026-03-27 16:42–18:00 CET``.
    """
    start, end = interval.start.astimezone(zone), interval.end.astimezone(zone)
    if start.date() == end.date() and start.tzname() == end.tzname():
        return f"{day(start)} {clock(start)}–{clock(end)} {end.tzname()}"
    return f"{moment(start, zone)} – {moment(end, zone)}"


def day(local: date) -> str:
    """Return a day: ``Fri 2026-03-27``."""
    return f"{_WEEKDAYS[local.weekday()]} {local:%Y-%m-%d}"


def clock(local: datetime) -> str:
    """Return the time of day, with seconds only where there are some."""
    return f"{local:%H:%M:%S}" if local.second or local.microsecond else f"{local:%H:%M}"


def duration(seconds: float) -> str:
    """Return a duration: ``1 h 18 min``; below a second it says so."""
    rest = timedelta(seconds=round(seconds)) // timedelta(seconds=1)
    hours, minutes = divmod(rest // 60, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest % 60, "s"))
    said = " ".join(f"{number} {unit}" for number, unit in parts if number)
    return said or ("less than 1 s" if seconds else "0 s")


def promised(term: Term) -> str:
    """Return what a term promises: ``4 h of business hours``, ``2 days of business hours``."""
    amount = counted(term.days, "day") if term.days else duration(term.seconds)
    return f"{amount} of {term.hours or 'all'} hours"


def percent(share: float, digits: int = 4) -> str:
    """Return a share to so many significant digits: ``12.5%``."""
    return f"{share * 100:.{digits}g}%"


def counted(number: int, what: str) -> str:
    """Return a number of things: ``1 day``, ``2 days``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def timetable(hours: Hours) -> str:
    """Return when hours are open: ``Mon Tue Wed Thu Fri 08:00–18:00, closed on holidays``."""
    names = [name[:3].title() for name in hours.days]
    days = "every day" if len(names) == _ALL else " ".join(names)
    closed = "" if hours.holidays else ", closed on holidays"
    return f"{days} {hours.start}–{hours.end}{closed}"
