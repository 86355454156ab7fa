"""PromQL that does not parse."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft, Expression
from sothat.generator.promql import breaking_offset
from sothat.generator.typecheck.syntax_hints import syntax_hint
from sothat.model.problem import Problem

_PLACEHOLDER, _SAME_LENGTH = "$window", "000005m"


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the place where each broken expression stops being PromQL."""
    for expression in draft.expressions:
        if expression.error:
            yield _problem(draft, expression)


def _problem(draft: Draft, expression: Expression) -> Problem:
    text, unset = expression.written, _PLACEHOLDER in expression.text
    if not unset:
        # Offsets count in the text as written, so the stand-in is as long as the placeholder.
        text = text.replace(_PLACEHOLDER, _SAME_LENGTH)
    fault = breaking_offset(text)
    hint = (
        f"set 'window' to say what {_PLACEHOLDER} stands for"
        if unset
        else syntax_hint(str(expression.error), text[fault:])
    )
    at = draft.sources.inside(expression.position, expression.written, fault)
    message = f"not PromQL: {expression.error}"
    return draft.problem("promql-syntax", message, expression, at=at, hint=hint)


CHECK = Check(codes=("promql-syntax",), find=find, binding=True)
