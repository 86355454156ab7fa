"""Issues of Jira, and of Jira Service Management, which is Jira with customers looking on.

Jira Cloud platform REST API version 2 (texts are texts there, and Data Center speaks it, too):
"Issues", "Issue comments", "Issue search"; search as in "Search After Write with Search And
Reconcile": what was just written may lag behind for minutes. What too much is: "Rate limiting"
(429 with ``Retry-After``). The key is a label, set with the issue itself, next to one that all of
ours have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sothat.incidents.notification import Rejected
from sothat.incidents.tickets.api import PER_PAGE, Api, changes_in, items_of, pages, text_of
from sothat.incidents.tickets.tracker import (
    Changes,
    Draft,
    Remark,
    Standing,
    Ticket,
    Trouble,
    View,
)
from sothat.incidents.times import SECOND

LABEL = "sothat"
_ROOT = "/rest/api/2"
_MINUTE = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Jira:
    """Issues of one or more projects.

    Attributes:
        site: Where people look at issues.
        kind: Type of the issues.
        searches: The path of the search: Cloud has another one than Data Center.
        resolution: What an issue is given that is done, if anything.
        further: What else is set in each issue.
        properties: Of each comment.
    """

    api: Api
    site: str
    kind: str
    searches: str
    resolution: str = ""
    further: Mapping[str, Any] = field(default_factory=dict)
    properties: tuple[Mapping[str, Any], ...] = ()
    settles: float = 300.0
    overlap: float = 300.0

    @property
    def provider(self) -> str:
        """Return who is asked."""
        return f"jira {self.api.host}"

    def find(self, key: str, since: int) -> Ticket | None:  # noqa: ARG002 – a label is enough
        """Return the issue that has a label."""
        found = self._search(f'labels = "{key}" ORDER BY created ASC', 1)
        return self._ticket(found[0]) if found else None

    def create(self, draft: Draft) -> Ticket:
        """Make an issue with its labels."""
        fields: dict[str, Any] = {
            **self.further,
            **draft.fields,
            "project": {"key": draft.queue},
            "issuetype": {"name": self.kind},
            "summary": draft.title,
            "description": draft.text,
            "labels": [*items_of(draft.fields, "labels"), LABEL, draft.key],
        }
        if draft.standing.priority:
            fields["priority"] = {"name": draft.standing.priority}
        return self._ticket(self.api.write("POST", f"{_ROOT}/issue", {"fields": fields}))

    def look(self, reference: str) -> View:
        """Return an issue with its comments and who gave it its status."""
        path = _path(reference)
        issue = self.api.get(path, fields="status,updated", expand="changelog")
        fields = issue.get("fields", {}) if isinstance(issue, dict) else {}
        return View(
            status=text_of(fields, "status", "name"),
            over=text_of(fields, "status", "statusCategory", "key") == "done",
            version=text_of(fields, "updated"),
            remarks=tuple(map(_remark, pages(lambda number: self._comments(path, number), 0))),
            by=_mover(issue),
        )

    def comment(self, reference: str, text: str) -> None:
        """Comment on an issue."""
        body: dict[str, Any] = {"body": text}
        if self.properties:
            body["properties"] = list(self.properties)
        self.api.write("POST", f"{_path(reference)}/comment", body)

    def move(self, reference: str, to: Standing, before: Standing) -> None:  # noqa: ARG002 – replaced
        """Give an issue a priority, and a status by one of the transitions that it has now."""
        path = _path(reference)
        if to.priority:
            fields = {"fields": {"priority": {"name": to.priority}}}
            self.api.write("PUT", path, fields)
        if to.status:
            self.api.write("POST", f"{path}/transitions", self._transition(path, to.status))

    def changes(self, since: int) -> Changes:
        """Return which issues of ours have changed.

        A moment in a question would be in the asking user's time zone; minutes back are not.
        """
        minutes = max(1, -(-(self.api.now - since) // _MINUTE))
        question = f"labels = {LABEL} AND updated >= -{minutes}m ORDER BY updated ASC"
        found = self._search(question, PER_PAGE)
        entries = [(text_of(one, "id"), text_of(one, "fields", "updated")) for one in found]
        return changes_in(entries, self.api.now, full=len(found) == PER_PAGE)

    def _search(self, question: str, most: int) -> list[Any]:
        body = {"jql": question, "fields": ["updated"], "maxResults": most}
        return items_of(self.api.search(f"{_ROOT}/{self.searches}", body), "issues")

    def _comments(self, path: str, number: int) -> list[Any]:
        start = number * PER_PAGE
        found = self.api.get(f"{path}/comment", startAt=start, maxResults=PER_PAGE)
        return items_of(found, "comments")

    def _transition(self, path: str, status: str) -> Mapping[str, Any]:
        """Return the transition that leads to a status from here.

        Raises:
            Trouble: None does.
        """
        found = items_of(
            self.api.get(f"{path}/transitions", expand="transitions.fields"), "transitions"
        )
        for one in found:
            if text_of(one, "to", "name").casefold() == status.casefold():
                body: dict[str, Any] = {"transition": {"id": text_of(one, "id")}}
                if self.resolution and "resolution" in (one.get("fields") or {}):
                    body["fields"] = {"resolution": {"name": self.resolution}}
                return body
        known = ", ".join(text_of(one, "to", "name") for one in found) or "nowhere"
        raise Trouble(Rejected(f"no transition leads to {status} from here, only to {known}"))

    def _ticket(self, issue: Any) -> Ticket:
        name = text_of(issue, "key")
        return Ticket(text_of(issue, "id"), f"{self.site}/browse/{name}", name)


def _path(reference: str) -> str:
    return f"{_ROOT}/issue/{quote(reference, safe='')}"


def _remark(comment: Any) -> Remark:
    return Remark(
        text_of(comment, "id"), text_of(comment, "author", "displayName"), text_of(comment, "body")
    )


def _mover(issue: Any) -> str:
    """Return who changed an issue's status last, as far as its history is told."""
    changes = [
        (text_of(one, "created"), text_of(one, "author", "displayName"))
        for one in items_of(issue, "changelog", "histories")
        if any(text_of(item, "field") == "status" for item in items_of(one, "items"))
    ]
    return max(changes, default=("", ""))[1]
