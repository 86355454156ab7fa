"""Inhibitions that mute nothing, too much, or themselves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sothat.generator.checked import Check
from sothat.generator.circles import circles
from sothat.generator.conventions import ALERT_LABELS
from sothat.generator.draft import Draft
from sothat.model.alert import Alert, Inhibition
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Position, Problem

Carried = Mapping[str, frozenset[str] | None]


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each inhibition whose source or labels do not fit."""
    carried = {alert.name: _carried(draft, alert) for alert in draft.catalogue.alerts}
    yield from _once(_of_alerts(draft, carried))
    for alert, circle in _circles(draft.catalogue.alerts):
        message = f"{' is muted by '.join((*circle, circle[0]))}: when all fire, nobody hears of it"
        hint = "let the cause mute the effect, and not the other way round"
        at = _of_graph(alert, circle[1])
        yield draft.problem("inhibition-circle", message, alert, hint=hint, at=at)


def _once(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield what one line of the graph says of many alerts once."""
    seen = set()
    for problem in problems:
        said = (problem.code, problem.message, problem.position)
        if said not in seen:
            seen.add(said)
            yield problem


def _of_alerts(draft: Draft, carried: Carried) -> Iterator[Problem]:
    for alert in draft.catalogue.alerts:
        for inhibition in alert.inhibitions:
            if inhibition.by in draft.lost:
                continue
            if inhibition.by == alert.name:
                message, at = f"{alert.name} would mute itself", inhibition.position
                yield draft.problem("inhibition-of-itself", message, alert, hint="remove it", at=at)
            elif inhibition.by not in carried:
                yield _unknown(draft, alert, inhibition)
            else:
                yield from _labels(draft, alert, inhibition, carried)


def _of_graph(alert: Alert, by: str) -> Position | None:
    """Return where an inhibition stands, None where the alert says it itself."""
    return next((i.position for i in alert.inhibitions if i.by == by), None)


def _carried(draft: Draft, alert: Alert) -> frozenset[str] | None:
    """Return the labels that an alert can carry beside those of every alert; None: any."""
    found = draft.expression(alert.name).labels
    return None if found is None else found | frozenset(alert.labels)


def _unknown(draft: Draft, alert: Alert, inhibition: Inhibition) -> Problem:
    names = [other.name for other in draft.catalogue.alerts]
    hint = did_you_mean(inhibition.by, names, otherwise="name an alert of this catalogue")
    message = f"{alert.name} is inhibited by '{inhibition.by}', which is no alert"
    return draft.problem("unknown-inhibitor", message, alert, hint=hint)


def _labels(
    draft: Draft,
    alert: Alert,
    inhibition: Inhibition,
    carried: Carried,
) -> Iterator[Problem]:
    for name in (inhibition.by, alert.name):
        labels = carried[name]
        for label in inhibition.equal:
            if labels is not None and label not in labels and label not in ALERT_LABELS:
                message = f"{name} never carries the label '{label}' that inhibition compares"
                hint = (
                    "a label missing on both sides counts as equal: compare one that both have, "
                    "or say that your scrapes add it: target_labels in the values"
                )
                at = inhibition.position
                yield draft.problem("inhibition-label-missing", message, alert, hint=hint, at=at)


def _circles(alerts: Sequence[Alert]) -> Iterator[tuple[Alert, tuple[str, ...]]]:
    """Yield the alerts that mute each other, once for each circle."""
    muting = {alert.name: {i.by for i in alert.inhibitions} - {alert.name} for alert in alerts}
    by_name = {alert.name: alert for alert in alerts}
    for circle in circles(muting):
        yield by_name[circle[0]], circle


CHECK = Check(
    codes=(
        "unknown-inhibitor",
        "inhibition-label-missing",
        "inhibition-of-itself",
        "inhibition-circle",
    ),
    find=find,
)
