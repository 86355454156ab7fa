"""PagerDuty: an incident there for an incident here.

REST API version 2: "Create an Incident", "Update an Incident", "Notes", "List log entries";
what too much is, as in "REST API Rate Limits" (429 with ``ratelimit-reset``). The key is the
``incident_key``, by which PagerDuty itself makes no second open incident of a service.
What has been resolved there cannot be opened again: it says so, and so does the timeline.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from sothat.incidents.incident import State
from sothat.incidents.notification import Rejected
from sothat.incidents.posting import retry_after
from sothat.incidents.tickets.api import PER_PAGE, Api, TokenAuth, items_of, part_of, stamp, text_of
from sothat.incidents.tickets.opening import NAME, SECRET, TIMEOUT, URL, timeout_of
from sothat.incidents.tickets.tracker import (
    Changes,
    Draft,
    Remark,
    Standing,
    System,
    Ticket,
    Touched,
    Tracker,
    Trouble,
    View,
)
from sothat.model.policy import Priority
from sothat.runtime.secrets import Secret

_URL = "https://api.pagerduty.com"
_TRIGGERED, _ACKNOWLEDGED, _RESOLVED = "triggered", "acknowledged", "resolved"
_TOO_MANY = 429
_MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """Incidents of one or more services."""

    api: Api
    sender: str
    settles: float = 60.0
    overlap: float = 120.0

    @property
    def provider(self) -> str:
        """Return who is asked."""
        return f"pagerduty {self.api.host}"

    def find(self, key: str, since: int) -> Ticket | None:  # noqa: ARG002 – the key is enough
        """Return the incident of a key, whatever has become of it."""
        found = items_of(
            self.api.get("/incidents", incident_key=key, date_range="all"), "incidents"
        )
        return _ticket(min(found, key=lambda one: text_of(one, "created_at"))) if found else None

    def create(self, draft: Draft) -> Ticket:
        """Trigger an incident."""
        incident = {
            **draft.fields,
            "type": "incident",
            "title": draft.title,
            "service": {"id": draft.queue, "type": "service_reference"},
            "urgency": draft.standing.priority or "high",
            "incident_key": draft.key,
            "body": {"type": "incident_body", "details": draft.text},
        }
        answer = self.api.write("POST", "/incidents", {"incident": incident}, From=self.sender)
        return _ticket(part_of(answer, "incident"))

    def look(self, reference: str) -> View:
        """Return an incident with its notes."""
        path = _path(reference)
        # The version first: what happens while the rest is read is then news once more.
        entries = items_of(self.api.get(f"{path}/log_entries", limit=1), "log_entries")
        incident = part_of(self.api.get(path), "incident")
        status = text_of(incident, "status")
        return View(
            status=status,
            over=status == _RESOLVED,
            version=text_of(entries, 0, "id"),
            remarks=tuple(map(_remark, items_of(self.api.get(f"{path}/notes"), "notes"))),
            by=text_of(incident, "last_status_change_by", "summary"),
        )

    def comment(self, reference: str, text: str) -> None:
        """Write a note."""
        body = {"note": {"content": text}}
        self.api.write("POST", f"{_path(reference)}/notes", body, From=self.sender)

    def move(self, reference: str, to: Standing, before: Standing) -> None:  # noqa: ARG002 – replaced
        """Acknowledge or resolve an incident, and give it an urgency."""
        if to.status == _TRIGGERED:
            raise Trouble(Rejected("what was acknowledged or resolved in PagerDuty stays so"))
        change = {"type": "incident_reference"}
        if to.status:
            change["status"] = to.status
        if to.priority:
            change["urgency"] = to.priority
        self.api.write("PUT", _path(reference), {"incident": change}, From=self.sender)

    def changes(self, since: int) -> Changes:
        """Return to which incidents something has happened: log entries come newest first."""
        until = self.api.now
        newest: dict[str, str] = {}
        for number in range(_MOST_PAGES):
            answer = self.api.get(
                "/log_entries", since=stamp(since), limit=PER_PAGE, offset=number * PER_PAGE
            )
            for entry in items_of(answer, "log_entries"):
                newest.setdefault(text_of(entry, "incident", "id"), text_of(entry, "id"))
            if not part_of(answer, "more"):
                break
        return Changes(tuple(Touched(*pair) for pair in newest.items()), until)


def _path(reference: str) -> str:
    return f"/incidents/{quote(reference, safe='')}"


def _ticket(incident: Any) -> Ticket:
    name = text_of(incident, "incident_number")
    return Ticket(text_of(incident, "id"), text_of(incident, "html_url"), f"#{name}")


def _remark(note: Any) -> Remark:
    return Remark(text_of(note, "id"), text_of(note, "user", "summary"), text_of(note, "content"))


def throttled(response: requests.Response, _content: bytes) -> float | None:
    """Return for how long PagerDuty wants to be left alone; None: it does not mind."""
    if response.status_code != _TOO_MANY:
        return None
    reset = response.headers.get("ratelimit-reset", "")
    own = float(reset) if reset.isascii() and reset.isdigit() else 60.0
    return retry_after(response.headers) or own


class PagerDutySystem:
    """Type ``pagerduty``: ``service`` (its id), ``from`` (the address of a user) and ``token``."""

    schema: Mapping[str, Any] = {
        "url": URL,
        "token": SECRET,
        "from": {"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+$", "description": "an address"},
        "service": {**NAME, "description": "its id"},
        "timeout": TIMEOUT,
    }
    required: tuple[str, ...] = ("token", "from", "service")
    statuses: Mapping[State, str] = {
        State.OPEN: _TRIGGERED,
        **dict.fromkeys((State.ACKNOWLEDGED, State.MITIGATED), _ACKNOWLEDGED),
        **dict.fromkeys((State.RESOLVED, State.VERIFIED, State.CLOSED), _RESOLVED),
    }
    priorities: Mapping[Priority, str] = {
        **dict.fromkeys((Priority.P1, Priority.P2), "high"),
        **dict.fromkeys((Priority.P3, Priority.P4), "low"),
    }
    queue = "service"
    hidden = False

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Tracker:
        """Return the tracker."""
        token = secret("token")
        api = Api(
            settings.get("url", _URL),
            auth=TokenAuth("Authorization", "Token token=", token),
            secrets=(token,),
            timeout=timeout_of(settings),
            headers={"Accept": "application/vnd.pagerduty+json;version=2"},
            throttled=throttled,
        )
        return PagerDuty(api, settings["from"])


TRACKER: System = PagerDutySystem()
