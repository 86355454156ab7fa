"""``trackers``: the ticket systems, and what goes between them and incidents."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sothat.incidents.channels import quieten
from sothat.incidents.incident import State
from sothat.incidents.settings.section import Section, Source
from sothat.incidents.tickets.mapping import PLACEHOLDERS, Filter, Terms, strange_placeholders
from sothat.incidents.tickets.marks import Sealer
from sothat.incidents.tickets.synchroniser import Bound
from sothat.incidents.tickets.tracker import System, Tracker
from sothat.incidents.times import seconds
from sothat.model.duration import parse_duration
from sothat.model.guessing import did_you_mean
from sothat.model.policy import Policy, Priority
from sothat.model.problem import Problem, Unusable
from sothat.runtime.plugins import kept
from sothat.runtime.secrets import Secret

_EVERY = "30s"
# Well below what the systems take from one account in a minute.
_AT_MOST = 30
_TEXT = {"type": "string", "minLength": 1}
_WORDS = {"type": "array", "minItems": 1, "items": _TEXT}
_MOST_SECONDS = 3600.0


def _by(names: Sequence[str]) -> Mapping[str, Any]:
    """Return the schema of a mapping from names to texts."""
    properties = {name: {"type": "string"} for name in names}
    return {"type": "object", "additionalProperties": False, "properties": properties}


_PRIORITIES = tuple(map(str, Priority))
_STATES = tuple(map(str, State))
_COMMON: Mapping[str, Any] = {
    "owner": {**_TEXT, "description": "the team that is called when the credentials are refused"},
    "queues": {"type": "object", "additionalProperties": _TEXT},
    "status": _by(_STATES),
    "priority": _by(_PRIORITIES),
    "fields": {"type": "object"},
    "every": {"type": "string"},
    "at_most_per_minute": {"type": "integer", "minimum": 1, "maximum": 1000},
    "when": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "priorities": {"type": "array", "minItems": 1, "items": {"enum": list(_PRIORITIES)}},
            "teams": _WORDS,
            "sites": _WORDS,
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "after": {"type": "string"},
        },
    },
}
# Shows on timelines behind the names of people, and in addresses.
_NAME = {"pattern": "^[a-z0-9][a-z0-9-]{0,49}$"}


def section(known: Mapping[str, System]) -> Section[tuple[Bound, ...]]:
    """Return the section for some types of trackers."""

    def read(source: Source) -> tuple[Bound, ...]:
        return _read(source, known)

    schema = {
        "type": "object",
        "propertyNames": _NAME,
        "additionalProperties": {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"enum": sorted(known)}},
            "allOf": [_of_type(name, known[name]) for name in sorted(known)],
        },
    }
    return Section("trackers", "trackers", schema, read, check=_check)


def _of_type(name: str, system: System) -> Mapping[str, Any]:
    return {
        "if": {"properties": {"type": {"const": name}}},
        "then": {
            "additionalProperties": False,
            "required": list(system.required),
            "properties": {"type": {}, **_COMMON, **system.schema},
        },
    }


def _read(source: Source, known: Mapping[str, System]) -> tuple[Bound, ...]:
    quieten()
    found: list[Bound] = []
    problems: list[Problem] = []
    for name, node in source.node("trackers", {}).items():
        try:
            found.append(_bound(source, name, node, known[node["type"]]))
        except Unusable as error:
            problems += [_placed(source, one, name) for one in error.problems]
    if problems:
        raise Unusable(problems)
    return tuple(found)


def _placed(source: Source, problem: Problem, name: str) -> Problem:
    """Return a problem with its place, which a system does not know."""
    if problem.position is not None:
        return problem
    path = ["trackers", name]
    return source.document.problem(problem.code, problem.message, path, hint=problem.hint)


def _bound(source: Source, name: str, node: Mapping[str, Any], system: System) -> Bound:
    def secret(key: str) -> Secret:
        return source.secret("trackers", name, key)

    terms = Terms(
        name=name,
        sealer=Sealer(source.secret("webhook", "token")),
        owner=node.get("owner", ""),
        queue=str(node.get(system.queue, "")),
        queues={team: str(place) for team, place in node.get("queues", {}).items()},
        statuses={**system.statuses, **_states(node.get("status", {}))},
        priorities={**system.priorities, **_priorities(node.get("priority", {}))},
        fields=node.get("fields", {}),
        wanted=_filter(source, name, node.get("when", {})),
        hidden=system.hidden,
        at_most=node.get("at_most_per_minute", _AT_MOST),
        every=seconds(_span(source, ("trackers", name, "every"), node.get("every", _EVERY), 1.0)),
        external_url=str(source.node("external_url", "")).rstrip("/"),
    )
    tracker = kept(system.open(node, secret), Tracker, f"what the tracker '{node['type']}' opens")
    return Bound(terms, tracker)


def _states(node: Mapping[str, str]) -> dict[State, str]:
    return {State(name): word for name, word in node.items()}


def _priorities(node: Mapping[str, str]) -> dict[Priority, str]:
    return {Priority(name): word for name, word in node.items()}


def _filter(source: Source, name: str, node: Mapping[str, Any]) -> Filter:
    path = ("trackers", name, "when", "after")
    return Filter(
        priorities=tuple(map(Priority, node.get("priorities", ()))),
        teams=tuple(node.get("teams", ())),
        sites=tuple(node.get("sites", ())),
        labels=node.get("labels", {}),
        after=seconds(_span(source, path, node.get("after", "0s"), 0.0)),
    )


def _span(source: Source, path: Sequence[str], text: str, least: float) -> float:
    """Return a duration in seconds.

    Raises:
        Unusable: It is none, or out of bounds.
    """
    try:
        found = parse_duration(text)
    except ValueError as error:
        raise Unusable([source.document.problem("bad-duration", str(error), path)]) from error
    if least <= found <= _MOST_SECONDS:
        return found
    message = f"must be from {least:g} s to {_MOST_SECONDS / 3600:g} h"
    raise Unusable([source.document.problem("bad-duration", message, path)])


def _check(source: Source, read: Mapping[str, Any]) -> Iterator[Problem]:
    policy: Policy | None = read.get("policy")
    for name, node in source.node("trackers", {}).items():
        if policy is not None:
            for path, team in _teams(name, node):
                if team not in policy.teams:
                    yield _unknown_team(source, path, team, policy)
        yield from _placeholders(source, name, node)


def _teams(name: str, node: Mapping[str, Any]) -> Iterator[tuple[list[str | int], str]]:
    """Yield the teams that a tracker names, each with its path."""
    if "owner" in node:
        yield ["trackers", name, "owner"], node["owner"]
    for team in node.get("queues", {}):
        yield ["trackers", name, "queues", team], team
    for number, team in enumerate(node.get("when", {}).get("teams", ())):
        yield ["trackers", name, "when", "teams", number], team


def _unknown_team(source: Source, path: Sequence[str | int], team: str, policy: Policy) -> Problem:
    hint = did_you_mean(team, policy.teams, otherwise="the policy says which teams there are")
    return source.document.problem(
        "unknown-team", f"the policy has no team '{team}'", path, hint=hint
    )


def _placeholders(source: Source, name: str, node: Mapping[str, Any]) -> Iterator[Problem]:
    for field, value in node.get("fields", {}).items():
        for strange in strange_placeholders(value):
            known = [*PLACEHOLDERS, "labels.NAME"]
            hint = did_you_mean(strange, known, otherwise=f"known here: {', '.join(known)}")
            message = f"no incident has '{strange}'"
            path = ["trackers", name, "fields", field]
            yield source.document.problem("unknown-placeholder", message, path, hint=hint)
