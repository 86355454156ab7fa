"""When an incident has to be acknowledged, updated and resolved by. Pure."""

from dataclasses import replace

from sothat.incidents.incident import Incident
from sothat.incidents.times import seconds
from sothat.model.policy import Policy, Priority


def clocks(incident: Incident, now: int, policy: Policy) -> Incident:
    """Return an incident whose clocks start now, by its priority."""
    terms = policy.priorities[incident.priority]
    return replace(
        incident,
        acknowledge_due=now + seconds(terms.acknowledge),
        update_due=None if terms.update is None else now + seconds(terms.update),
        resolve_due=now + seconds(terms.resolve),
    )


def raised(incident: Incident, priority: Priority, now: int, policy: Policy) -> Incident:
    """Return an incident at a higher priority.

    The new priority's clocks run from now; a deadline that stood before it stays.
    """
    fresh = clocks(replace(incident, priority=priority), now, policy)
    return replace(
        fresh,
        acknowledge_due=_earlier(incident.acknowledge_due, fresh.acknowledge_due)
        if incident.acknowledged_at is None
        else None,
        update_due=_earlier(incident.update_due, fresh.update_due),
        resolve_due=_earlier(incident.resolve_due, fresh.resolve_due),
    )


def _earlier(one: int | None, other: int | None) -> int | None:
    known = [moment for moment in (one, other) if moment is not None]
    return min(known, default=None)
