"""Sentences on the timeline that name alerts. Pure."""

from collections.abc import Sequence

from sothat.incidents.draft import Draft
from sothat.incidents.events import Alight, Spent
from sothat.incidents.incident import ALERTMANAGER, Entry, Incident
from sothat.incidents.labels import describe
from sothat.incidents.times import format_time

# So many alerts are named in one sentence; of the others the number is given.
_NAMED = 10


def fires(draft: Draft, alerts: Sequence[Alight]) -> None:
    """Note that alerts fire."""
    text = _named([_episode(alert) for alert in alerts[:_NAMED]], len(alerts))
    draft.note(Entry.FIRING, ALERTMANAGER, f"{text} {'fires' if len(alerts) == 1 else 'fire'}")


def ended(draft: Draft, alerts: Sequence[Spent]) -> None:
    """Note that alerts have stopped firing."""
    text = _named([describe(alert.labels) for alert in alerts[:_NAMED]], len(alerts))
    verb = "has" if len(alerts) == 1 else "have"
    draft.note(Entry.ENDED, ALERTMANAGER, f"{text} {verb} stopped firing")


def over_words(incident: Incident) -> str:
    """Return who has ended an incident, and when."""
    if incident.merged_into:
        return f"merged into #{incident.merged_into}"
    when = format_time(incident.resolved_at or 0)
    return f"resolved by {incident.resolved_by} at {when}"


def taken_words(incident: Incident) -> str:
    """Return who has an incident, and since when."""
    when = format_time(incident.acknowledged_at or 0)
    return f"acknowledged by {incident.acknowledged_by} at {when}"


def with_note(text: str, note: str) -> str:
    """Return a sentence with what somebody adds to it."""
    return f"{text}: {note}" if note else text


def _episode(alert: Alight) -> str:
    again = f" (episode {alert.episode})" if alert.episode > 1 else ""
    return describe(alert.labels) + again


def _named(names: Sequence[str], number: int) -> str:
    more = number - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
