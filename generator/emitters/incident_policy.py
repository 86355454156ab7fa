"""The incident service's policy: priorities, teams, grouping, and what depends on what.

Only the channels that the service delivers to are those of a team here; Alertmanager's own come
with their hours, but without what belongs to Alertmanager alone.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.dependencies import AlertNames
from sothat.generator.emitter import Emitter
from sothat.model.alert import Catalogue
from sothat.model.artefact import Artefact
from sothat.model.dependencies import Mention
from sothat.model.policy import Channel, Policy, PriorityTerms, Rotation, Team

# What few rotations have; an older service that knows nothing of it reads the others as ever.
_SELDOM = ("ends", "otherwise")


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the policy as JSON."""
    catalogue = checked.catalogue
    content = {**_policy(catalogue.policy), "components": _components(catalogue)}
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    yield Artefact("incidents/policy.json", text)


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "priorities": {p.value: _terms(terms) for p, terms in policy.priorities.items()},
        "teams": {name: _team(team, policy) for name, team in policy.teams.items()},
        "grouping": list(policy.grouping),
        "hours": _plain(policy.hours),
        "contracts": _plain(policy.contracts),
        "calendars": _plain(policy.calendars),
        "rotations": {name: _rotation(each) for name, each in policy.rotations.items()},
        "maintenance": _plain(policy.maintenance),
        "channels": {name: _channel(channel) for name, channel in policy.channels.items()},
        "clients": _plain(policy.clients),
        "matrix": _plain(policy.matrix),
        "calendar": policy.calendar,
        "owner": policy.owner,
        "escalation": _plain(policy.escalation),
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


def _team(team: Team, policy: Policy) -> dict[str, Any]:
    own = {
        priority.value: list(policy.delivered(names)) for priority, names in team.channels.items()
    }
    return {
        "description": team.description,
        "channels": own,
        "escalation": list(team.escalation),
        "duties": list(team.duties),
        "seats": _plain(team.seats),
        **({"ladders": list(team.ladders)} if team.ladders else {}),
    }


def _rotation(rotation: Rotation) -> dict[str, Any]:
    found: dict[str, Any] = _plain(rotation)
    return {key: value for key, value in found.items() if value or key not in _SELDOM}


def _channel(channel: Channel) -> dict[str, Any]:
    found = {key: getattr(channel, key) for key in ("description", "type", "hours", "calendar")}
    return {key: value for key, value in found.items() if value}


def _components(catalogue: Catalogue) -> dict[str, Any]:
    """Return the graph, each name in it as the alerts that it stands for."""
    names = AlertNames(catalogue.alerts)

    def alerts(mentions: Iterable[Mention]) -> list[str]:
        return [alert.name for m in mentions for alert in names.standing_for(m.name)]

    return {
        name: {
            "identity": list(component.identity),
            "down": alerts(component.down),
            "alerts": alerts(component.alerts),
            "needs": {need.component.name: list(need.labels) for need in component.needs},
        }
        for name, component in catalogue.components.items()
    }


EMITTER: Emitter = emit
