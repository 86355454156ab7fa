"""PromQL that does not parse."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.generator.promql import breaking_offset
from sothat.model.problem import Problem

_PLACEHOLDER, _SAME_LENGTH = "$window", "00005m "


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the place where each broken expression stops being PromQL."""
    for expression in draft.expressions:
        if expression.error:
            # Offsets count in the text as written, so the stand-in is as long as the placeholder.
            text = expression.written.replace(_PLACEHOLDER, _SAME_LENGTH)
            at = draft.place(expression, breaking_offset(text))
            hint = (
                "set 'window' to say what $window stands for"
                if "$window" in expression.text
                else ""
            )
            yield draft.problem(
                "promql-syntax", f"not PromQL: {expression.error}", expression, at=at, hint=hint
            )


CHECK = Check(codes=("promql-syntax",), find=find)
