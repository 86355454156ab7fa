"""Between rows and data."""

from dataclasses import asdict
from typing import Any

from sothat.incidents.episode import Episode
from sothat.incidents.incident import Incident, Note, Page, Promise, State
from sothat.incidents.payload import Sighting
from sothat.model.policy import Priority

_SAME = (
    *("id", "key", "team", "opened_at", "acknowledge_due", "update_due", "resolve_due"),
    *("acknowledged_at", "acknowledged_by", "resolved_at", "resolved_by"),
    *("firing", "quiet_until", "truncated", "labels"),
)


def incident_row(incident: Incident) -> dict[str, Any]:
    """Return an incident as the row of its table."""
    row = {name: getattr(incident, name) for name in _SAME}
    row["state"] = str(incident.state)
    row["priority"] = str(incident.priority)
    row["promise"] = asdict(incident.promise)
    return row


def incident_of(row: Any) -> Incident:
    """Return the incident in a row."""
    return Incident(
        **{name: getattr(row, name) for name in _SAME},
        state=State(row.state),
        priority=Priority(row.priority),
        promise=Promise(**row.promise),
    )


def alert_row(episode: Episode, sighting: Sighting, source: str, *, newest: bool) -> dict[str, Any]:
    """Return a new episode as the row of its table; only an alert's newest one can fire."""
    return {
        "id": episode.id,
        "source": source,
        "fingerprint": episode.fingerprint,
        "episode": episode.number,
        "newest": newest,
        "firing": episode.firing and newest,
        "starts_at": episode.starts_at,
        "ends_at": episode.ends_at,
        "incident_id": episode.incident,
        "labels": sighting.labels,
        "annotations": sighting.annotations,
        "generator_url": sighting.generator_url,
    }


def note_row(note: Note) -> dict[str, Any]:
    """Return a timeline entry as the row of its table."""
    return {
        "incident_id": note.incident,
        "at": note.at,
        "kind": str(note.kind),
        "actor": note.actor,
        "text": note.text,
    }


def page_row(page: Page) -> dict[str, Any]:
    """Return an outbox entry as the row of its table."""
    return {
        "incident_id": page.incident,
        "channel": page.channel,
        "reason": str(page.reason),
        "priority": str(page.priority),
        "state": "pending",
        "created_at": page.at,
        "due_at": page.at,
        "attempts": 0,
        "error": "",
    }
