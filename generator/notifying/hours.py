"""The hours, holidays and maintenance windows of a policy as what recurs, by unique names."""

from collections.abc import Iterator
from datetime import date
from functools import cache

import holidays
from sothat.generator.notifying.recurrence import DAYS, MONTHS, Recurrence, minutes
from sothat.model.policy import Calendar, Channel, Hours, Maintenance, Policy


def window_name(window: str) -> str:
    """Return what the interval of a maintenance window is called."""
    return f"maintenance/{window}"


def hours_name(hours: str, calendar: str) -> str:
    """Return what the interval of hours in the time of a calendar is called."""
    return f"hours/{hours}/{calendar}"


def holidays_name(calendar: str) -> str:
    """Return what the interval of a calendar's days off is called."""
    return f"holidays/{calendar}"


def active_in(channel: Channel, policy: Policy) -> tuple[str, ...]:
    """Return the interval in which a channel hears, none where it hears always."""
    if not channel.hours or _is_always(policy.hours[channel.hours]):
        return ()
    return (hours_name(channel.hours, channel.calendar),)


def quiet_in(channel: Channel, policy: Policy) -> tuple[str, ...]:
    """Return the interval of the days off on which a channel does not hear."""
    if not channel.hours or policy.hours[channel.hours].holidays:
        return ()
    calendar = policy.calendars[channel.calendar]
    return (holidays_name(calendar.name),) if days_off(calendar) else ()


def _is_always(hours: Hours) -> bool:
    return set(hours.days) == set(DAYS) and (hours.start, hours.end) == ("00:00", "24:00")


def recurrence_of_hours(hours: Hours, name: str, calendar: Calendar) -> Recurrence:
    """Return working hours in the time of a calendar."""
    return Recurrence(
        name=name,
        time_zone=calendar.time_zone,
        start=minutes(hours.start),
        end=minutes(hours.end),
        weekdays=tuple(sorted(DAYS.index(day) for day in hours.days)),
        years=calendar.years,
    )


def recurrence_of_window(window: Maintenance, calendar: Calendar) -> Recurrence:
    """Return a maintenance window in the time of its calendar."""
    return Recurrence(
        name=window_name(window.name),
        time_zone=calendar.time_zone,
        start=minutes(window.start),
        end=minutes(window.end),
        weekdays=(DAYS.index(window.day),),
        months=MONTHS[window.every],
        years=calendar.years,
    )


def recurrence_of_holidays(calendar: Calendar) -> Recurrence:
    """Return the days off of a calendar."""
    return Recurrence(
        name=holidays_name(calendar.name), time_zone=calendar.time_zone, dates=days_off(calendar)
    )


def days_off(calendar: Calendar) -> tuple[date, ...]:
    """Return public holidays in the calendar's years, and its own further days, ascending."""
    own = map(date.fromisoformat, calendar.holidays)
    return tuple(sorted({*own, *_public(calendar.country, calendar.subdivision, calendar.years)}))


@cache
def _public(country: str, subdivision: str, years: tuple[int, ...]) -> tuple[date, ...]:
    # Without a year the library would begin with that of today.
    if not years:
        return ()
    return tuple(holidays.country_holidays(country, subdiv=subdivision or None, years=years))


def used_recurrences(policy: Policy) -> Iterator[Recurrence]:
    """Yield, each once, what channels and muting windows refer to, sorted by name."""
    channels = [c for c in policy.channels.values() if c.type]
    found = [*_of_channels(channels, policy), *_of_windows(policy)]
    yield from {each.name: each for each in sorted(found, key=lambda r: r.name)}.values()


def _of_channels(channels: list[Channel], policy: Policy) -> Iterator[Recurrence]:
    for channel in channels:
        for name in active_in(channel, policy):
            calendar = policy.calendars[channel.calendar]
            yield recurrence_of_hours(policy.hours[channel.hours], name, calendar)
        if quiet_in(channel, policy):
            yield recurrence_of_holidays(policy.calendars[channel.calendar])


def _of_windows(policy: Policy) -> Iterator[Recurrence]:
    for window in policy.maintenance.values():
        if window.mutes:
            yield recurrence_of_window(window, policy.calendars[window.calendar])
