"""Texts that read labels which the expression does not leave, or misread its unit."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.conventions import ALERT_LABELS
from sothat.generator.draft import Draft
from sothat.generator.typecheck.alerts import text_findings
from sothat.model.problem import Problem

CODES = ("humanise-other-unit", "overwritten-label", "template-label-missing", "templated-summary")


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the problems of the alerts' texts and labels."""
    for alert in draft.catalogue.alerts:
        expression = draft.expression(alert.name)
        if "{{" in alert.summary:
            message = f"the summary of {alert.name} is a template"
            hint = "keep the headline static; put labels and values into the description"
            yield draft.problem("templated-summary", message, alert, hint=hint)
        for label in sorted((expression.labels or frozenset()) & frozenset(ALERT_LABELS)):
            message = f"the alert's own label '{label}' hides that of its series"
            hint = "aggregate it away: two series that differ in it alone would clash"
            yield draft.problem("overwritten-label", message, expression, hint=hint)
        texts = {"description": alert.description}
        for found in text_findings({}, texts, expression.type) if expression.type else ():
            finding = found.finding
            yield draft.problem(finding.code, finding.message, alert, hint=finding.hint)


CHECK = Check(codes=CODES, find=find)
