"""The alert that speaks when a figure is not there at all."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sothat.generator.conventions import ALERT_LABELS
from sothat.generator.kind import Absence
from sothat.generator.promql import SIGNS, matchers_of, parse, quoted
from sothat.model.alert import Alert, Condition, Example, Inhibition
from sothat.model.duration import format_duration

SUFFIX = "Absent"
_MINUTE = 60.0
_LITERAL = re.compile(r"[\w .:/-]+")


def companion_of(alert: Alert, absence: Absence) -> Alert:
    """Return the alert for the absence of what an alert watches: same owner, DO and SO THAT."""
    labels = identity(absence.selector)
    return replace(
        alert,
        name=f"{alert.name}{SUFFIX}",
        kind="availability",
        summary=f"{alert.summary}: nothing is known, for its figures are missing",
        description=_description(labels),
        condition=_condition(alert, absence),
        inhibitions=tuple(i for i in alert.inhibitions if _survives(i, labels)),
        examples=_examples(absence, labels),
        made_for=alert.name,
    )


def identity(selector: str) -> Mapping[str, str]:
    """Return the labels that say what is missing: those that must be equal to a value."""
    try:
        tree = parse(selector)
    except ValueError:  # reported by its check, with the caret in the selector
        return MappingProxyType({})
    found = {
        str(m.name): str(m.value)
        for m in matchers_of(tree)
        if SIGNS[str(m.op)] == "=" and m.name != "__name__" and m.value
    }
    return MappingProxyType(found)


def _description(labels: Mapping[str, str]) -> str:
    named = ", ".join(f"{name} {{{{ $labels.{name} }}}}" for name in sorted(labels))
    what = f"Nothing reports for {named}" if named else "Nothing reports"
    return f"{what}. Whether the condition holds cannot be told: look for what went from sight."


def _condition(alert: Alert, absence: Absence) -> Condition:
    gone = format_duration(absence.for_seconds)
    expr = f"absent({absence.selector})"
    return Condition(
        words=f"The figures behind {alert.name} have been missing for {gone}",
        query=expr,
        expr=expr,
        threshold=None,
        for_seconds=absence.for_seconds,
        keep_firing_seconds=alert.condition.keep_firing_seconds,
        position=alert.condition.position,
        figure=expr,
        tuned=alert.condition.tuned,
    )


def _survives(inhibition: Inhibition, labels: Mapping[str, str]) -> bool:
    """Tell whether the companion has all labels that an inhibition compares."""
    return all(label in labels or label in ALERT_LABELS for label in inhibition.equal)


def _examples(absence: Absence, labels: Mapping[str, str]) -> tuple[Example, ...]:
    """Return what proves it: missing for longer than it may, and there."""
    at = absence.for_seconds + 2 * _MINUTE
    count = int(at / _MINUTE) + 2
    series = _sample(absence.selector)
    missing = Example("missing", (), _MINUTE, at, (labels,))
    there = Example("there", ((series, f"1x{count}"),), _MINUTE, at, ())
    return (missing, there) if series else (missing,)


def _sample(selector: str) -> str:
    """Return a series that a selector selects; empty where none is easily made."""
    try:
        tree = parse(selector)
    except ValueError:
        return ""
    values: dict[str, str] = {}
    for matcher in matchers_of(tree):
        value = _value(str(matcher.op), str(matcher.value))
        if value is None:
            return ""
        values.setdefault(str(matcher.name), value)
    inside = ",".join(f"{name}={quoted(value)}" for name, value in values.items() if value)
    return f"{tree.name or ''}{{{inside}}}"


def _value(operator: str, value: str) -> str | None:
    """Return a value that a matcher accepts, None where that is not plain."""
    match operator.removeprefix("MatchOp."):
        case "Equal":
            return value
        case "NotEqual":
            return "another" if value != "another" else "other"
        case "Re":
            options = value.split("|")
            if _LITERAL.fullmatch(options[0]):
                return options[0]
            return "x" if value in (".+", ".*") else None
        case _:
            return "" if value else None
