"""GitLab: an issue for an incident.

REST API version 4: "Issues API", "Notes API"; what too much is, as in "Rate limits" (429 with
``Retry-After``). The key stands in the issue's description, in a comment of HTML that nobody sees.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from sothat.incidents.incident import State
from sothat.incidents.tickets.api import (
    PER_PAGE,
    Api,
    TokenAuth,
    changes_in,
    items_of,
    pages,
    stamp,
    text_of,
    together,
    with_mark,
)
from sothat.incidents.tickets.opening import NAME, SECRET, TIMEOUT, URL, queues_of, timeout_of
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

_URL = "https://gitlab.com"
_OPENED, _CLOSED = "opened", "closed"


@dataclass(frozen=True, slots=True)
class GitLab:
    """Issues of one or more projects."""

    api: Api
    projects: tuple[str, ...]
    settles: float = 60.0
    overlap: float = 120.0

    @property
    def provider(self) -> str:
        """Return who is asked."""
        return f"gitlab {self.api.host}"

    def find(self, key: str, since: int) -> Ticket | None:
        """Return the issue whose description ends with the mark of a key."""
        for project in self.projects:
            issues = pages(partial(self._page, project, "created", since))
            issue = with_mark(issues, "description", key)
            if issue is not None:
                return _ticket(project, issue)
        return None

    def create(self, draft: Draft) -> Ticket:
        """Open an issue."""
        labels = [*items_of(draft.fields, "labels"), draft.standing.priority]
        body = {
            **draft.fields,
            "title": draft.title,
            "description": draft.text,
            "labels": ",".join(label for label in labels if label),
        }
        return _ticket(draft.queue, self.api.write("POST", _project(draft.queue), body))

    def look(self, reference: str) -> View:
        """Return an issue with its comments, without what GitLab notes itself."""
        path = _path(reference)
        issue = self.api.get(path)
        state = text_of(issue, "state")
        notes = pages(lambda number: self._notes(path, number))
        return View(
            status=state,
            over=state == _CLOSED,
            version=text_of(issue, "updated_at"),
            remarks=tuple(
                Remark(text_of(one, "id"), text_of(one, "author", "username"), text_of(one, "body"))
                for one in notes
                if not one.get("system")
            ),
            by=text_of(issue, "closed_by", "username"),
        )

    def comment(self, reference: str, text: str) -> None:
        """Comment on an issue."""
        self.api.write("POST", f"{_path(reference)}/notes", {"body": text})

    def move(self, reference: str, to: Standing, before: Standing) -> None:
        """Close an issue or open it again; a priority is a label."""
        change: dict[str, str] = {}
        if to.status:
            change["state_event"] = "close" if to.status == _CLOSED else "reopen"
        if to.priority:
            change["add_labels"] = to.priority
        if to.priority and before.priority not in ("", to.priority):
            change["remove_labels"] = before.priority
        self.api.write("PUT", _path(reference), change)

    def changes(self, since: int) -> Changes:
        """Return which issues have changed."""
        return together(self._changes(project, since) for project in self.projects)

    def _changes(self, project: str, since: int) -> Changes:
        issues = self._page(project, "updated", since, 1)
        entries = [(_name(project, one), text_of(one, "updated_at")) for one in issues]
        return changes_in(entries, self.api.now, full=len(issues) == PER_PAGE)

    def _page(self, project: str, order: str, since: int, number: int) -> list[Any]:
        found = self.api.get(
            _project(project),
            **{f"{order}_after": stamp(since), "order_by": f"{order}_at"},
            sort="asc",
            scope="all",
            per_page=PER_PAGE,
            page=number,
        )
        return found if isinstance(found, list) else []

    def _notes(self, path: str, number: int) -> list[Any]:
        found = self.api.get(
            f"{path}/notes", sort="asc", order_by="created_at", per_page=PER_PAGE, page=number
        )
        return found if isinstance(found, list) else []


def _project(project: str) -> str:
    return f"/api/v4/projects/{quote(project, safe='')}/issues"


def _name(project: str, issue: Any) -> str:
    return f"{project}#{text_of(issue, 'iid')}"


def _ticket(project: str, issue: Any) -> Ticket:
    name = _name(project, issue)
    return Ticket(name, text_of(issue, "web_url"), name)


def _path(reference: str) -> str:
    project, _, number = reference.rpartition("#")
    return f"{_project(project)}/{number}"


class GitLabSystem:
    """Type ``gitlab``: ``project`` and ``token``."""

    schema: Mapping[str, Any] = {
        "url": URL,
        "token": SECRET,
        "project": {**NAME, "description": "path with its groups, or number"},
        "timeout": TIMEOUT,
    }
    required: tuple[str, ...] = ("token", "project")
    statuses: Mapping[State, str] = {
        **dict.fromkeys((State.OPEN, State.ACKNOWLEDGED, State.MITIGATED), _OPENED),
        **dict.fromkeys((State.RESOLVED, State.VERIFIED, State.CLOSED), _CLOSED),
    }
    priorities: Mapping[Priority, str] = {one: str(one) for one in Priority}
    queue = "project"
    hidden = True

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Tracker:
        """Return the tracker."""
        token = secret("token")
        api = Api(
            settings.get("url", _URL),
            auth=TokenAuth("PRIVATE-TOKEN", "", token),
            secrets=(token,),
            timeout=timeout_of(settings),
        )
        return GitLab(api, queues_of(settings, self.queue))


TRACKER: System = GitLabSystem()
