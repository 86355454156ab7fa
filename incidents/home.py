"""To which incident an alert belongs that begins to fire. Pure."""

from collections.abc import Iterator

from sothat.incidents.episode import Episode
from sothat.incidents.incident import Incident, Rules, State
from sothat.incidents.working_set import WorkingSet


def home(work: WorkingSet, known: Episode | None, key: str, now: int, rules: Rules) -> int | None:
    """Return the incident that an alert joins or opens again; None if it begins a new one.

    An alert stays in the incident of its last episode while that is unresolved, whatever its key
    is by now: a route may have been edited, an incident split. Then comes the unresolved incident
    of its key, then one that was over for no longer than the window.
    """
    found = list(_candidates(work, known, key))
    for one in found:
        if not one.over:
            return one.id
    for one in found:
        if _opens_again(work, one, now, rules):
            return one.id
    return None


def _candidates(work: WorkingSet, known: Episode | None, key: str) -> Iterator[Incident]:
    numbers = (known.incident if known else None, work.active.get(key), work.recent.get(key))
    for number in numbers:
        incident = work.incidents.get(number) if number else None
        # What was merged goes on in the incident that took it over.
        while incident is not None and incident.merged_into is not None:
            incident = work.incidents.get(incident.merged_into)
        if incident is not None:
            yield incident


def _opens_again(work: WorkingSet, incident: Incident, now: int, rules: Rules) -> bool:
    if incident.state is State.CLOSED or incident.key in work.active:
        return False
    # A clock that was set back makes the window no wider.
    return rules.reopen > 0 and abs(now - (incident.resolved_at or 0)) <= rules.reopen
