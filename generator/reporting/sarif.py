"""Problems as SARIF 2.1.0, which code hosts show beside the lines of a change."""

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from sothat.model.problem import Problem

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(problems: Sequence[Problem]) -> str:
    """Return one SARIF log with one run."""
    codes = sorted({problem.code for problem in problems})
    driver = {"name": "sothat", "rules": [{"id": code} for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes) for problem in problems],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def _result(problem: Problem, codes: Sequence[str]) -> dict[str, Any]:
    text = f"{problem.message}. {problem.hint}".strip() if problem.hint else problem.message
    return {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": problem.severity.value,
        "message": {"text": text},
        "locations": _locations(problem),
    }


def _locations(problem: Problem) -> list[dict[str, Any]]:
    if problem.position is None:
        return []
    place: dict[str, Any] = {
        "artifactLocation": {"uri": PurePath(problem.position.file).as_posix()}
    }
    if problem.position.line:
        place["region"] = {
            "startLine": problem.position.line,
            "startColumn": problem.position.column,
        }
    return [{"physicalLocation": place}]
