"""An alert that nothing shows to fire, or to stay quiet."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.generator.proving.synthesis import workshop_for
from sothat.model.alert import Alert
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the alerts without tests from their expression that lack an example as well."""
    workshop = workshop_for(draft.catalogue, draft.world.series)
    for alert in draft.catalogue.alerts:
        lacking = [] if _is_heartbeat(alert.condition.query) else list(_lacking(alert))
        if not lacking or workshop.cases(alert):
            continue
        message = f"nothing proves that {alert.name} {' and '.join(lacking)}"
        hint = (
            "no test can be made from its expression: add to 'examples' series, the time to look, "
            "and what fires then"
        )
        yield draft.problem("unproven-alert", message, alert, hint=hint)


def _lacking(alert: Alert) -> Iterator[str]:
    """Yield what the examples of an alert do not show."""
    if not any(example.fires for example in alert.examples):
        yield "fires"
    if all(example.fires for example in alert.examples):
        yield "stays quiet"


def _is_heartbeat(query: str) -> bool:
    """Tell whether an alert is meant to fire always, as a watchdog does."""
    return query.replace(" ", "") == "vector(1)"


CHECK = Check(codes=("unproven-alert",), find=find)
