"""What the type system finds: series, labels, units and functions that cannot go together."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.problem import Problem

CODES = (
    "average-of-ratios",
    "bare-counter",
    "constant-comparison",
    "gauge-function-of-counter",
    "idle-guard",
    "impossible-match",
    "impossible-matcher",
    "many-to-many",
    "quantile-of-non-histogram",
    "quantile-of-totals",
    "quantile-out-of-range",
    "quantile-without-le",
    "range-too-short",
    "rate-of-gauge",
    "sum-before-rate",
    "unit-mismatch",
    "unknown-grouping-label",
    "unknown-label",
    "unknown-matching-label",
    "unknown-metric",
)


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the findings in all expressions, each at its place in the file."""
    for expression in draft.expressions:
        for finding in expression.inference.findings if expression.inference else ():
            at = draft.place(expression, finding.offset)
            yield draft.problem(finding.code, finding.message, expression, at=at, hint=finding.hint)


CHECK = Check(codes=CODES, find=find)
