"""Incidents as the JSON API shows them; moments are RFC 3339 in UTC."""

from typing import Any

from sothat.incidents.incident import Incident, Note
from sothat.incidents.labels import where
from sothat.incidents.store.reading import AlertView, View
from sothat.incidents.times import format_time


def _moment(value: int | None) -> str | None:
    return None if value is None else format_time(value)


def incident_shape(view: View) -> dict[str, Any]:
    """Return an incident as in a list."""
    incident = view.incident
    promise = incident.promise
    return {
        "id": incident.id,
        "title": promise.title,
        "priority": str(incident.priority),
        "state": str(incident.state),
        "team": incident.team,
        "labels": dict(incident.labels),
        "where": where(incident.labels),
        **_clock_shape(incident),
        "acknowledged_by": incident.acknowledged_by,
        "resolved_by": incident.resolved_by,
        "if": promise.condition,
        "do": promise.action,
        "so_that": promise.so_that,
        "runbook_url": promise.runbook_url,
        "dashboard_url": promise.dashboard_url,
        "firing": incident.firing,
        "alerts": [_alert_shape(alert) for alert in view.alerts],
    }


def full_shape(view: View) -> dict[str, Any]:
    """Return an incident with its timeline and what could not be delivered."""
    return {
        **incident_shape(view),
        "timeline": [_note_shape(note) for note in view.timeline],
        "undelivered": list(view.undelivered),
    }


def _clock_shape(incident: Incident) -> dict[str, str | None]:
    names = (
        *("opened_at", "acknowledged_at", "resolved_at"),
        *("acknowledge_due", "update_due", "resolve_due"),
    )
    return {name: _moment(getattr(incident, name)) for name in names}


def _alert_shape(alert: AlertView) -> dict[str, Any]:
    return {
        "fingerprint": alert.fingerprint,
        "episode": alert.episode,
        "status": "firing" if alert.firing else "resolved",
        "starts_at": _moment(alert.starts_at),
        "ends_at": _moment(alert.ends_at),
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "generator_url": alert.generator_url,
    }


def _note_shape(note: Note) -> dict[str, Any]:
    return {
        "at": format_time(note.at),
        "kind": str(note.kind),
        "actor": note.actor,
        "text": note.text,
    }
