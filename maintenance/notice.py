"""Whether clients hear of work in time."""

from datetime import datetime

from sothat.maintenance.plan import NOTICE_DAYS, Sort, Work
from sothat.maintenance.standing import Standing
from sothat.model.policy import Calendar, Policy
from sothat.service_levels.lookup import named
from sothat.service_levels.maintenance import business_days_before


def announce_by(work: Work, policy: Policy, calendar: str) -> datetime:
    """Return when a work must be announced at the latest.

    The business days of its sort, or of the policy's window if those are more, lie whole between
    that moment and its start. Emergencies: its start.

    Raises:
        Unusable: The policy has no such calendar or window.
    """
    days = NOTICE_DAYS[work.sort]
    if work.window and work.sort is not Sort.EMERGENCY:
        planned = named(policy.maintenance, "maintenance windows", work.window)
        days = max(days, planned.notice_days)
    found: Calendar = named(policy.calendars, "calendars", calendar)
    return business_days_before(work.interval.start, days, found)


def is_kept(found: Standing, by: datetime) -> bool:
    """Return whether a work's clients were told in time; work that concerns none keeps it."""
    if not found.work.clients:
        return True
    return found.announced is not None and found.announced <= by
