"""Zendesk: a ticket of Support for an incident.

Ticketing API: "Tickets", "Ticket Comments", "Search", and "Idempotency" (the key is sent as
``Idempotency-Key``, and is the ticket's ``external_id``); "Rate limits" (429 with ``Retry-After``).
The search lags behind by minutes, which is why it is asked for more than is new.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sothat.incidents.incident import State
from sothat.incidents.tickets.api import (
    PER_PAGE,
    Api,
    changes_in,
    items_of,
    part_of,
    stamp,
    text_of,
)
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

_TAG = "sothat"
_OVER = ("solved", "closed")
_MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Zendesk:
    """Tickets of one account.

    Attributes:
        public: Whether customers see what is written.
    """

    api: Api
    site: str
    public: bool
    settles: float = 60.0
    overlap: float = 600.0

    @property
    def provider(self) -> str:
        """Return who is asked."""
        return f"zendesk {self.api.host}"

    def find(self, key: str, since: int) -> Ticket | None:  # noqa: ARG002 – the key is enough
        """Return the ticket of a key."""
        found = items_of(self.api.get("/api/v2/tickets.json", external_id=key), "tickets")
        return (
            self._ticket(min(found, key=lambda one: text_of(one, "created_at"))) if found else None
        )

    def create(self, draft: Draft) -> Ticket:
        """Make a ticket."""
        ticket: dict[str, Any] = {
            **draft.fields,
            "subject": draft.title,
            "comment": self._words(draft.text),
            "external_id": draft.key,
            "tags": [*items_of(draft.fields, "tags"), _TAG],
            **_standing(draft.standing),
        }
        if draft.queue:
            ticket["group_id"] = int(draft.queue)
        answer = self.api.write(
            "POST", "/api/v2/tickets.json", {"ticket": ticket}, Idempotency_Key=draft.key
        )
        return self._ticket(part_of(answer, "ticket"))

    def look(self, reference: str) -> View:
        """Return a ticket with its comments."""
        ticket = part_of(self.api.get(_path(reference)), "ticket")
        status = text_of(ticket, "status")
        return View(
            status=status,
            over=status in _OVER,
            version=text_of(ticket, "updated_at"),
            remarks=self._remarks(reference),
        )

    def comment(self, reference: str, text: str) -> None:
        """Comment on a ticket."""
        self.api.write("PUT", _path(reference), {"ticket": {"comment": self._words(text)}})

    def move(self, reference: str, to: Standing, before: Standing) -> None:  # noqa: ARG002 – replaced
        """Give a ticket a status and a priority."""
        self.api.write("PUT", _path(reference), {"ticket": _standing(to)})

    def changes(self, since: int) -> Changes:
        """Return which tickets of ours have changed."""
        found = items_of(
            self.api.get(
                "/api/v2/search.json",
                query=f"type:ticket tags:{_TAG} updated>={stamp(since)}",
                sort_by="updated_at",
                sort_order="asc",
                per_page=PER_PAGE,
            ),
            "results",
        )
        entries = [(text_of(one, "id"), text_of(one, "updated_at")) for one in found]
        return changes_in(entries, self.api.now, full=len(found) == PER_PAGE)

    def _remarks(self, reference: str) -> tuple[Remark, ...]:
        path = f"/api/v2/tickets/{quote(reference, safe='')}/comments.json"
        found: list[Remark] = []
        query: dict[str, str | int] = {"page[size]": PER_PAGE, "include": "users"}
        for _ in range(_MOST_PAGES):
            answer = self.api.get(path, **query)
            names = {text_of(one, "id"): text_of(one, "name") for one in items_of(answer, "users")}
            found += [_remark(one, names) for one in items_of(answer, "comments")]
            meta = part_of(answer, "meta")
            if not part_of(meta, "has_more"):
                break
            query["page[after]"] = text_of(meta, "after_cursor")
        return tuple(found)

    def _words(self, text: str) -> Mapping[str, Any]:
        return {"body": text, "public": self.public}

    def _ticket(self, ticket: Any) -> Ticket:
        number = text_of(ticket, "id")
        return Ticket(number, f"{self.site}/agent/tickets/{number}", f"#{number}")


def _path(reference: str) -> str:
    return f"/api/v2/tickets/{quote(reference, safe='')}.json"


def _remark(comment: Any, names: Mapping[str, str]) -> Remark:
    author = text_of(comment, "author_id")
    return Remark(text_of(comment, "id"), names.get(author, author), text_of(comment, "body"))


def _standing(standing: Standing) -> dict[str, str]:
    pairs = {"status": standing.status, "priority": standing.priority}
    return {name: value for name, value in pairs.items() if value}


class ZendeskSystem:
    """Type ``zendesk``: ``url``, ``username`` (an address) and ``token``; or ``token`` alone."""

    schema: Mapping[str, Any] = {
        "url": URL,
        "username": NAME,
        "token": SECRET,
        "group": {"type": "integer", "minimum": 1, "description": "its id"},
        "queues": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
        "comments": {"enum": ["internal", "public"]},
        "timeout": TIMEOUT,
    }
    required: tuple[str, ...] = ("url", "token")
    statuses: Mapping[State, str] = {
        **dict.fromkeys((State.OPEN, State.ACKNOWLEDGED, State.MITIGATED), "open"),
        **dict.fromkeys((State.RESOLVED, State.VERIFIED, State.CLOSED), "solved"),
    }
    priorities: Mapping[Priority, str] = {
        Priority.P1: "urgent",
        Priority.P2: "high",
        Priority.P3: "normal",
        Priority.P4: "low",
    }
    queue = "group"
    hidden = False

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Tracker:
        """Return the tracker."""
        auth, token = login(settings, secret, "/token")
        api = Api(settings["url"], auth=auth, secrets=(token,), timeout=timeout_of(settings))
        public = settings.get("comments") == "public"
        return Zendesk(api, settings["url"].rstrip("/"), public)


TRACKER: System = ZendeskSystem()
