"""Texts that read labels which the expression does not leave, or misread its unit."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.conventions import ALERT_LABELS
from sothat.generator.draft import Draft
from sothat.generator.typecheck.alerts import text_findings
from sothat.generator.typecheck.template_syntax import template_mistake
from sothat.model.alert import Alert
from sothat.model.problem import Problem

CODES = (
    "bad-template",
    "humanise-other-unit",
    "overwritten-label",
    "template-label-missing",
    "templated-summary",
)


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the problems of the alerts' texts and labels."""
    for alert in draft.catalogue.alerts:
        expression = draft.expression(alert.name)
        yield from _of_texts(draft, alert)
        for label in sorted((expression.labels or frozenset()) & frozenset(ALERT_LABELS)):
            message = f"the alert's own label '{label}' hides that of its series"
            hint = "aggregate it away: two series that differ in it alone would clash"
            yield draft.problem("overwritten-label", message, expression, hint=hint)
        texts = {"description": alert.description}
        for found in text_findings({}, texts, expression.type) if expression.type else ():
            finding = found.finding
            yield draft.problem(finding.code, finding.message, alert, hint=finding.hint)


def _of_texts(draft: Draft, alert: Alert) -> Iterator[Problem]:
    """Yield the texts that should be no template, and a template that Prometheus refuses."""
    static = {
        "summary": alert.summary,
        "condition": alert.condition.words,
        "action": alert.action.text,
        "SO THAT": f"{alert.outcome.who} {alert.outcome.text}",
    }
    for name, text in static.items():
        if "{{" in text:
            message = f"the {name} of {alert.name} is a template"
            hint = "keep it static; put labels and values into the description"
            yield draft.problem("templated-summary", message, alert, hint=hint)
    mistake = template_mistake(alert.description)
    if mistake:
        message = f"the description of {alert.name} is no template: {mistake.message}"
        hint = "such as {{ $labels.site }} or {{ $value | humanizePercentage }}"
        yield draft.problem("bad-template", message, alert, hint=hint)


CHECK = Check(codes=CODES, find=find)
