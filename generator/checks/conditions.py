"""An alert's expression as a condition: it must be able to be silent, and to say what is wrong."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.generator.typecheck.alerts import alert_findings
from sothat.model.problem import Problem

CODES = ("absent-without-labels", "missing-comparison", "picking-in-alert")


def find(draft: Draft) -> Iterator[Problem]:
    """Yield what keeps expressions from being conditions."""
    for alert in draft.catalogue.alerts:
        expression = draft.expression(alert.name)
        if expression.inference is None:  # reported as what it is
            continue
        for finding in alert_findings(expression.aligned, expression.inference, draft.world):
            at = draft.place(expression, finding.offset)
            yield draft.problem(finding.code, finding.message, expression, at=at, hint=finding.hint)


CHECK = Check(codes=CODES, find=find)
