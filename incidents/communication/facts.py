"""What of an incident may leave the house. Pure; nothing else reads an incident for a customer.

`Facts` has no room for a label, a note or a name of a person: what composes texts for customers
gets nothing but this.
"""

from dataclasses import dataclass
from enum import StrEnum

from sothat.incidents import rehearsal
from sothat.incidents.communication.book import Book, Effect, PublicSite, Service
from sothat.incidents.incident import Incident, State
from sothat.model.policy import Priority


class Status(StrEnum):
    """How far an incident is, in the words that status pages have for it."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Facts:
    """What may be said of an incident; moments in nanoseconds.

    Attributes:
        reference: Number of the incident, so that people can ask about it.
        service: Which one it concerns.
        site: Where; None: everywhere, or at a place without a public name.
        effect: What is left of the service.
        worst: What was left of it when it was at its worst.
        ended: When it was over; None: it lasts.
        next_update: When those who wait will hear again; None: nobody has promised it.
    """

    reference: int
    service: Service
    site: PublicSite | None
    status: Status
    effect: Effect
    worst: Effect
    began: int
    ended: int | None = None
    next_update: int | None = None


def facts_of(incident: Incident, service: Service, book: Book) -> Facts:
    """Return what may be said of an incident that concerns a service."""
    ended = incident.resolved_at
    if ended is not None and incident.clocks.ended_at is not None:
        ended = incident.clocks.ended_at
    return Facts(
        reference=incident.id,
        service=service,
        # One that all of its alerts share: the column has the first alert's.
        site=book.sites.get(incident.labels.get("site", "")),
        status=status_of(incident),
        effect=effect_of(incident, service),
        worst=service.effects[_highest(incident)],
        began=incident.opened_at,
        ended=ended,
        next_update=None if incident.over or incident.waiting else incident.update_due,
    )


def _highest(incident: Incident) -> Priority:
    """Return the highest priority that an incident ever had."""
    return min((incident.priority, *(one.priority for one in incident.clocks.priorities)))


def status_of(incident: Incident) -> Status:
    """Return how far an incident is."""
    if incident.over:
        return Status.RESOLVED
    return Status.MONITORING if incident.state is State.MITIGATED else Status.INVESTIGATING


def effect_of(incident: Incident, service: Service) -> Effect:
    """Return what an incident leaves of a service; once mitigated it is degraded at most."""
    if incident.over:
        return Effect.OPERATIONAL
    found = service.effects[incident.priority]
    if incident.state is State.MITIGATED:
        return min(found, Effect.DEGRADED, key=lambda one: one.rank)
    return found


def is_drill(incident: Incident) -> bool:
    """Return whether an incident is a rehearsal: nobody outside ever hears of it."""
    return rehearsal.is_drill(incident.labels)
