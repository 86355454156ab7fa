"""Between rows and data."""

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from msgspec import convert
from sothat.incidents.episode import Episode
from sothat.incidents.incident import Incident, Note, Page
from sothat.incidents.payload import Sighting
from sothat.incidents.store.tables import INCIDENT, Json, decode

# What of an incident has a column of its own: it is searched, sorted or counted. All other fields
# are kept in one JSON document by their names, so that a new one needs no change of the schema;
# those that are still their default are left out, so whoever changes one changes what is kept.
COLUMNS = tuple(f.name for f in fields(Incident) if f.name in INCIDENT.c)
REST = tuple(f.name for f in fields(Incident) if f.name not in INCIDENT.c)
_DEFAULTS = tuple(f.default for f in fields(Incident) if f.name in REST)
_columns, _rest = attrgetter(*COLUMNS), attrgetter(*REST)
_JSON_COLUMNS = tuple(name for name in COLUMNS if isinstance(INCIDENT.c[name].type, Json))


def incident_row(incident: Incident) -> dict[str, Any]:
    """Return an incident as the row of its table."""
    row = dict(zip(COLUMNS, _columns(incident), strict=True))
    row["state"] = str(incident.state)
    row["priority"] = str(incident.priority)
    pairs = zip(REST, _rest(incident), _DEFAULTS, strict=True)
    row["document"] = {name: value for name, value, default in pairs if value is not default}
    return row


def incident_of(row: Any) -> Incident:
    """Return the incident in a row.

    A document of an older version lacks the fields that it did not know: each has a default in
    `Incident`. What is no longer known is left out.
    """
    return _incident({name: getattr(row, name) for name in COLUMNS}, row.document)


def incident_from(values: Sequence[Any]) -> Incident:
    """Return the incident in a row of the driver's: `COLUMNS`, then the document."""
    columns = dict(zip(COLUMNS, values, strict=False))
    for name in _JSON_COLUMNS:
        columns[name] = decode(columns[name])
    return _incident(columns, decode(values[-1]))


def _incident(columns: dict[str, Any], document: dict[str, Any]) -> Incident:
    for name in REST:
        if name in document:
            columns[name] = document[name]
    return convert(columns, Incident)


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
        # At once, whatever the clock says then: it may be set back.
        "due_at": 0 if page.due is None else page.due,
        "attempts": 0,
        "error": "",
        "recipient": page.recipient,
        "details": _details(page),
    }


def _details(page: Page) -> dict[str, Any]:
    """Return what of a page is neither searched nor sorted by; of most pages nothing."""
    details: dict[str, Any] = {"held": page.held} if page.held else {}
    return details | ({"tried": list(page.tried)} if page.tried else {})
