"""``major``: when an incident is proposed as a major one, who leads it, how often people hear."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sothat.incidents.major.criteria import Criterion
from sothat.incidents.major.major import Part
from sothat.incidents.settings.section import Section, Source
from sothat.incidents.times import seconds
from sothat.model.duration import parse_duration
from sothat.model.guessing import did_you_mean
from sothat.model.policy import Policy, Priority, Seat
from sothat.model.problem import Problem, Unusable

_TEXT = {"type": "string", "pattern": "\\S", "maxLength": 1000}
_NAMES = {"type": "array", "items": {"type": "string", "minLength": 1}}
_DURATION = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 1}
_DURATIONS = ("unacknowledged", "unresolved")
_COUNTS = ("sites", "clients", "alerts")
_PRIORITIES = [str(priority) for priority in Priority]
_CRITERION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "minProperties": 2,
    "properties": {
        "name": _TEXT,
        "priorities": {"type": "array", "items": {"enum": _PRIORITIES}},
        "outcomes": _NAMES,
        "teams": _NAMES,
        **dict.fromkeys(_COUNTS, _COUNT),
        **dict.fromkeys(_DURATIONS, _DURATION),
    },
}
_SEAT = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {"role": _TEXT, "rotation": _TEXT},
}
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "criteria": {"type": "array", "maxItems": 50, "items": _CRITERION},
        "updates": {
            "type": "object",
            "additionalProperties": False,
            "properties": dict.fromkeys(_PRIORITIES, _DURATION),
        },
        "roles": {
            "type": "object",
            "additionalProperties": False,
            "properties": {str(part): _SEAT for part in Part},
        },
        "propose_to": {"type": "array", "items": _TEXT},
        "bridge": {"type": "string", "pattern": "^https?://\\S+$"},
        "tasks": {"type": "array", "maxItems": 50, "items": _TEXT},
        "continuity": {"type": "array", "maxItems": 50, "items": _TEXT},
    },
}
_UPDATES = MappingProxyType({"P1": "30m", "P2": "1h", "P3": "4h"})


@dataclass(frozen=True, slots=True)
class MajorRules:
    """What major incidents go by.

    Attributes:
        updates: Nanoseconds from one status update to the next, by priority; others: none is due.
        seats: Who has a role unless somebody says otherwise.
        propose_to: Users or roles that are asked to decide, beside those told of the incident.
        bridge: Where people meet.
        tasks: What is always to be done; ``continuity`` what keeps the business going meanwhile.
    """

    criteria: tuple[Criterion, ...] = ()
    updates: Mapping[Priority, int] = field(
        default_factory=lambda: MappingProxyType(
            {Priority(name): seconds(parse_duration(text)) for name, text in _UPDATES.items()}
        )
    )
    seats: Mapping[Part, Seat] = field(default_factory=lambda: MappingProxyType({}))
    propose_to: tuple[str, ...] = ()
    bridge: str = ""
    tasks: tuple[str, ...] = ()
    continuity: tuple[str, ...] = ()


def _read(source: Source) -> MajorRules:
    node = source.node("major", {})
    updates = {**_UPDATES, **node.get("updates", {})}
    return MajorRules(
        criteria=_each(source, node.get("criteria", ())),
        updates=MappingProxyType(
            {
                Priority(name): seconds(source.duration("major", "updates", name, default=text))
                for name, text in updates.items()
            }
        ),
        seats=MappingProxyType(
            {Part(name): Seat(name, **seat) for name, seat in node.get("roles", {}).items()}
        ),
        propose_to=tuple(node.get("propose_to", ())),
        bridge=node.get("bridge", ""),
        tasks=tuple(node.get("tasks", ())),
        continuity=tuple(node.get("continuity", ())),
    )


def _each(source: Source, nodes: Iterable[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    found: list[Criterion] = []
    problems: list[Problem] = []
    for place, node in enumerate(nodes):
        try:
            found.append(_criterion(source, place, node))
        except Unusable as error:
            problems += error.problems
    if problems:
        raise Unusable(problems)
    return tuple(found)


def _criterion(source: Source, place: int, node: Mapping[str, Any]) -> Criterion:
    durations = {
        name: seconds(source.duration("major", "criteria", place, name, default="0"))
        for name in _DURATIONS
        if name in node
    }
    return Criterion(
        name=node["name"],
        priorities=tuple(map(Priority, node.get("priorities", ()))),
        outcomes=tuple(node.get("outcomes", ())),
        teams=tuple(node.get("teams", ())),
        **{name: node.get(name, 0) for name in _COUNTS},
        **durations,
    )


def _check(source: Source, read: Mapping[str, Any]) -> Iterator[Problem]:
    policy: Policy | None = read.get("policy")
    rules: MajorRules | None = read.get("major")
    if policy is None or rules is None:
        return
    for part, seat in rules.seats.items():
        if seat.rotation and seat.rotation not in policy.rotations:
            known = tuple(policy.rotations)
            hint = did_you_mean(seat.rotation, known, otherwise=f"there are: {', '.join(known)}")
            text = f"the policy has no rotation '{seat.rotation}'"
            yield source.document.problem(
                "unknown-reference", text, ("major", "roles", str(part), "rotation"), hint=hint
            )
    for place, criterion in enumerate(rules.criteria):
        for team in criterion.teams:
            if team not in policy.teams:
                text = f"the policy has no team '{team}'"
                hint = did_you_mean(team, tuple(policy.teams), otherwise="")
                path = ("major", "criteria", place, "teams")
                yield source.document.problem("unknown-reference", text, path, hint=hint)


SECTION = Section("major", "major", _SCHEMA, _read, check=_check)
