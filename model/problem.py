"""Problems as data: what is wrong, where, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_EXCERPT_WIDTH = 100


class Severity(StrEnum):
    """How much a problem matters: an error refuses the input, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file, counted from 1; line and column 0 mean the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return ``file:line:column``, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    Attributes:
        code: Stable kebab-case name, also the stem of its page in the documentation.
        message: What is wrong, one sentence without a full stop.
        position: Where, or None when no file is to blame (a port in use).
        hint: What to do; empty when the message says it.
        severity: Whether it refuses the input.
        source: The line at the position, for the caret.
        rule: The alert or rule concerned, if any.
        expression: The PromQL concerned, if any.
    """

    code: str
    message: str
    position: Position | None = None
    hint: str = ""
    severity: Severity = Severity.ERROR
    source: str = ""
    rule: str = ""
    expression: str = ""


class Unusable(Exception):  # noqa: N818 – it is named for what the input is
    """Input or set-up that cannot be used; commands print its problems and exit with 2."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


def unusable(
    code: str, message: str, *, position: Position | None = None, hint: str = ""
) -> Unusable:
    """Return the exception for a single problem."""
    return Unusable([Problem(code, message, position, hint)])


def render(problem: Problem) -> str:
    """Return a problem as text: one headline, then the line with a caret and the hint.

    Example::

        building.yaml:14:5: error: unknown key 'prioritty' [unknown-key]
           14 |     prioritty: P2
              |     ^
           hint: did you mean 'priority'?
    """
    where = f"{problem.position}: " if problem.position else ""
    lines = [f"{where}{problem.severity}: {problem.message} [{problem.code}]"]
    if problem.source and problem.position and problem.position.line:
        number = str(problem.position.line)
        shown, column = _excerpt(problem.source, problem.position.column)
        lines.append(f"   {number} | {shown}")
        lines.append(f"   {' ' * len(number)} | {' ' * (column - 1)}^")
    if problem.hint:
        lines.append(f"   hint: {problem.hint}")
    return "\n".join(lines)


def _excerpt(source: str, column: int) -> tuple[str, int]:
    """Return the part of a line around a column that fits a terminal, and the column in it."""
    start = max(0, column - 1 - _EXCERPT_WIDTH // 2) if len(source) > _EXCERPT_WIDTH else 0
    part = source[start : start + _EXCERPT_WIDTH]
    return "".join(c if c.isprintable() else " " for c in part), column - start
