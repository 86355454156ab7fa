"""Jira Service Management: a request for an incident, whose comments customers do not see.

It is an issue of Jira, made by Jira's own API so that its key is in it from the first moment on;
"Create customer request" of the service desk's API could write no label. The request type is a
field of the issue; a comment with the property ``sd.public.comment`` is internal.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sothat.incidents.incident import State
from sothat.incidents.tickets.opening import NAME
from sothat.incidents.tickets.systems.jira import JiraSystem, open_jira
from sothat.incidents.tickets.tracker import System, Tracker
from sothat.runtime.secrets import Secret

_FIELD = "customfield_10010"
_INTERNAL = ({"key": "sd.public.comment", "value": {"internal": True}},)


class JiraServiceManagementSystem(JiraSystem):
    """Type ``jira-service-management``: as ``jira``; optionally ``request_type``."""

    schema: Mapping[str, Any] = {
        **JiraSystem.schema,
        "request_type": {**NAME, "description": "as the field has it, such as ops/incident"},
        "request_type_field": {"type": "string", "pattern": "^customfield_[0-9]+$"},
        "comments": {"enum": ["internal", "public"]},
    }
    statuses: Mapping[State, str] = {
        State.OPEN: "Open",
        **dict.fromkeys((State.ACKNOWLEDGED, State.MITIGATED), "Work in progress"),
        **dict.fromkeys((State.RESOLVED, State.VERIFIED), "Completed"),
        State.CLOSED: "Closed",
    }

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Tracker:
        """Return the tracker."""
        wanted = settings.get("request_type")
        field = settings.get("request_type_field", _FIELD)
        public = settings.get("comments") == "public"
        return open_jira(
            settings,
            secret,
            "[System] Incident",
            further={field: wanted} if wanted else {},
            properties=() if public else _INTERNAL,
        )


TRACKER: System = JiraServiceManagementSystem()
