"""Boards as Grafana's JSON against contracts."""

import json
from pathlib import Path
from typing import Any

import pytest
from sothat.generator.foreign.checking import Request, check_files


def codes(folder: Path, panels: list[dict[str, Any]], **board: Any) -> list[str]:
    path = folder / "board.json"
    path.write_text(json.dumps({"title": "B", "panels": panels, **board}, indent=2))
    outcome = check_files(Request(boards=[path], contracts=["node_exporter"]))
    assert outcome.unusable == ()
    return [problem.code for problem in outcome.problems]


def panel(expr: str) -> dict[str, Any]:
    return {"id": 1, "title": "P", "targets": [{"expr": expr, "refId": "A"}]}


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ('rate(node_cpu_seconds_total{instance="$instance"}[$__rate_interval])', []),
        ('rate(node_cpu_seconds_total{mode=~"$mode"}[${window}])', []),
        ("node_cpu_seconds_total", ["bare-counter"]),
        ("rate(node_cpu_secnds_total[5m])", ["unknown-metric"]),
        ("sum by (modes) (rate(node_cpu_seconds_total[5m]))", ["unknown-grouping-label"]),
        ("sum(", ["promql-syntax"]),
        ("node_load1 > $threshold", []),
    ],
)
def test_a_panel(tmp_path: Path, expr: str, expected: list[str]) -> None:
    assert codes(tmp_path, [panel(expr)]) == expected


def test_panels_in_rows_variables_and_annotations_count(tmp_path: Path) -> None:
    row = {"type": "row", "panels": [panel("nope1")]}
    variable = {"type": "query", "name": "v", "query": "label_values(nope2, instance)"}
    found = codes(
        tmp_path,
        [row],
        templating={"list": [variable]},
        annotations={"list": [{"name": "a", "expr": "nope3"}]},
    )
    assert found == ["unknown-metric"] * 3


def test_a_finding_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    path.write_text(json.dumps({"title": "B", "panels": [panel('nope{a="é"}')]}, indent=2))
    (problem,) = check_files(Request(boards=[path], contracts=["node_exporter"])).problems
    assert problem.position is not None
    line = path.read_text().splitlines()[problem.position.line - 1]
    assert line[problem.position.column - 1 :].startswith("nope{")


def test_a_board_as_a_resource_is_the_one_in_its_spec(tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    board = {"title": "B", "panels": [panel("nope")]}
    kind = {"apiVersion": "dashboard.grafana.app/v1beta1", "kind": "Dashboard"}
    path.write_text(json.dumps({**kind, "metadata": {"name": "b"}, "spec": board}))
    (problem,) = check_files(Request(boards=[path], contracts=["node_exporter"])).problems
    assert problem.code == "unknown-metric"
    assert problem.rule == "B"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "json-syntax"),
        ("[]", "not-a-board"),
        ('{"panels": 5}', "not-a-board"),
        ("{}", "not-a-board"),
        ('{"message": "Dashboard not found", "status": "not-found"}', "not-a-board"),
        (json.dumps({"elements": {"panel-1": {}}, "layout": {}, "title": "V2"}), "not-a-board"),
        (
            json.dumps({"apiVersion": "dashboard.grafana.app/v2", "spec": {"elements": {}}}),
            "not-a-board",
        ),
        (json.dumps({"apiVersion": "dashboard.grafana.app/v1", "spec": 7}), "not-a-board"),
        ("[" * 100_000, "nested-too-deep"),
    ],
)
def test_what_is_no_board_is_refused(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "b.json").write_text(text)
    (problem,) = check_files(Request(boards=[tmp_path / "b.json"])).unusable
    assert problem.code == code


@pytest.mark.parametrize(
    "board",
    [
        {"panels": [None, 5, "x", {"targets": None}, {"targets": [None, {"expr": 5}]}]},
        {"panels": [{"panels": 5}], "templating": None, "annotations": {"list": 3}},
        {"templating": {"list": [None, {"type": "query", "query": 5}]}},
    ],
)
def test_odd_shapes_are_passed_over(tmp_path: Path, board: dict[str, Any]) -> None:
    (tmp_path / "b.json").write_text(json.dumps(board))
    outcome = check_files(Request(boards=[tmp_path / "b.json"]))
    assert outcome.unusable == ()
