"""A threshold in another unit than the figure it judges."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.generator.typecheck import Unit, infer
from sothat.model.alert import Alert
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the alerts whose threshold and query are certainly of different units."""
    for alert in draft.catalogue.alerts:
        threshold = alert.condition.threshold
        found = _unit_of_query(alert, draft) if threshold and threshold.unit else None
        if found and threshold and not found.same_dimension(Unit.of(threshold.unit)):
            units = f"is in {threshold.unit}, the query in {found.text}"
            message = f"the threshold '{threshold.text}' {units}"
            hint = "bring both to one unit, or leave the threshold's unit out"
            yield draft.problem("threshold-unit", message, draft.expression(alert.name), hint=hint)


def _unit_of_query(alert: Alert, draft: Draft) -> Unit | None:
    if draft.expression(alert.name).error:
        return None
    return infer(alert.condition.query, draft.world).type.unit


CHECK = Check(codes=("threshold-unit",), find=find)
