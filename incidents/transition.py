"""The state machine: (incident, event, now) → (incident, timeline entries, outbox entries). Pure.

Late and contradictory events have stated outcomes: from Alertmanager they change nothing that a
person has decided; from a person they are refused with the reason (`Refused`).
"""

from dataclasses import replace

from sothat.incidents import opening
from sothat.incidents.draft import Draft
from sothat.incidents.events import (
    CauseOver,
    Ended,
    Event,
    Fired,
    Received,
    Tick,
)
from sothat.incidents.incident import Change, Incident, Rules, Step
from sothat.incidents.refusal import Refused
from sothat.incidents.transition_alerts import cause_over, end, fire, receive
from sothat.incidents.transition_commands import command
from sothat.incidents.transition_time import attention_at, tick

__all__ = ["Refused", "open_incident", "settled", "transition"]


def open_incident(
    number: int, key: str, event: Fired, received: Received, now: int, rules: Rules
) -> Step:
    """Return a new incident, opened by the alerts of a message that fire."""
    draft = opening.begin(number, key, event, now, rules)
    receive(draft, received)
    opening.tell(draft, event)
    return settled(draft)


def transition(incident: Incident, event: Event, now: int, rules: Rules) -> Step:
    """Return what an event makes of an incident.

    Raises:
        Refused: A person's command contradicts the incident's state.
    """
    draft = Draft(_complete(incident), now, rules)
    match event:
        case Fired():
            fire(draft, event)
        case Ended():
            end(draft, event)
        case Received():
            receive(draft, event)
        case CauseOver():
            cause_over(draft, event)
        case Tick():
            tick(draft)
        case _:
            command(draft, event)
    return settled(draft)


def settled(draft: Draft) -> Step:
    """Return the outcome of a transition, with the moment at which time does the next one."""
    at = attention_at(draft.incident, draft.rules)
    if at != draft.incident.attention_at:
        draft.change(attention_at=at)
    return draft.step()


def _complete(incident: Incident) -> Incident:
    """Return an incident with the facts that a document of an older version lacks."""
    clocks = incident.clocks
    if clocks.priorities:
        return incident
    opened = incident.opened_at
    clocks = replace(
        clocks,
        started=opened,
        updated_at=incident.acknowledged_at or opened,
        answered_at=incident.acknowledged_at,
        ended_at=incident.resolved_at,
        priorities=(Change(opened, incident.priority),),
        alerted=incident.priority,
    )
    # Whoever was to be told of it has been.
    return replace(incident, clocks=clocks, told=True, paged=("opened",))
