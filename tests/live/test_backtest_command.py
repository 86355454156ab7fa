"""The command as people use it, on a real Prometheus with a made-up history."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import responses
from sothat.commands import _main

from .history import Made, prometheus, write

MINUTE = 60_000
# A Thursday in 2026, on a multiple of all intervals that are used here.
START = 1_767_225_600_000
RULES = """
groups:
  - name: g
    interval: 1m
    rules:
      - {record: "room:load:max", expr: "max by (room) (load)"}
      - {alert: Loaded, expr: 'room:load:max > 80', for: 5m, labels: {outcome: comfort}}
      - {alert: Blind, expr: 'nothing > 1'}
      - {alert: Odd, expr: 'max_over_time(room:load:max[5m]) > 80'}
      - {alert: Doubled, expr: '{__name__=~"load|other"} > 60', for: 2m}
      - {alert: Valued, expr: 'load > 80', labels: {load: "{{ $value }}"}}
"""


def load(minute: int) -> float:
    """Return a figure that is high for 3 minutes every hour, and for 40 once."""
    return 90.0 if minute % 60 < 3 or 600 <= minute < 640 else 70.0


@pytest.fixture
def address(tmp_path: Path):
    (tmp_path / "rules.yaml").write_text(RULES)
    points = [(START + n * MINUTE, load(n)) for n in range(1200)]
    series = [Made({"__name__": "load", "room": "attic", "device": "a"}, points)]
    series.append(Made({"__name__": "other", "room": "attic", "device": "a"}, points[700:710]))
    with prometheus(tmp_path) as url:
        write(url, series)
        yield url


@pytest.fixture
def run(capsys):
    """Return a function that runs the command; it returns exit code, output and errors."""

    def call(*arguments):
        code = _main.run(["backtest", *map(str, arguments)])
        return code, *capsys.readouterr()

    return call


@pytest.mark.real
def test_what_it_says_of_a_history(address, tmp_path, run):
    options = ("--rules", tmp_path / "rules.yaml", "--since", "2026-01-01T00:00Z")
    until = ("--until", "2026-01-01T19:59Z", "--prometheus", address)
    code, out, _ = run(*options, *until, "--json")
    data = json.loads(out)
    assert code == 1
    found = {one["alert"]: one for one in data["alerts"]}
    loaded = found["Loaded"]
    assert [f["fired_at"] for f in loaded["firings"]] == ["2026-01-01T10:05:00Z"]
    assert loaded["firings"][0]["resolved_at"] == "2026-01-01T10:40:00Z"
    assert loaded["expanded"] == ["room:load:max"]
    fired = {(t["threshold"], t["for_seconds"]): t["fired"] for t in loaded["trials"]}
    assert (fired[80, 300], fired[80, 0], fired[80, 1200]) == (1, 20, 1)
    assert (fired[40, 300], fired[100, 300]) == (1, 0)
    assert found["Blind"]["advice"]["verdict"] == "blind"
    assert found["Doubled"]["advice"]["verdict"] == "repair"
    assert {r["alert"] for r in data["refused"]} == {"Odd", "Valued"}
    assert {r["code"] for r in data["refused"]} == {"replay-unsound"}
    code, out, _ = run(*options, *until, "Loaded")
    assert code == 0
    assert "fired      1" in out
    assert "> 80  fires    1" in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--prometheus", "http://127.0.0.1:1"), "prometheus-unreachable"),
        (("--prometheus", "ftp://x"), "bad-url"),
        (("--prometheus", "x", "--since", "yesterday"), "bad-time"),
        (("--prometheus", "x", "--since", "0s"), "bad-time"),
        (("--prometheus", "x", "--interval", "5"), "bad-duration"),
        (("--prometheus", "x", "--time-zone", "Nowhere"), "unknown-time-zone"),
        (("--prometheus", "x", "--token-file", "nothing"), "unreadable-file"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path, run, arguments, problem):
    (tmp_path / "rules.yaml").write_text(RULES)
    code, _, err = run("--rules", tmp_path / "rules.yaml", *arguments)
    assert code == 2
    assert f"[{problem}]" in err


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("groups: [{name: g, rules: [{alert: A, expr: '1 +'}]}]", "promql-syntax"),
        ("groups: [{name: g, rules: [{alert: A, expr: up, for: soon}]}]", "bad-duration"),
        ("nothing: here", "not-a-rule-file"),
    ],
)
def test_rules_that_are_none(tmp_path, run, text, problem):
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    code, _, err = run("--rules", file, "--prometheus", "http://127.0.0.1:1")
    assert code == 2
    assert f"[{problem}]" in err


def test_an_alert_that_is_none(tmp_path, run):
    (tmp_path / "rules.yaml").write_text("groups: [{name: g, rules: [{alert: Alpha, expr: up}]}]")
    options = ("--rules", tmp_path / "rules.yaml", "--prometheus", "http://127.0.0.1:1")
    code, _, err = run(*options, "Alhpa")
    assert code == 2
    assert "did you mean 'Alpha'?" in err


def test_a_server_that_tells_of_no_rules_is_asked_all_the_same(tmp_path, run):
    (tmp_path / "rules.yaml").write_text("groups: [{name: g, rules: [{alert: A, expr: m > 1}]}]")
    with responses.RequestsMock() as server:
        server.get("http://thanos.example/api/v1/rules", status=404, body="404 page not found")
        empty = {"status": "success", "data": {"resultType": "matrix", "result": []}}
        server.post("http://thanos.example/api/v1/query_range", json=empty)
        options = ("--rules", tmp_path / "rules.yaml", "--prometheus", "http://thanos.example")
        code, out, err = run(*options, "--since", "1h")
    assert code == 0
    assert "1 alerts replayed: fired 0 times" in out
    assert "tells of no rules" in err


DATA = Path(__file__).parents[1] / "generator" / "data"


def test_only_what_a_branch_changes_is_asked_for(tmp_path, run):
    shutil.copytree(DATA / "small", tmp_path / "small")
    catalogue = tmp_path / "small" / "alert_rules"
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "before"]):
        subprocess.run(["git", "-C", tmp_path, *command], check=True)
    file = catalogue / "plant.yaml"
    text = file.read_text().replace("for: 1m", "for: 2m", 1)
    file.write_text(text.replace("summary: A station is dark", "summary: A station has no light"))
    options = ("--catalogue", catalogue, "--contract", DATA / "contracts" / "plant.yaml")
    with responses.RequestsMock() as server:
        page = {"status": "success", "data": {"groups": []}}
        server.get("http://prometheus.example/api/v1/rules", json=page)
        empty = {"status": "success", "data": {"resultType": "matrix", "result": []}}
        server.post("http://prometheus.example/api/v1/query_range", json=empty)
        where = ("--prometheus", "http://prometheus.example", "--since", "1h")
        code, out, _ = run(*options, *where, "--changed", "HEAD", "--json")
    assert code == 0
    assert [one["alert"] for one in json.loads(out)["alerts"]] == ["PlantPumpStopped"]
    code, _, err = run(*options, *where, "--changed", "nowhere")
    assert code == 2
    assert "[unknown-revision]" in err
