"""The rules as data, one document a file: what Prometheus, the operator and the rulers are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.groups import RuleGroup, alert_groups, recording_groups
from sothat.generator.rule_texts import annotations, static_labels
from sothat.generator.yaml_text import to_yaml
from sothat.model.alert import Alert, Recording
from sothat.model.duration import format_duration
from sothat.model.problem import unusable

Json = dict[str, Any]


def rule_files(checked: CheckedCatalogue) -> Mapping[str, list[Json]]:
    """Return the groups of each rule file, by the file's stem.

    Raises:
        Unusable: A domain has the name of a file of recording rules.
    """
    catalogue = checked.catalogue
    urls = checked.dashboard_urls
    files: dict[str, list[Json]] = {}
    for group in alert_groups(catalogue):
        rules = [_alert(alert, checked, urls.get(alert.name, "")) for alert in group.rules]
        files.setdefault(group.file, []).append(_group(group.name, rules))
    domains = frozenset(files)
    for recordings in sorted(recording_groups(catalogue), key=_place):
        if recordings.file in domains:
            message = f"a domain and a file of recording rules are both called {recordings.file}"
            raise unusable("artefact-clash", message, hint="rename one of the two")
        rules = [_recording(rule) for rule in recordings.rules]
        files.setdefault(recordings.file, []).append(_group(recordings.name, rules))
    return files


@dataclass(frozen=True, slots=True)
class GroupText:
    """A group as YAML, indented as an item of ``groups`` at the top of a document."""

    name: str
    text: str


def group_texts(checked: CheckedCatalogue) -> Mapping[str, list[GroupText]]:
    """Return the groups of each rule file as text; see `rule_files`."""
    head = "groups:\n"
    return {
        stem: [
            GroupText(group["name"], to_yaml({"groups": [group]}, "").removeprefix(head))
            for group in groups
        ]
        for stem, groups in rule_files(checked).items()
    }


def _place(group: RuleGroup[Recording]) -> tuple[str, int]:
    """Return where a group stands among all: by file and number, whatever it reads."""
    return group.file, int(group.name.rpartition("-")[2])


def _group(name: str, rules: list[Json]) -> Json:
    return {"name": name, "rules": rules}


def _alert(alert: Alert, checked: CheckedCatalogue, board_url: str) -> Json:
    condition = alert.condition
    rule: Json = {"alert": alert.name, "expr": condition.expr}
    if condition.for_seconds:
        rule["for"] = format_duration(condition.for_seconds)
    if condition.keep_firing_seconds:
        rule["keep_firing_for"] = format_duration(condition.keep_firing_seconds)
    rule["labels"] = static_labels(alert, checked.catalogue)
    rule["annotations"] = annotations(alert, checked.values, board_url)
    return rule


def _recording(recording: Recording) -> Json:
    return {"record": recording.record, "expr": recording.expr}
