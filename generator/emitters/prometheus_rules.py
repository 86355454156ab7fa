"""Prometheus' rule files: one a domain, and one a group of recording rules."""

from collections.abc import Iterator
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.conventions import GROUP_PREFIX
from sothat.generator.emitter import Emitter
from sothat.generator.groups import recording_groups
from sothat.generator.rule_texts import annotations, static_labels
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.alert import Alert, Recording
from sothat.model.artefact import Artefact
from sothat.model.duration import format_duration


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the rule files."""
    catalogue = checked.catalogue
    for domain in sorted({alert.domain for alert in catalogue.alerts}):
        rules = [_alert(alert, checked) for alert in catalogue.alerts if alert.domain == domain]
        yield _file(domain, rules)
    for group in recording_groups(catalogue):
        yield _file(group.name, [_recording(rule) for rule in group.rules])


def _file(name: str, rules: list[dict[str, Any]]) -> Artefact:
    groups = {"groups": [{"name": f"{GROUP_PREFIX}{name}", "rules": rules}]}
    return Artefact(f"prometheus/rules/{name}.yaml", to_yaml(groups, HEADER))


def _alert(alert: Alert, checked: CheckedCatalogue) -> dict[str, Any]:
    condition = alert.condition
    rule: dict[str, Any] = {"alert": alert.name, "expr": condition.expr}
    if condition.for_seconds:
        rule["for"] = format_duration(condition.for_seconds)
    if condition.keep_firing_seconds:
        rule["keep_firing_for"] = format_duration(condition.keep_firing_seconds)
    rule["labels"] = static_labels(alert, checked.catalogue)
    rule["annotations"] = annotations(alert, checked.values)
    return rule


def _recording(recording: Recording) -> dict[str, Any]:
    return {"record": recording.record, "expr": recording.expr}


EMITTER: Emitter = emit
