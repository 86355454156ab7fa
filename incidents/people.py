"""Who can be reached, and how they want to be: users, their contacts and preferences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sothat.incidents.access.scope import EVERYTHING, Scope, scope_of
from sothat.model.duration import parse_duration
from sothat.model.guessing import did_you_mean
from sothat.model.policy import Priority
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document
from sothat.service_levels.zones import zone_named

_NOT_P1 = (Priority.P2, Priority.P3, Priority.P4)
_NAME = {
    "type": "string",
    "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
    "description": "a name in lower-case-with-hyphens",
}
_TIME = {
    "type": "string",
    "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
    "description": "a local time such as 22:00",
}
_TEXT = {"type": "string", "pattern": "\\S", "description": "text"}
_SOME = {"type": "array", "minItems": 1, "items": _TEXT}


@dataclass(frozen=True, slots=True)
class Quiet:
    """Local times between which nothing is sent of some priorities; the end may be the next day."""

    start: str
    end: str
    priorities: tuple[Priority, ...] = _NOT_P1


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many messages within so many seconds; what is more comes together in one."""

    messages: int
    within: float


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can be reached.

    Attributes:
        roles: The roles of the policy that they have.
        zone: IANA name of the time zone of their quiet hours and digests.
        contacts: Names of all contacts, in the order in which one stands in for another.
        notify: The contacts that are used at once, by priority; all where it says nothing.
        digest: The local time of the day at which messages of a priority come together.
        sees: What there is for them when they answer: a button, a link, a reply.
    """

    name: str
    roles: tuple[str, ...]
    zone: str
    contacts: tuple[str, ...]
    notify: Mapping[Priority, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    quiet: Quiet | None = None
    digest: Mapping[Priority, str] = field(default_factory=lambda: MappingProxyType({}))
    at_most: Limit | None = None
    sees: Scope = EVERYTHING

    def used(self, priority: Priority) -> tuple[str, ...]:
        """Return the channels of the contacts that are used at once at a priority."""
        return tuple(self.channel(name) for name in self.notify.get(priority, self.contacts))

    def channel(self, contact: str) -> str:
        """Return the name of a contact as a channel."""
        return f"{self.name}/{contact}"

    def in_place_of(self, channel: str) -> tuple[str, ...]:
        """Return the channels that stand in for one of the user's that fails, in order."""
        return tuple(c for c in map(self.channel, self.contacts) if c != channel)


@dataclass(frozen=True, slots=True)
class People:
    """All users by name."""

    users: Mapping[str, User] = field(default_factory=lambda: MappingProxyType({}))

    def known_as(self, member: str) -> tuple[User, ...]:
        """Return those who have a role, or the one of this name."""
        if member in self.users:
            return (self.users[member],)
        return tuple(user for user in self.users.values() if member in user.roles)


def people_schema(contact: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the JSON Schema of ``kind: People`` with that of a contact."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["apiVersion", "kind", "users"],
        "properties": {
            "apiVersion": {"const": "sothat/v1"},
            "kind": {"const": "People"},
            "users": {
                "type": "object",
                "propertyNames": _NAME,
                "additionalProperties": _user_schema(contact),
            },
        },
    }


def _user_schema(contact: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["roles", "contacts"],
        "properties": {
            "roles": {"type": "array", "minItems": 1, "items": _TEXT},
            "time_zone": _TEXT,
            "contacts": {
                "type": "object",
                "propertyNames": _NAME,
                "additionalProperties": contact,
            },
            "notify": _by_priority({"type": "array", "items": _NAME}),
            "quiet_hours": {
                "type": "object",
                "additionalProperties": False,
                "required": ["from", "to"],
                "properties": {
                    "from": _TIME,
                    "to": _TIME,
                    "priorities": {"type": "array", "items": {"enum": [str(p) for p in Priority]}},
                },
            },
            "digest": _by_priority(_TIME),
            "sees": {
                "type": "object",
                "additionalProperties": False,
                "minProperties": 1,
                "properties": dict.fromkeys(("teams", "sites", "clients"), _SOME),
            },
            "at_most": {
                "type": "object",
                "additionalProperties": False,
                "required": ["messages", "within"],
                "properties": {
                    "messages": {"type": "integer", "minimum": 1},
                    "within": {"type": "string"},
                },
            },
        },
    }


def _by_priority(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = {str(priority): schema for priority in Priority}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def people_in(document: Document) -> People:
    """Return the people of a document whose shape is right.

    Raises:
        Unusable: Names lead nowhere, or a time zone or duration is none; one problem each.
    """
    users = document.data["users"]
    problems = [p for name, node in users.items() for p in _problems(document, name, node)]
    if problems:
        raise Unusable(problems)
    return People(MappingProxyType({name: _user(name, node) for name, node in users.items()}))


def _problems(document: Document, name: str, node: Mapping[str, Any]) -> Iterator[Problem]:
    path = ("users", name)
    for priority, contacts in node.get("notify", {}).items():
        yield from _unknown(document, (*path, "notify", priority), contacts, node["contacts"])
    try:
        zone_named(node.get("time_zone", "UTC"))
    except Unusable as error:
        problem = error.problems[0]
        where = (*path, "time_zone")
        yield document.problem(problem.code, problem.message, where, hint=problem.hint)
    try:
        parse_duration(node.get("at_most", {}).get("within", "1m"))
    except ValueError as error:
        yield document.problem("bad-duration", str(error), (*path, "at_most", "within"))


def _unknown(
    document: Document, path: Sequence[str | int], names: Sequence[str], known: Mapping[str, Any]
) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name not in known:
            hint = did_you_mean(name, tuple(known), otherwise="add it to 'contacts'")
            message = f"'{name}' is not among the user's contacts"
            yield document.problem("unknown-reference", message, (*path, number), hint=hint)


def _user(name: str, node: Mapping[str, Any]) -> User:
    limit = node.get("at_most")
    return User(
        name=name,
        roles=tuple(node["roles"]),
        zone=node.get("time_zone", "UTC"),
        contacts=tuple(node["contacts"]),
        notify={Priority(p): tuple(contacts) for p, contacts in node.get("notify", {}).items()},
        quiet=_quiet(node["quiet_hours"]) if "quiet_hours" in node else None,
        digest={Priority(p): time for p, time in node.get("digest", {}).items()},
        at_most=Limit(limit["messages"], parse_duration(limit["within"])) if limit else None,
        sees=scope_of(node.get("sees", {})),
    )


def _quiet(node: Mapping[str, Any]) -> Quiet:
    priorities = tuple(Priority(p) for p in node.get("priorities", _NOT_P1))
    return Quiet(node["from"], node["to"], priorities)
