"""GitHub: an issue for an incident.

REST API, version 2022-11-28: "REST API endpoints for issues" and "… for issue comments"; what too
much is, and how long to wait then, as in "Best practices for using the REST API" and "Rate limits".
The key stands in the issue's text, in a comment of HTML that nobody sees: labels would be dropped
without a word where the token may not set them. Lists by time are read rather than searched:
the search lags behind.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import requests
from sothat.incidents.incident import State
from sothat.incidents.posting import retry_after
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
from sothat.incidents.tickets.opening import SECRET, TIMEOUT, URL, queues_of, timeout_of
from sothat.incidents.tickets.tracker import (
    Changes,
    Draft,
    Missing,
    Remark,
    Standing,
    System,
    Ticket,
    Tracker,
    Trouble,
    View,
)
from sothat.model.policy import Priority
from sothat.runtime.secrets import Secret

_URL = "https://api.github.com"
_CLOSED = "closed"
_VERSION = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
# Between changes, as GitHub asks for.
_GAP_SECONDS = 1.0
_BREATH_SECONDS = 60.0
_MOST_PAGES = 20
_REPOSITORY = {
    "type": "string",
    "pattern": "^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$",
    "description": "owner/name",
}


@dataclass(frozen=True, slots=True)
class GitHub:
    """Issues of one or more repositories."""

    api: Api
    repositories: tuple[str, ...]
    settles: float = 60.0
    overlap: float = 120.0

    @property
    def provider(self) -> str:
        """Return who is asked."""
        return f"github {self.api.host}"

    def find(self, key: str, since: int) -> Ticket | None:
        """Return the issue whose text ends with the mark of a key."""
        for repository in self.repositories:
            issue = with_mark(self._issues(repository, since, "created"), "body", key)
            if issue is not None:
                return _ticket(repository, issue)
        return None

    def create(self, draft: Draft) -> Ticket:
        """Open an issue."""
        labels = [*items_of(draft.fields, "labels"), draft.standing.priority]
        body = {
            **draft.fields,
            "title": draft.title,
            "body": draft.text,
            "labels": [label for label in labels if label],
        }
        issue = self.api.write("POST", f"/repos/{draft.queue}/issues", body)
        return _ticket(draft.queue, issue)

    def look(self, reference: str) -> View:
        """Return an issue with its comments, of very many the last thousand."""
        path = _path(reference)
        issue = self.api.get(path)
        state = text_of(issue, "state")
        return View(
            status=state,
            over=state == _CLOSED,
            version=text_of(issue, "updated_at"),
            remarks=self._remarks(path, int(text_of(issue, "comments") or 0)),
            by=text_of(issue, "closed_by", "login"),
        )

    def comment(self, reference: str, text: str) -> None:
        """Comment on an issue."""
        self.api.write("POST", f"{_path(reference)}/comments", {"body": text})

    def move(self, reference: str, to: Standing, before: Standing) -> None:
        """Close an issue or open it again; a priority is a label."""
        path = _path(reference)
        if to.priority:
            self._label(path, to.priority, before.priority)
        if to.status == _CLOSED:
            self.api.write("PATCH", path, {"state": _CLOSED, "state_reason": "completed"})
        elif to.status:
            self.api.write("PATCH", path, {"state": "open"})

    def changes(self, since: int) -> Changes:
        """Return which issues have changed."""
        return together(self._changes(repository, since) for repository in self.repositories)

    def _changes(self, repository: str, since: int) -> Changes:
        issues = self._page(repository, since, "updated", 1)
        entries = [(_name(repository, one), text_of(one, "updated_at")) for one in issues]
        return changes_in(entries, self.api.now, full=len(issues) == PER_PAGE)

    def _issues(self, repository: str, since: int, order: str) -> Iterator[Any]:
        return pages(lambda number: self._page(repository, since, order, number), 1, _MOST_PAGES)

    def _page(self, repository: str, since: int, order: str, number: int) -> list[Any]:
        """Return a page of the issues changed since a moment, requests for changes included."""
        found = self.api.get(
            f"/repos/{repository}/issues",
            state="all",
            since=stamp(since),
            sort=order,
            direction="asc",
            per_page=PER_PAGE,
            page=number,
        )
        return found if isinstance(found, list) else []

    def _remarks(self, path: str, count: int) -> tuple[Remark, ...]:
        last = max(1, -(-count // PER_PAGE))
        found = pages(
            lambda number: self.api.get(f"{path}/comments", per_page=PER_PAGE, page=number),
            max(1, last - 9),
        )
        return tuple(
            Remark(text_of(one, "id"), text_of(one, "user", "login"), text_of(one, "body"))
            for one in found
        )

    def _label(self, path: str, priority: str, before: str) -> None:
        self.api.write("POST", f"{path}/labels", {"labels": [priority]})
        if before and before != priority:
            try:
                self.api.write("DELETE", f"{path}/labels/{quote(before, safe='')}", None)
            except Trouble as trouble:
                # Somebody has taken it off already.
                if not isinstance(trouble.what, Missing):
                    raise


def _name(repository: str, issue: Any) -> str:
    return f"{repository}#{text_of(issue, 'number')}"


def _ticket(repository: str, issue: Any) -> Ticket:
    name = _name(repository, issue)
    return Ticket(name, text_of(issue, "html_url"), name)


def _path(reference: str) -> str:
    repository, _, number = reference.rpartition("#")
    return f"/repos/{repository}/issues/{number}"


def throttled(response: requests.Response, content: bytes) -> float | None:
    """Return for how long GitHub wants to be left alone; None: it does not mind."""
    after = retry_after(response.headers)
    if after is not None:
        return after
    headers = response.headers
    if headers.get("x-ratelimit-remaining") == "0":
        reset = headers.get("x-ratelimit-reset", "")
        moment = float(reset) if reset.isascii() and reset.isdigit() else 0.0
        return max(_BREATH_SECONDS, moment - _time_of(response))
    return _BREATH_SECONDS if b"rate limit" in content.lower() else None


def _time_of(response: requests.Response) -> float:
    """Return the seconds since 1970 by GitHub's clock."""
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
    except ValueError:
        return time.time()


class GitHubSystem:
    """Type ``github``: ``repository`` and ``token``."""

    schema: Mapping[str, Any] = {
        "url": URL,
        "token": SECRET,
        "repository": _REPOSITORY,
        "timeout": TIMEOUT,
        "queues": {"type": "object", "additionalProperties": _REPOSITORY},
    }
    required: tuple[str, ...] = ("token", "repository")
    statuses: Mapping[State, str] = {
        **dict.fromkeys((State.OPEN, State.ACKNOWLEDGED, State.MITIGATED), "open"),
        **dict.fromkeys((State.RESOLVED, State.VERIFIED, State.CLOSED), _CLOSED),
    }
    priorities: Mapping[Priority, str] = {one: str(one) for one in Priority}
    queue = "repository"
    hidden = True

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Tracker:
        """Return the tracker."""
        token = secret("token")
        api = Api(
            settings.get("url", _URL),
            auth=TokenAuth("Authorization", "Bearer ", token),
            secrets=(token,),
            timeout=timeout_of(settings),
            headers=_VERSION,
            throttled=throttled,
            gap=_GAP_SECONDS,
        )
        return GitHub(api, queues_of(settings, self.queue))


TRACKER: System = GitHubSystem()
