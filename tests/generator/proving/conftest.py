"""Rules small enough to be judged by eye, and the releases of promtool."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from sothat.generator.proving.running import Promtool
from sothat.generator.proving.subjects import Subject, subjects_of
from sothat.model.artefact import Artefact

RECORDING = {"record": "site:pumps_up:ratio", "expr": "avg by (site) (pump_up)"}
ALERT = {
    "alert": "PumpsDown",
    "expr": "site:pumps_up:ratio < 0.5",
    "for": "2m",
    "labels": {"priority": "P2"},
    "annotations": {"summary": "down at {{ $labels.site }}"},
}
SERIES = [
    {"series": 'pump_up{site="a",pump="1"}', "values": "1x4 0x20"},
    {"series": 'pump_up{site="a",pump="2"}', "values": "1x4 0x20"},
]


def question(alert: str, at: str, site: str | None) -> dict:
    labels = f'ALERTS{{alertname="{alert}",alertstate="firing",priority="P2",site="{site}"}}'
    samples = [{"labels": labels, "value": 1}] if site else []
    expr = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
    return {"expr": expr, "eval_time": at, "exp_samples": samples}


def case(name: str, *questions: dict, series: list | None = None) -> dict:
    given = SERIES if series is None else series
    return {
        "name": name,
        "interval": "1m",
        "input_series": given,
        "promql_expr_test": list(questions),
    }


CASES = [
    case("PumpsDown: fires", question("PumpsDown", "7m", "a")),
    case("PumpsDown: patience", question("PumpsDown", "6m", None)),
]


def artefacts(alert: dict = ALERT, recording: dict = RECORDING, cases: list = CASES) -> list:
    groups = [("recordings", recording), ("plant", alert)]
    rules = [
        Artefact(
            f"prometheus/rules/{name}.yaml",
            yaml.safe_dump({"groups": [{"name": name, "rules": [rule]}]}),
        )
        for name, rule in groups
    ]
    tests = {
        "rule_files": ["../rules/recordings.yaml", "../rules/plant.yaml"],
        "evaluation_interval": "1m",
        "group_eval_order": ["recordings", "plant"],
        "tests": cases,
    }
    return [*rules, Artefact("prometheus/tests/plant.yaml", yaml.safe_dump(tests))]


@pytest.fixture
def subject() -> Subject:
    return subjects_of(artefacts())[0]


@pytest.fixture
def tool() -> Promtool:
    program = shutil.which("promtool")
    assert program
    return Promtool(Path(program), processes=2)


@pytest.fixture
def release(promtool: str) -> Promtool:
    """Return each release of promtool that is here."""
    return Promtool(Path(promtool), processes=2)


@pytest.fixture
def stand_in(tmp_path: Path) -> Callable[[str], Promtool]:
    """Return a function that makes a program of a shell script, in the place of promtool."""

    def make(script: str, patience: float = 60.0, most: int = 1_000_000) -> Promtool:
        program = tmp_path / "stand-in"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        return Promtool(program, processes=2, patience=patience, most=most)

    return make
