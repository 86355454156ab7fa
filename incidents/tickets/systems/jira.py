"""Jira: an issue for an incident; see `sothat.incidents.tickets.jira`."""

from collections.abc import Callable, Mapping
from typing import Any

from sothat.incidents.incident import State
from sothat.incidents.tickets.api import Api
from sothat.incidents.tickets.jira import Jira
from sothat.incidents.tickets.opening import NAME, SECRET, TIMEOUT, URL, login, timeout_of
from sothat.incidents.tickets.tracker import System, Tracker
from sothat.model.policy import Priority
from sothat.runtime.secrets import Secret

_SEARCHES = {"cloud": "search/jql", "data-center": "search"}


def open_jira(
    settings: Mapping[str, Any], secret: Callable[[str], Secret], kind: str, **more: Any
) -> Jira:
    """Return a Jira.

    Args:
        settings: Of the tracker.
        secret: Resolves the setting of a name.
        kind: Type of the issues unless the settings say otherwise.
        more: Further attributes of `Jira`.
    """
    auth, token = login(settings, secret)
    api = Api(settings["url"], auth=auth, secrets=(token,), timeout=timeout_of(settings))
    return Jira(
        api=api,
        site=settings["url"].rstrip("/"),
        kind=settings.get("issue_type", kind),
        searches=_SEARCHES[settings.get("edition", "cloud")],
        resolution=settings.get("resolution", ""),
        **more,
    )


class JiraSystem:
    """Type ``jira``: ``url``, ``project``, ``token``; in the cloud ``username``, an address."""

    schema: Mapping[str, Any] = {
        "url": URL,
        "username": NAME,
        "token": SECRET,
        "project": {
            "type": "string",
            "pattern": "^[A-Z][A-Z0-9_]*$",
            "description": "its key, such as OPS",
        },
        "issue_type": NAME,
        "edition": {"enum": sorted(_SEARCHES)},
        "resolution": NAME,
        "timeout": TIMEOUT,
    }
    required: tuple[str, ...] = ("url", "token", "project")
    statuses: Mapping[State, str] = {
        State.OPEN: "To Do",
        **dict.fromkeys((State.ACKNOWLEDGED, State.MITIGATED), "In Progress"),
        **dict.fromkeys((State.RESOLVED, State.VERIFIED, State.CLOSED), "Done"),
    }
    priorities: Mapping[Priority, str] = {
        Priority.P1: "Highest",
        Priority.P2: "High",
        Priority.P3: "Medium",
        Priority.P4: "Low",
    }
    queue = "project"
    hidden = False

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Tracker:
        """Return the tracker."""
        return open_jira(settings, secret, "Task")


TRACKER: System = JiraSystem()
