"""Templates that read labels which the expression does not leave."""

import re
from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.alert import Alert
from sothat.model.problem import Problem

_READ = re.compile(r"\{\{[^}]*?(?:\$labels|\.Labels)\.(\w+)")


def find(draft: Draft) -> Iterator[Problem]:
    """Yield labels that a description reads in vain, and summaries that are no headline."""
    expressions = {expression.rule: expression for expression in draft.expressions}
    for alert in draft.catalogue.alerts:
        if "{{" in alert.summary:
            message = f"the summary of {alert.name} is a template"
            hint = "keep the headline static; put labels and values into the description"
            yield draft.problem("templated-summary", message, alert, hint=hint)
        labels = expressions[alert.name].labels
        if labels is not None:
            yield from _unread(draft, alert, labels)


def _unread(draft: Draft, alert: Alert, labels: frozenset[str]) -> Iterator[Problem]:
    for name in sorted(set(_READ.findall(alert.description)) - labels):
        message = f"the description reads the label '{name}', which the expression does not leave"
        hint = f"it leaves {', '.join(sorted(labels)) or 'no label at all'}"
        yield draft.problem("template-label-missing", message, alert, hint=hint)


CHECK = Check(codes=("template-label-missing", "templated-summary"), find=find)
