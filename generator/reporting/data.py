"""Problems as one JSON object."""

import json
from collections.abc import Sequence

from sothat.model.problem import Problem


def as_json(problems: Sequence[Problem]) -> str:
    """Return ``{"problems": [{code, severity, message, file, line, column, …}]}``."""
    return json.dumps({"problems": list(map(entry, problems))}, indent=2, ensure_ascii=False)


def entry(problem: Problem) -> dict[str, str | int]:
    """Return one problem; line and column are 0 where a file as a whole is meant."""
    position = problem.position
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "message": problem.message,
        "file": position.file if position else "",
        "line": position.line if position else 0,
        "column": position.column if position else 0,
        "rule": problem.rule,
        "expression": problem.expression,
        "hint": problem.hint,
    }
