"""Plain rules as drafts: all that a machine can know, nothing that it cannot."""

import json
from pathlib import Path

import pytest
from sothat.generator.foreign.importing import draft_alerts, draft_recordings
from sothat.generator.foreign.rules import read_rules
from sothat.runtime.documents import parse_document

RULES = """\
groups:
  - rules:
      - record: a:b
        expr: sum(x)
      - alert: disk_full
        expr: (1 - free / size) > 0.9
        for: 5m
        labels: {severity: warning}
        annotations: {summary: 'Disk {{ $labels.device }} is full', description: Full}
      - alert: disk_full
        expr: ((free / size < -1e-2))
        labels: {severity: critical}
      - alert: Both
        expr: a > 1 and b > 2
      - alert: Matched
        expr: a > on (x) b
"""


def drafts(tmp_path: Path) -> list[dict[str, object]]:
    (tmp_path / "r.yaml").write_text(RULES)
    rules, _ = read_rules(tmp_path / "r.yaml")
    text = draft_alerts(rules, "storage", "platform-sre", "r.yaml")
    alerts: list[dict[str, object]] = parse_document(text, "draft.yaml").data["alerts"]
    return alerts


def test_a_comparison_with_a_number_becomes_a_threshold(tmp_path: Path) -> None:
    conditions = [alert["if"] for alert in drafts(tmp_path)]
    assert conditions == [
        {
            "condition": "(1 - free / size) > 0.9",
            "query": "(1 - free / size)",
            "threshold": "> 0.9",
            "for": "5m",
        },
        {"condition": "free / size < -0.01", "query": "free / size", "threshold": "< -0.01"},
        {"condition": "a > 1 and b > 2", "query": "a > 1 and b > 2"},
        {"condition": "a > on (x) b", "query": "a > on (x) b"},
    ]


@pytest.mark.parametrize(
    ("expr", "query", "threshold"),
    [
        ("# Full\n(a > 1)", "a", "> 1"),
        ("(a > 1)  # full", "a", "> 1"),
        ("a > Inf", "a > Inf", None),
        ("a < -Inf", "a < -Inf", None),
    ],
)
def test_comments_and_what_is_no_number(
    tmp_path: Path, expr: str, query: str, threshold: str | None
) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(json.dumps({"groups": [{"rules": [{"alert": "A", "expr": expr}]}]}))
    text = draft_alerts(read_rules(file)[0], "storage", "platform-sre", "r.yaml")
    (alert,) = parse_document(text, "draft.yaml").data["alerts"]
    assert (alert["if"]["query"], alert["if"].get("threshold")) == (query, threshold)


def test_names_are_made_fit_and_unique(tmp_path: Path) -> None:
    names = [alert["name"] for alert in drafts(tmp_path)]
    assert names == ["DiskFull", "DiskFullCritical", "Both", "Matched"]


def test_a_headline_is_static(tmp_path: Path) -> None:
    assert drafts(tmp_path)[0]["summary"] == "Disk full"


def test_do_and_so_that_are_left_to_people(tmp_path: Path) -> None:
    assert all("do" not in alert and "so_that" not in alert for alert in drafts(tmp_path))


def test_recordings_come_along(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(RULES)
    rules, _ = read_rules(tmp_path / "r.yaml")
    data = parse_document(draft_recordings(rules, "r.yaml"), "draft.yaml").data
    assert data["recordings"] == [{"record": "a:b", "help": "", "labels": [], "expr": "sum(x)"}]
