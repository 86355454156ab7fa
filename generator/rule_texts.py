"""Labels and annotations of an alert, shared by all that speak of it."""

from sothat.generator.conventions import RUNBOOK_PATH, SHADOW_LABEL, slug
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
        **({SHADOW_LABEL: "true"} if alert.shadow else {}),
        **alert.labels,
    }


def annotations(alert: Alert, values: Values, dashboard_url: str = "") -> dict[str, str]:
    """Return the texts and links that a firing brings along.

    Args:
        alert: The alert.
        values: Where the services of the environment are.
        dashboard_url: Where its figure is drawn (see `board_urls`); empty: nowhere.
    """
    texts = {
        "summary": alert.summary,
        "description": alert.description,
        "if": alert.condition.words,
        "do": alert.action.text,
        "so_that": f"{alert.outcome.who} {alert.outcome.text}",
        "runbook_url": f"{values.url('incidents')}{RUNBOOK_PATH}{alert.name}",
    }
    if dashboard_url:
        texts["dashboard_url"] = dashboard_url
    return texts
