"""Problems in the forms that machines read."""

import json

from sothat.generator.reporting import FORMATS
from sothat.model.problem import Position, Problem, Severity

PROBLEMS = (
    Problem("unknown-metric", "no such", Position("a,b:c.yaml", 3, 7), "try\nthis", rule="R"),
    Problem("note", "100% sure", None, severity=Severity.WARNING),
)


def test_json_has_the_promised_fields() -> None:
    first = json.loads(FORMATS["json"](PROBLEMS))["problems"][0]
    assert first == {
        "code": "unknown-metric",
        "severity": "error",
        "message": "no such",
        "file": "a,b:c.yaml",
        "line": 3,
        "column": 7,
        "rule": "R",
        "expression": "",
        "hint": "try\nthis",
    }


def test_sarif_points_at_rule_and_place() -> None:
    log = json.loads(FORMATS["sarif"](PROBLEMS))
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["note", "unknown-metric"]
    first, second = run["results"]
    assert first["ruleIndex"] == 1
    place = first["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 3, "startColumn": 7}
    assert second["locations"] == []
    assert second["level"] == "warning"


def test_annotations_escape_what_would_end_them() -> None:
    assert FORMATS["github"](PROBLEMS).splitlines() == [
        "::error file=a%2Cb%3Ac.yaml,title=unknown-metric,line=3,col=7::no such%0Ahint: try%0Athis",
        "::warning title=note::100%25 sure",
    ]


def test_text_counts() -> None:
    assert FORMATS["text"](()) == "no problems"
    assert FORMATS["text"](PROBLEMS).endswith("1 problem, 1 warning")
