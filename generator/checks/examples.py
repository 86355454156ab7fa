"""An alert that nothing shows to fire, or to stay quiet."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.alert import Alert
from sothat.model.problem import Problem
from sothat.runtime.forks import processors


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the alerts without tests from their expression that lack an example as well."""
    asked = [alert for alert in draft.catalogue.alerts if _lacking(alert)]
    draft.workshop.prepare(asked, processors())
    for alert in asked:
        if draft.workshop.cases(alert) or draft.expression(alert.name).error:
            continue  # of what is no PromQL nothing can be shown, and it is told already
        message = f"nothing proves that {alert.name} {' and '.join(_lacking(alert))}"
        hint = (
            "no test can be made from its expression: add to 'examples' series, the time to look, "
            "and what fires then"
        )
        yield draft.problem("unproven-alert", message, alert, hint=hint)


def _lacking(alert: Alert) -> list[str]:
    """Return what the examples of an alert do not show and should."""
    if _is_heartbeat(alert.condition.query):
        return []
    fires = any(example.fires for example in alert.examples)
    quiet = any(not example.fires for example in alert.examples)
    return [*([] if fires else ["fires"]), *([] if quiet else ["stays quiet"])]


def _is_heartbeat(query: str) -> bool:
    """Tell whether an alert is meant to fire always, as a watchdog does."""
    return query.replace(" ", "") == "vector(1)"


CHECK = Check(codes=("unproven-alert",), find=find, shares=True)
