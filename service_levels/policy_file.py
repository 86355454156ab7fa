"""The compiled policy as a file: priorities with their clocks, teams, and all they refer to."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from jsonschema import Draft202012Validator
from sothat.model.policy import (
    Calendar,
    Channel,
    Client,
    Contract,
    Hours,
    Level,
    Maintenance,
    Part,
    Policy,
    Priority,
    PriorityTerms,
    Rotation,
    Seat,
    Team,
    Term,
)
from sothat.model.problem import Position, Problem, Unusable, unusable
from sothat.runtime.compiled import Misfit, built

_SECONDS = {"type": "number", "exclusiveMinimum": 0}
_NAMES = {"type": "array", "items": {"type": "string", "minLength": 1}}
_TERMS = {
    "type": "object",
    "required": ["severity", "meaning", "acknowledge_seconds", "resolve_seconds"],
    "properties": {
        "severity": {"type": "string"},
        "meaning": {"type": "string"},
        "acknowledge_seconds": _SECONDS,
        "update_seconds": {"anyOf": [_SECONDS, {"type": "null"}]},
        "resolve_seconds": _SECONDS,
    },
}
_TEAM = {
    "type": "object",
    "required": ["channels"],
    "properties": {
        "description": {"type": "string"},
        "channels": {
            "type": "object",
            "propertyNames": {"enum": [str(p) for p in Priority]},
            "additionalProperties": _NAMES,
        },
        "escalation": {"type": "array"},
    },
}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["priorities", "teams", "grouping"],
    "properties": {
        "priorities": {
            "type": "object",
            "required": [str(p) for p in Priority],
            "additionalProperties": _TERMS,
        },
        "teams": {"type": "object", "additionalProperties": _TEAM},
        "grouping": {**_NAMES, "minItems": 1},
    },
}
_HINT = "write it with: sothat build"
_T = TypeVar("_T")
_NODES: Any = Mapping[str, Mapping[str, Any]]
_MATRIX: Any = Mapping[str, Mapping[str, Priority]]
_LADDERS: Any = Mapping[str, tuple[Level, ...]]
_TERMS_BY_NAME: Any = Mapping[str, Term]
_SEATS: Any = tuple[Seat, ...]


def read_policy(path: Path) -> Policy:
    """Read the ``policy.json`` that the compiler wrote.

    Raises:
        Unusable: It cannot be read or is not a policy; one problem for each finding.
    """
    position = Position(str(path))
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot read the policy: {error.strerror or error}"
        raise unusable("unreadable-file", message, position=position, hint=_HINT) from error
    except ValueError as error:
        message = f"the policy is not JSON: {error}"
        raise unusable("bad-policy", message, position=position, hint=_HINT) from error
    problems = [
        Problem("bad-policy", f"{error.json_path}: {error.message}", position, _HINT)
        for error in Draft202012Validator(SCHEMA).iter_errors(data)
    ]
    if problems:
        raise Unusable(problems)
    try:
        return _policy(data)
    except Misfit as error:
        raise unusable("bad-policy", str(error), position=position, hint=_HINT) from error


def _policy(data: Mapping[str, Any]) -> Policy:
    return Policy(
        priorities={p: _terms(p, data["priorities"][p]) for p in Priority},
        teams={name: _team(name, node) for name, node in sorted(data["teams"].items())},
        grouping=tuple(data["grouping"]),
        hours=_section(data, "hours", Hours),
        contracts=_section(data, "contracts", Contract),
        calendars=_section(data, "calendars", Calendar),
        rotations=_section(data, "rotations", Rotation),
        channels=_section(data, "channels", Channel),
        maintenance=_section(data, "maintenance", Maintenance),
        clients=_section(data, "clients", Client),
        matrix=built(_MATRIX, data.get("matrix", {}), "$.matrix"),
        calendar=built(str, data.get("calendar", ""), "$.calendar"),
        escalation=built(_LADDERS, data.get("escalation", {}), "$.escalation"),
        components=_section(data, "components", Part),
        owner=built(str, data.get("owner", ""), "$.owner"),
    )


def _section(data: Mapping[str, Any], key: str, kind: type[_T]) -> Mapping[str, _T]:
    """Return the parts of a section, each of which knows its name."""
    nodes: Mapping[str, Mapping[str, Any]] = built(_NODES, data.get(key, {}), f"$.{key}")
    return {
        name: built(kind, {"name": name, **node}, f"$.{key}.{name}") for name, node in nodes.items()
    }


def _terms(priority: Priority, node: Mapping[str, Any]) -> PriorityTerms:
    return PriorityTerms(
        priority=priority,
        meaning=node["meaning"],
        severity=node["severity"],
        acknowledge=node["acknowledge_seconds"],
        update=node.get("update_seconds"),
        resolve=node["resolve_seconds"],
        clocks=built(_TERMS_BY_NAME, node.get("clocks", {}), f"$.priorities.{priority}.clocks"),
    )


def _team(name: str, node: Mapping[str, Any]) -> Team:
    return Team(
        name=name,
        description=node.get("description", ""),
        channels={Priority(p): tuple(names) for p, names in node["channels"].items()},
        escalation=tuple(map(str, node.get("escalation", ()))),
        duties=tuple(map(str, node.get("duties", ()))),
        seats=built(_SEATS, node.get("seats", []), f"$.teams.{name}.seats"),
        ladders=tuple(map(str, node.get("ladders", ()))),
    )
