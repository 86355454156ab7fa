"""A threshold in another unit than the figure it judges, or in none where the figure has one."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.generator.thresholds import BASE_UNITS
from sothat.generator.typecheck import Unit, infer
from sothat.model.alert import Alert, Threshold
from sothat.model.problem import Position, Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the alerts whose threshold and query are certainly of different units."""
    for alert in draft.catalogue.alerts:
        for quantity, query in _judged(alert):
            found = _unit_of_query(alert, query, draft)
            fault = _fault(quantity, found) if found else None
            if fault:
                message, hint = fault
                expression = draft.expression(alert.name)
                at = None if quantity is not alert.condition.threshold else _place(draft, alert)
                yield draft.problem("threshold-unit", message, expression, hint=hint, at=at)


def _place(draft: Draft, alert: Alert) -> Position | None:
    """Return where the threshold stands; None where it does so in no file of the catalogue."""
    place = draft.place_of(alert, "if.threshold")
    return None if place == alert.position or not place.line else place


def _judged(alert: Alert) -> Iterator[tuple[Threshold, str]]:
    """Yield the quantities of an alert, each with the query whose values it judges."""
    condition = alert.condition
    if condition.threshold:
        yield condition.threshold, condition.query
    for amount in condition.amounts:
        yield amount, condition.figure


def _fault(threshold: Threshold, found: Unit) -> tuple[str, str] | None:
    if not threshold.unit:
        return _missing(threshold, found)
    if found.same_dimension(Unit.of(threshold.unit)):
        return None
    message = f"the threshold '{threshold.text}' is in {threshold.unit}, the query in {found.text}"
    return message, "bring both to one unit, or leave the threshold's unit out"


def _missing(threshold: Threshold, found: Unit) -> tuple[str, str] | None:
    """Return what is wrong with a bare number: 85 of a ratio, 250 of seconds, but never 0.

    A ratio up to 1 says what it means; beyond that, 85 may be 85 % or 85 times as much.
    """
    measured = any(found == Unit.of(base) for base in BASE_UNITS if base != "ratio")
    beyond = found == Unit.of("ratio") and abs(threshold.value) > 1
    if threshold.value == 0 or not (measured or beyond):
        return None
    message = f"the threshold '{threshold.text}' has no unit, the query is in {found.text}"
    return message, f"write the unit: {threshold.text}%" if beyond else "write the unit as well"


def _unit_of_query(alert: Alert, query: str, draft: Draft) -> Unit | None:
    if draft.expression(alert.name).error:
        return None
    return infer(query, draft.world).type.unit


CHECK = Check(codes=("threshold-unit",), find=find)
