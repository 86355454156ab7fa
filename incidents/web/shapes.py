"""What the store holds in the shapes of the JSON API; moments are RFC 3339 in UTC."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sothat.incidents import incident as machine
from sothat.incidents.access.scope import plain
from sothat.incidents.labels import where
from sothat.incidents.roles import Role
from sothat.incidents.store.audit import Audited
from sothat.incidents.store.reading import AlertView
from sothat.incidents.store.rows import incident_row
from sothat.incidents.store.tables import encode
from sothat.incidents.store.tokens import KnownToken
from sothat.incidents.times import format_time
from sothat.incidents.web import models
from sothat.incidents.web.views import View


def moment(value: int | None) -> str | None:
    """Return a moment as text."""
    return None if value is None else format_time(value)


def incident_shape(incident: machine.Incident, alerts: Sequence[AlertView]) -> models.Incident:
    """Return an incident as in a list."""
    return models.Incident(**_fields(incident, alerts))


def detail_shape(view: View, deadlines: list[models.Deadline]) -> models.IncidentDetail:
    """Return an incident with all that its own page shows."""
    return models.IncidentDetail(
        **_fields(view.incident, view.alerts),
        deadlines=deadlines,
        timeline=[note_shape(note) for note in reversed(view.timeline.items)],
        timeline_next=view.timeline.following,
        undelivered=list(view.undelivered),
        lessons=list(view.lessons),
        tickets=[
            models.TicketLink(tracker=one.tracker, name=one.name, url=one.url, error=one.error)
            for one in view.tickets
        ],
    )


def _fields(incident: machine.Incident, alerts: Sequence[AlertView]) -> dict[str, Any]:
    promise = incident.promise
    return {
        "id": incident.id,
        "title": promise.title,
        "priority": incident.priority,
        "state": incident.state,
        "team": incident.team,
        "site": incident.site,
        "outcome": incident.outcome,
        "labels": dict(incident.labels),
        "where": where(incident.labels),
        **_moments(incident),
        "acknowledged_by": incident.acknowledged_by,
        "resolved_by": incident.resolved_by,
        "waiting": incident.waiting,
        "reopened": incident.reopened,
        "cause": incident.cause,
        "merged_into": incident.merged_into,
        "split_from": incident.split_from,
        "if_": promise.condition,
        "do": promise.action,
        "so_that": promise.so_that,
        "runbook_url": promise.runbook_url,
        "dashboard_url": promise.dashboard_url,
        "firing": incident.firing,
        "alerts": [alert_shape(incident.id, alert) for alert in alerts],
    }


def _moments(incident: machine.Incident) -> dict[str, str | None]:
    names = (
        *("opened_at", "acknowledged_at", "resolved_at"),
        *("acknowledge_due", "update_due", "resolve_due", "response_due", "resolution_due"),
    )
    return {name: moment(getattr(incident, name)) for name in names}


def alert_shape(incident: int, alert: AlertView) -> models.Alert:
    """Return an alert of an incident."""
    return models.Alert(
        incident=incident,
        fingerprint=alert.fingerprint,
        episode=alert.episode,
        status="firing" if alert.firing else "resolved",
        starts_at=format_time(alert.starts_at),
        ends_at=moment(alert.ends_at),
        labels=dict(alert.labels),
        annotations=dict(alert.annotations),
        generator_url=alert.generator_url,
    )


def note_shape(note: machine.Note) -> models.TimelineEntry:
    """Return a timeline entry."""
    return models.TimelineEntry(
        at=format_time(note.at), kind=note.kind, actor=note.actor, text=note.text
    )


def token_shape(token: KnownToken) -> models.Token:
    """Return a token."""
    return models.Token(
        name=token.name,
        role=token.role,
        created_at=format_time(token.created_at),
        created_by=token.created_by,
        revoked_at=moment(token.revoked_at),
        scope=plain(token.scope),
    )


def audit_shape(entry: Audited) -> models.AuditEntry:
    """Return an entry of the audit log."""
    return models.AuditEntry(
        id=entry.id,
        at=format_time(entry.at),
        caller=entry.caller,
        subject=entry.subject,
        role=Role(entry.role),
        action=entry.action,
        incident=entry.incident,
        outcome=entry.outcome,
        detail=dict(entry.detail),
    )


def tag(incident: machine.Incident, last_entry: int) -> str:
    """Return the entity tag of an incident: it changes with the incident and with its timeline."""
    return f'"{version_of(incident)}-{last_entry:x}"'


def version_of(incident: machine.Incident) -> str:
    """Return what changes with the incident, though not with its timeline."""
    return hashlib.sha256(encode(incident_row(incident)).encode()).hexdigest()[:16]


def version_in(entity_tag: str) -> str:
    """Return the version in an entity tag; of any other text, one that no incident has."""
    return entity_tag.strip('"').partition("-")[0]
