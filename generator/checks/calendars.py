"""Calendars that name what does not exist, or end before the configuration that needs them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import available_timezones

import holidays
from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.policy import Calendar, Policy
from sothat.model.problem import Problem, Severity
from sothat.runtime.documents import Document


def find(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with each calendar of the policy."""
    document = draft.sources.of_kind("Policy")
    if document is None:
        return
    policy = draft.catalogue.policy
    for name, calendar in policy.calendars.items():
        yield from _place(document, name, calendar)
        yield from _days(document, name, calendar)
    for name, user in _written_out(policy).items():
        yield from _years(document, policy.calendars[name], user, draft.today)


def _place(document: Document, name: str, calendar: Calendar) -> Iterator[Problem]:
    path = ("calendars", name)
    if calendar.time_zone not in available_timezones():
        message = f"no time zone '{calendar.time_zone}'"
        hint = "such as Europe/Berlin"
        yield document.problem("unknown-timezone", message, (*path, "time_zone"), hint=hint)
    known = holidays.list_supported_countries()
    if calendar.country not in known:
        message = f"the public holidays of '{calendar.country}' are not known"
        hint = "an ISO 3166-1 code such as DE"
        yield document.problem("unknown-country", message, (*path, "country"), hint=hint)
    elif calendar.subdivision and calendar.subdivision not in known[calendar.country]:
        message = f"'{calendar.subdivision}' is no part of {calendar.country} with own holidays"
        hint = f"one of {', '.join(known[calendar.country])}" if known[calendar.country] else ""
        yield document.problem("unknown-country", message, (*path, "subdivision"), hint=hint)


def _days(document: Document, name: str, calendar: Calendar) -> Iterator[Problem]:
    for text in calendar.holidays:
        try:
            date.fromisoformat(text)
        except ValueError:
            path = ("calendars", name, "holidays", text)
            yield document.problem("impossible-date", f"there is no {text}", path)


def _written_out(policy: Policy) -> Mapping[str, str]:
    """Return the calendars whose times Alertmanager is told, each with what needs it."""
    found: dict[str, str] = {}
    for channel in policy.channels.values():
        if channel.type and channel.calendar in policy.calendars:
            found.setdefault(channel.calendar, f"the hours of channel {channel.name}")
    for window in policy.maintenance.values():
        if window.mutes and window.calendar in policy.calendars:
            found.setdefault(window.calendar, f"the mutes of window {window.name}")
    return found


def _years(
    document: Document, calendar: Calendar, user: str, today: date | None
) -> Iterator[Problem]:
    path = ("calendars", calendar.name)
    hint = "such as years: 2026-2030"
    if not calendar.years:
        message = f"{user} are written out for Alertmanager, but the calendar says for no years"
        yield document.problem("calendar-without-years", message, path, hint=hint)
    elif today is not None and today.year >= calendar.years[-1]:
        over = today.year > calendar.years[-1]
        message = f"{user} are written out until {calendar.years[-1]} only"
        found = document.problem(
            "calendar-runs-out", message, (*path, "years"), hint="add the years to come"
        )
        yield replace(found, severity=Severity.ERROR if over else Severity.WARNING)


CHECK = Check(
    codes=(
        "unknown-timezone",
        "unknown-country",
        "impossible-date",
        "calendar-without-years",
        "calendar-runs-out",
    ),
    find=find,
    binding=True,
)
