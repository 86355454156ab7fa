"""An alert of the catalogue as Alertmanager would see it firing, and its path to people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.draft import Draft
from sothat.generator.notifying.configuration import configuration_of
from sothat.generator.notifying.plan import plan_of
from sothat.generator.routing.configuration import Configuration
from sothat.generator.routing.explaining import Path, explain_path
from sothat.generator.routing.matcher import Labels, all_match
from sothat.generator.routing.reading import read_configuration
from sothat.generator.rule_texts import static_labels
from sothat.model.alert import Alert
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem, Severity, unusable
from sothat.runtime.documents import Document


@dataclass(frozen=True, slots=True)
class Firing:
    """A firing alert: its name, and what it carries beside the labels of every firing."""

    name: str
    labels: Mapping[str, str]


def routing_of(draft: Draft | CheckedCatalogue) -> Configuration:
    """Return the compiled configuration of an Alertmanager."""
    data = configuration_of(plan_of(draft.catalogue, draft.values))
    return read_configuration(Document("alertmanager.yml", data, ()))


def path_of(
    draft: Draft, firing: Firing, at: datetime, others: Sequence[Firing] = ()
) -> tuple[Path, tuple[Problem, ...]]:
    """Return the path of an alert of the catalogue, and warnings about labels that do not fit.

    Args:
        draft: A catalogue whose policy is sound.
        firing: The alert.
        at: When, aware of its zone.
        others: Other alerts of the catalogue that fire then.

    Raises:
        Unusable: There is no such alert.
    """
    every = [(alert_named(draft, each.name), each) for each in (firing, *others)]
    labels, *further = (labels_of(draft, alert, each) for alert, each in every)
    warnings = (problem for alert, each in every for problem in _unfit(draft, alert, each))
    path = explain_path(routing_of(draft), labels, at, further)
    return path, tuple(warnings)


def alert_named(draft: Draft, name: str) -> Alert:
    """Return an alert of the catalogue.

    Raises:
        Unusable: There is none of this name.
    """
    alerts = {alert.name: alert for alert in draft.catalogue.alerts}
    if name in draft.left_out:
        hint = f"to have it after all, name it under 'alerts' of a pack: {name}: {{}}"
        raise unusable("unknown-alert", f"'{name}' is left out: {draft.left_out[name]}", hint=hint)
    if name not in alerts:
        made = ", ".join(alert.name for alert in alerts.values() if alert.made_for == name)
        otherwise = f"its alerts are {made}" if made else "see the index of the runbooks"
        hint = otherwise if made else did_you_mean(name, alerts, otherwise=otherwise)
        raise unusable("unknown-alert", f"no alert '{name}'", hint=hint)
    return alerts[name]


def labels_of(draft: Draft, alert: Alert, firing: Firing) -> Labels:
    """Return all labels of a firing; those that every firing has win, as in Prometheus."""
    fixed = _fixed(draft, alert)
    return fixed | {name: value for name, value in firing.labels.items() if name not in fixed}


def _fixed(draft: Draft, alert: Alert) -> dict[str, str]:
    """Return what every firing of an alert carries."""
    return {"alertname": alert.name, **static_labels(alert, draft.catalogue)}


def carried(draft: Draft, alert: Alert) -> frozenset[str] | None:
    """Return the labels that an alert's expression leaves; None: any."""
    return draft.expression(alert.name).labels


def _unfit(draft: Draft, alert: Alert, firing: Firing) -> Iterator[Problem]:
    fixed, possible = _fixed(draft, alert), carried(draft, alert)
    for name, value in firing.labels.items():
        if name in fixed and fixed[name] != value:
            message = f'every firing of {alert.name} has {name}="{fixed[name]}", not "{value}"'
            yield _warning(message, "the label given is left out of account")
        elif name not in fixed and possible is not None and name not in possible:
            hint = f"it carries {', '.join(sorted(possible)) or 'none of its own'}"
            yield _warning(f"{alert.name} never carries the label '{name}'", hint)


def _warning(message: str, hint: str) -> Problem:
    return Problem("label-never-carried", message, hint=hint, severity=Severity.WARNING)


def possible_sources(draft: Draft, configuration: Configuration) -> Mapping[str, tuple[str, ...]]:
    """Return by an inhibition's source, as printed, the alerts of the catalogue that match it."""
    static = {alert.name: _fixed(draft, alert) for alert in draft.catalogue.alerts}
    return {
        "{" + ", ".join(map(str, rule.source)) + "}": tuple(
            name for name, labels in static.items() if all_match(rule.source, labels)
        )
        for rule in configuration.inhibit_rules
    }
