"""Problems as text for a terminal."""

from collections.abc import Sequence

from sothat.model.problem import Problem, Severity, render


def as_text(problems: Sequence[Problem]) -> str:
    """Return the problems one after the other, and how many there are."""
    if not problems:
        return "no problems"
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    counts = [_count(errors, "problem"), _count(len(problems) - errors, "warning")]
    return "\n".join([*map(render, problems), ", ".join(filter(None, counts))])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}" if number else ""
