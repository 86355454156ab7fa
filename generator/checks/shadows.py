"""Alerts on trial: a trial ends, on a day that exists."""

from collections.abc import Iterator
from datetime import date

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.alert import Alert
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the trials that are over, and those that end on no day."""
    for alert in draft.catalogue.alerts:
        if alert.shadow and not alert.made_for:
            yield from _of_trial(draft, alert, alert.shadow.until)


def _of_trial(draft: Draft, alert: Alert, until: str) -> Iterator[Problem]:
    try:
        last = date.fromisoformat(until)
    except ValueError:
        yield draft.problem("impossible-date", f"there is no {until}", alert)
        return
    if draft.today is not None and last < draft.today:
        message = f"its time in shadow ended on {until}, and nobody has decided"
        hint = f"look at its evidence: sothat shadow list; then promote or drop {alert.name}"
        yield draft.problem("expired-shadow", message, alert, hint=hint)


CHECK = Check(("expired-shadow", "impossible-date"), find)
