"""Everything that is resolved of one alert, and where each value comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.generator.alert_route import alert_named
from sothat.generator.draft import Draft
from sothat.generator.layers import Layer, traced
from sothat.generator.notifying.routes import receiver_of
from sothat.generator.rule_texts import annotations, static_labels
from sothat.generator.typecheck import Type
from sothat.model.alert import Alert, Catalogue
from sothat.model.duration import format_duration, parse_duration

_SHORTENED = {
    "if.for": "for_seconds",
    "if.keep_firing_for": "keep_firing_seconds",
    "if.window": "window_seconds",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A resolved setting: its value as written, and the place that decides it."""

    key: str
    value: Any
    origin: str
    place: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What becomes of an alert; texts only, so that it prints and serialises alike.

    Attributes:
        made_for: The entry that the compiler made it for; empty for an entry's own alert.
        settings: Every setting with the place that decides it.
        type: Unit and labels of the expression's elements; ``unknown`` where nothing is known.
        muted_by: Alerts that mute it, with the labels that must agree.
        makes: Names of the other alerts and the recording rules that come of the same entry.
    """

    name: str
    kind: str
    made_for: str
    place: str
    settings: tuple[Source, ...]
    promql: str
    type: Mapping[str, str]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    route: Mapping[str, Any]
    muted_by: tuple[str, ...]
    mutes: tuple[str, ...]
    makes: tuple[str, ...]


def explain(draft: Draft, name: str) -> Explanation:
    """Return all that is known of an alert.

    Args:
        draft: What was read.
        name: The alert.

    Raises:
        Unusable: There is no such alert.
    """
    alert = alert_named(draft, name)
    catalogue = draft.catalogue
    entry = alert.made_for or alert.name
    return Explanation(
        name=alert.name,
        kind=alert.kind,
        made_for=alert.made_for,
        place=str(alert.position),
        settings=tuple(_settings(alert, draft.layers_of(alert))),
        promql=alert.condition.expr,
        type=_type(draft.expression(alert.name).type),
        labels=static_labels(alert, catalogue),
        annotations=annotations(alert, draft.values, draft.dashboard_urls.get(name, "")),
        route=_route(alert, draft),
        muted_by=tuple(f"{i.by} (equal {', '.join(i.equal)})" for i in alert.inhibitions),
        mutes=tuple(a.name for a in catalogue.alerts if any(i.by == name for i in a.inhibitions)),
        makes=tuple(name for name in _made(catalogue, entry) if name != alert.name),
    )


def _made(catalogue: Catalogue, entry: str) -> Iterator[str]:
    """Yield the names of the alerts and recording rules that come of an entry."""
    yield from (a.name for a in catalogue.alerts if entry in (a.name, a.made_for))
    yield from (rule.record for rule in catalogue.recordings if rule.made_for == entry)


def _settings(alert: Alert, layers: tuple[Layer, ...]) -> Iterator[Source]:
    for key, setting in traced(layers).items():
        yield Source(key, setting.value, setting.origin, str(setting.position))
        field = _SHORTENED.get(key)
        resolved = format_duration(getattr(alert.condition, field)) if field else ""
        if field and not alert.made_for and resolved != _shortest(setting.value):
            limit = f"limits.{key.removeprefix('if.')}"
            yield Source(key, resolved, "limit of the values", limit)


def _shortest(duration: str) -> str:
    return format_duration(parse_duration(duration))


def _type(found: Type | None) -> Mapping[str, str]:
    unit = found.unit.text if found and found.unit else "unknown"
    labels = found.labels.possible if found else None
    names = "unknown" if labels is None else ", ".join(sorted(labels)) or "none"
    return {"unit": unit, "labels": names}


def _route(alert: Alert, draft: Draft) -> Mapping[str, Any]:
    team = draft.catalogue.policy.teams.get(alert.owner)
    return {
        "receiver": receiver_of(alert.name, on_trial=alert.shadow is not None),
        "team": alert.owner,
        "channels": list(team.channels[alert.action.priority]) if team else [],
        "escalation": list(alert.action.escalation or (team.escalation if team else ())),
    }
