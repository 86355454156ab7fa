"""Windows for planned work: weekly, on the last such day of a month, or of a quarter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sothat.model.policy import Calendar, Hours, Maintenance, Policy
from sothat.model.problem import unusable
from sothat.service_levels.calendars import DAYS, shifts, shifts_within
from sothat.service_levels.intervals import Interval, clipped, merged
from sothat.service_levels.lookup import named
from sothat.service_levels.months import is_last_of_month

_MONTHS_OF_QUARTER = 3
_BUSINESS_DAYS = Hours(DAYS[:5], "00:00", "24:00", holidays=False)
# In how many weeks a business day is looked for: hardly a calendar needs more than the first.
_LOOK_BACK = (2, 8, 52)


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window that takes place.

    Attributes:
        name: Of the policy's window.
        interval: When, in UTC.
    """

    name: str
    interval: Interval


def windows(policy: Policy, bounds: Interval) -> tuple[Window, ...]:
    """Return the policy's windows that touch bounds, whole, in order.

    Raises:
        Unusable: A window names a calendar that is not known.
    """
    found = (
        Window(planned.name, interval)
        for planned in policy.maintenance.values()
        for interval in _occurrences(planned, _calendar(policy, planned), bounds)
    )
    return tuple(sorted(found, key=lambda window: (window.interval, window.name)))


def planned_time(policy: Policy, bounds: Interval) -> tuple[Interval, ...]:
    """Return the time within bounds that lies in some window."""
    return merged(clipped((window.interval for window in windows(policy, bounds)), bounds))


def _calendar(policy: Policy, planned: Maintenance) -> Calendar:
    return named(policy.calendars, "calendars", planned.calendar)


def _occurrences(planned: Maintenance, calendar: Calendar, bounds: Interval) -> Iterator[Interval]:
    hours = Hours((planned.day,), planned.start, planned.end, holidays=True)
    for shift in shifts_within(hours, calendar, bounds):
        if _takes_place(planned, shift.day) and any(clipped(shift.intervals, bounds)):
            yield from shift.intervals


def _takes_place(planned: Maintenance, day: date) -> bool:
    """Return whether a window is on such a day."""
    if planned.every == "week":
        return True
    last = is_last_of_month(day)
    return last and (planned.every == "month" or day.month % _MONTHS_OF_QUARTER == 0)


def announce_by(policy: Policy, window: Window) -> datetime:
    """Return when a window must be announced at the latest.

    Between that moment and the window lie the business days of its notice, whole.

    Raises:
        Unusable: The policy has no such window, or its calendar is not known.
    """
    planned = named(policy.maintenance, "maintenance windows", window.name)
    calendar = _calendar(policy, planned)
    return business_days_before(window.interval.start, planned.notice_days, calendar)


def business_days_before(start: datetime, days: int, calendar: Calendar) -> datetime:
    """Return the latest moment with so many whole business days between it and the start.

    Raises:
        Unusable: The calendar has not so many.
    """
    if not days:
        return start
    for weeks in _LOOK_BACK:
        first = (start - days * timedelta(weeks=weeks)).date()
        around = shifts(_BUSINESS_DAYS, calendar, first, start.date())
        whole = [shift for shift in around if shift.end <= start]
        if len(whole) >= days:
            return whole[-days].start
    message = f"'{calendar.name}' has no {days} business days in years"
    raise unusable("hours-never-open", message, hint="look at its holidays")
