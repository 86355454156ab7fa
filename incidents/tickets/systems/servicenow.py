"""ServiceNow: a record of the table ``incident`` for an incident.

Table API: "Create a record", "Retrieve records", "Modify or update a record" with encoded queries;
"Inbound REST API rate limiting" (429 with ``Retry-After``). The key is the record's
``correlation_id``. Comments are entries of the journal (``sys_journal_field``), which the
integration's user has to be allowed to read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from sothat.incidents.incident import State
from sothat.incidents.tickets.api import Api, changes_in, items_of, pages, part_of, stamp, text_of
from sothat.incidents.tickets.opening import NAME, SECRET, TIMEOUT, URL, login, timeout_of
from sothat.incidents.tickets.tracker import (
    Changes,
    Draft,
    Remark,
    Standing,
    System,
    Ticket,
    Tracker,
    View,
)
from sothat.model.policy import Priority
from sothat.runtime.secrets import Secret

_DISPLAY = "sothat"
_PER_PAGE = 100
# Resolved, closed, cancelled.
_OVER = ("6", "7", "8")
_FIELDS = "sys_id,number,state,sys_updated_on,sys_updated_by,sys_mod_count"


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """Records of one table.

    Attributes:
        notes: The journal that is written to: ``work_notes`` or ``comments``.
        over: The states in which a record is done.
        ending: What is set besides when one is.
    """

    api: Api
    site: str
    table: str
    notes: str
    over: tuple[str, ...]
    ending: Mapping[str, str]
    settles: float = 60.0
    overlap: float = 300.0

    @property
    def provider(self) -> str:
        """Return who is asked."""
        return f"servicenow {self.api.host}"

    def find(self, key: str, since: int) -> Ticket | None:  # noqa: ARG002 – the key is enough
        """Return the record of a key."""
        found = self._records(f"correlation_id={key}^ORDERBYsys_created_on", 1)
        return self._ticket(found[0]) if found else None

    def create(self, draft: Draft) -> Ticket:
        """Insert a record."""
        body = {
            **draft.fields,
            "short_description": draft.title,
            "description": draft.text,
            "correlation_id": draft.key,
            "correlation_display": _DISPLAY,
            **_weights(draft.standing.priority),
        }
        if draft.queue:
            body["assignment_group"] = draft.queue
        answer = self.api.write("POST", self._path(), body)
        return self._ticket(part_of(answer, "result"))

    def look(self, reference: str) -> View:
        """Return a record with its journal."""
        answer = self.api.get(self._path(reference), sysparm_fields=_FIELDS)
        record = part_of(answer, "result")
        state = text_of(record, "state")
        return View(
            status=state,
            over=state in self.over,
            version=_version(record),
            remarks=tuple(map(_remark, pages(lambda number: self._journal(reference, number), 0))),
            by=text_of(record, "sys_updated_by"),
        )

    def comment(self, reference: str, text: str) -> None:
        """Write into a record's journal."""
        self.api.write("PATCH", self._path(reference), {self.notes: text})

    def move(self, reference: str, to: Standing, before: Standing) -> None:  # noqa: ARG002 – replaced
        """Give a record a state, impact and urgency."""
        change = _weights(to.priority)
        if to.status:
            change["state"] = to.status
        if to.status in self.over:
            change |= self.ending
        self.api.write("PATCH", self._path(reference), change)

    def changes(self, since: int) -> Changes:
        """Return which records of ours have changed."""
        moment = stamp(since).replace("T", " ").rstrip("Z")
        query = f"correlation_display={_DISPLAY}^sys_updated_on>={moment}^ORDERBYsys_updated_on"
        found = self._records(query, _PER_PAGE)
        entries = [(text_of(one, "sys_id"), text_of(one, "sys_updated_on")) for one in found]
        changed = changes_in(entries, self.api.now, full=len(found) == _PER_PAGE)
        versions = {text_of(one, "sys_id"): _version(one) for one in found}
        touched = (replace(one, version=versions[one.reference]) for one in changed.touched)
        return replace(changed, touched=tuple(touched))

    def _records(self, query: str, most: int) -> list[Any]:
        found = self.api.get(
            self._path(), sysparm_query=query, sysparm_fields=_FIELDS, sysparm_limit=most
        )
        return items_of(found, "result")

    def _journal(self, reference: str, number: int) -> list[Any]:
        found = self.api.get(
            "/api/now/table/sys_journal_field",
            sysparm_query=f"element_id={reference}^elementINcomments,work_notes"
            "^ORDERBYsys_created_on",
            sysparm_fields="sys_id,value,sys_created_by",
            sysparm_limit=_PER_PAGE,
            sysparm_offset=number * _PER_PAGE,
        )
        return items_of(found, "result")

    def _path(self, reference: str = "") -> str:
        tail = f"/{quote(reference, safe='')}" if reference else ""
        return f"/api/now/table/{self.table}{tail}"

    def _ticket(self, record: Any) -> Ticket:
        number = text_of(record, "sys_id")
        url = f"{self.site}/nav_to.do?uri={self.table}.do%3Fsys_id%3D{number}"
        return Ticket(number, url, text_of(record, "number"))


def _version(record: Any) -> str:
    """Return what changes with a record, though it changes twice in a second."""
    return f"{text_of(record, 'sys_updated_on')} {text_of(record, 'sys_mod_count')}"


def _remark(entry: Any) -> Remark:
    return Remark(
        text_of(entry, "sys_id"), text_of(entry, "sys_created_by"), text_of(entry, "value")
    )


def _weights(priority: str) -> dict[str, str]:
    """Return impact and urgency, of which ServiceNow makes the priority."""
    impact, _, urgency = priority.partition(",")
    return {"impact": impact.strip(), "urgency": urgency.strip()} if urgency else {}


class ServiceNowSystem:
    """Type ``servicenow``: ``url``, ``username`` with ``password``, or ``token``."""

    schema: Mapping[str, Any] = {
        "url": URL,
        "username": NAME,
        "password": SECRET,
        "token": SECRET,
        "table": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
        "assignment_group": {**NAME, "description": "its name or sys_id"},
        "journal": {"enum": ["work_notes", "comments"]},
        "ended": {"type": "array", "minItems": 1, "items": NAME},
        "close_code": NAME,
        "close_notes": NAME,
        "timeout": TIMEOUT,
    }
    required: tuple[str, ...] = ("url",)
    statuses: Mapping[State, str] = {
        State.OPEN: "1",
        **dict.fromkeys((State.ACKNOWLEDGED, State.MITIGATED), "2"),
        **dict.fromkeys((State.RESOLVED, State.VERIFIED, State.CLOSED), "6"),
    }
    priorities: Mapping[Priority, str] = {
        Priority.P1: "1,1",
        Priority.P2: "1,2",
        Priority.P3: "2,2",
        Priority.P4: "2,3",
    }
    queue = "assignment_group"
    hidden = False

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Tracker:
        """Return the tracker."""
        auth, token = login(settings, secret)
        return ServiceNow(
            api=Api(settings["url"], auth=auth, secrets=(token,), timeout=timeout_of(settings)),
            site=settings["url"].rstrip("/"),
            table=settings.get("table", "incident"),
            notes=settings.get("journal", "work_notes"),
            over=tuple(settings.get("ended", _OVER)),
            ending={
                "close_code": settings.get("close_code", "Solution provided"),
                "close_notes": settings.get("close_notes", "Resolved in the incident service"),
            },
        )


TRACKER: System = ServiceNowSystem()
