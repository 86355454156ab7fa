"""The page of all alerts: the promise of each, from the compiled rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from ..blocks import ROOT  # noqa: TID252 – tests of one tree
from .table import cell, code, table

_RULES = ROOT / "compiled" / "prometheus" / "rules"
_RUNBOOKS = "../../compiled/runbooks"
_INTRODUCTION = """# Alerts

Every alert of the shipped catalogue, by domain: {count} alerts, each with its promise. The name
leads to its runbook: first checks, decisions, query, escalation. All settings of one:
`sothat explain ALERT`; who hears of it: [`sothat route`](route.md). Which requirement each serves:
[coverage](coverage.md). Written by `python -m tests.house.reference`.
"""


@dataclass(frozen=True, slots=True)
class Alert:
    """What the page says of an alert."""

    name: str
    domain: str
    priority: str
    team: str
    kind: str
    condition: str
    action: str
    outcome: str


def page() -> str:
    """Return the page."""
    alerts = all_alerts()
    return "\n".join([_INTRODUCTION.format(count=len(alerts)), *_sections(alerts)])


def all_alerts() -> tuple[Alert, ...]:
    """Return the alerts of the compiled rules; several rules of one name are one alert."""
    found: dict[str, Alert] = {}
    for file in sorted(_RULES.glob("*.yaml")):
        document = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for rule in (rule for group in document["groups"] for rule in group["rules"]):
            if "alert" in rule:
                found.setdefault(rule["alert"], _alert(rule))
    return tuple(sorted(found.values(), key=lambda one: (one.domain, one.priority, one.name)))


def _alert(rule: Mapping[str, Any]) -> Alert:
    labels, said = rule["labels"], rule["annotations"]
    return Alert(
        rule["alert"],
        labels["domain"],
        labels["priority"],
        labels["team"],
        labels["kind"],
        said["if"],
        said["do"],
        said["so_that"],
    )


def _sections(alerts: Sequence[Alert]) -> Iterator[str]:
    head = ("alert", "priority, team, kind", "IF", "DO", "SO THAT")
    for domain in dict.fromkeys(alert.domain for alert in alerts):
        yield f"## {domain}\n"
        yield table(head, [_row(alert) for alert in alerts if alert.domain == domain])


def _row(alert: Alert) -> tuple[str, ...]:
    name = f"[{alert.name}]({_RUNBOOKS}/{alert.name}.md)"
    about = f"{alert.priority}, {code(alert.team)}, {alert.kind}"
    return name, about, cell(alert.condition), cell(alert.action), cell(alert.outcome)
