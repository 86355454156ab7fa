"""The incident service's policy: priorities with their clocks, teams, grouping."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.model.artefact import Artefact
from sothat.model.policy import Policy, PriorityTerms, Team


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the policy as JSON."""
    content = _policy(checked.catalogue.policy)
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    yield Artefact("incidents/policy.json", text)


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "priorities": {p.value: _terms(terms) for p, terms in policy.priorities.items()},
        "teams": {name: _team(team) for name, team in policy.teams.items()},
        "grouping": list(policy.grouping),
        "hours": _plain(policy.hours),
        "contracts": _plain(policy.contracts),
        "calendars": _plain(policy.calendars),
        "rotations": _plain(policy.rotations),
        "maintenance": _plain(policy.maintenance),
        "channels": _plain(policy.channels),
        "clients": _plain(policy.clients),
        "matrix": _plain(policy.matrix),
        "calendar": policy.calendar,
    }


def _plain(value: Any) -> Any:
    """Return data of the model as JSON has it."""
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple) else value


def _terms(terms: PriorityTerms) -> dict[str, Any]:
    return {
        "severity": terms.severity,
        "meaning": terms.meaning,
        "acknowledge_seconds": terms.acknowledge,
        "update_seconds": terms.update,
        "resolve_seconds": terms.resolve,
        "clocks": _plain(terms.clocks),
    }


def _team(team: Team) -> dict[str, Any]:
    return {
        "description": team.description,
        "channels": {priority.value: list(names) for priority, names in team.channels.items()},
        "escalation": list(team.escalation),
        "duties": list(team.duties),
    }


EMITTER: Emitter = emit
