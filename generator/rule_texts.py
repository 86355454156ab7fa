"""Labels and annotations of an alert, shared by all that speak of it."""

from sothat.generator.conventions import BOARD_PATH, RUNBOOK_PATH, slug
from sothat.generator.values import Values
from sothat.model.alert import Alert, Catalogue


def static_labels(alert: Alert, catalogue: Catalogue) -> dict[str, str]:
    """Return the labels that every firing of the alert carries."""
    priority = alert.action.priority
    return {
        "priority": priority.value,
        "severity": catalogue.policy.priorities[priority].severity,
        "team": alert.owner,
        "domain": alert.domain,
        "kind": alert.kind,
        "outcome": slug(alert.outcome.kpi),
        **alert.labels,
    }


def annotations(alert: Alert, values: Values) -> dict[str, str]:
    """Return the texts and links that a firing brings along; a board only where there is one."""
    texts = {
        "summary": alert.summary,
        "description": alert.description,
        "if": alert.condition.words,
        "do": alert.action.text,
        "so_that": f"{alert.outcome.who} {alert.outcome.text}",
        "runbook_url": f"{values.url('incidents')}{RUNBOOK_PATH}{alert.name}",
    }
    if alert.board:
        texts["dashboard_url"] = f"{values.url('grafana')}{BOARD_PATH}{alert.board}"
    return texts
