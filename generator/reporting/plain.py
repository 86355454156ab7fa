"""Problems as text for a terminal."""

from collections.abc import Sequence

from sothat.model.problem import Problem, render


def as_text(problems: Sequence[Problem]) -> str:
    """Return the problems one after the other, and how many there are."""
    if not problems:
        return "no problems"
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    return "\n".join([*map(render, problems), count])
