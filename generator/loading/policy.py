"""The policy document as the model has it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sothat.model.duration import parse_duration
from sothat.model.policy import Policy, Priority, PriorityTerms, Team


def resolve_policy(data: Mapping[str, Any]) -> Policy:
    """Return the policy of a document whose shape is right."""
    priorities = {p: _terms(p, data["priorities"][p]) for p in Priority}
    teams = {name: _team(name, team) for name, team in sorted(data["teams"].items())}
    return Policy(MappingProxyType(priorities), MappingProxyType(teams), tuple(data["grouping"]))


def _terms(priority: Priority, data: Mapping[str, Any]) -> PriorityTerms:
    update = data.get("update")
    return PriorityTerms(
        priority=priority,
        meaning=data["meaning"],
        severity=data["severity"],
        acknowledge=parse_duration(data["acknowledge"]),
        update=None if update is None else parse_duration(update),
        resolve=parse_duration(data["resolve"]),
    )


def _team(name: str, data: Mapping[str, Any]) -> Team:
    channels = {priority: tuple(data["channels"][priority]) for priority in Priority}
    return Team(name, data["description"], MappingProxyType(channels), tuple(data["escalation"]))
