"""Objectives of service levels: shares below the whole, of contracts that exist."""

import shutil
from pathlib import Path

import pytest
from sothat.generator.checked import installed_checks
from sothat.generator.compile import all_problems, explain_alert, installed_inputs
from sothat.generator.shipped import shipped_catalogue
from sothat.generator.values import Values
from sothat.model.problem import Unusable


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        ("{contract: standard}", []),
        ("{contract: standrad}", ["unknown-reference"]),
        ("99.95%", []),
        ("0.1%", []),
        ("0%", ["bad-format"]),
        ("0.00%", ["bad-format"]),
        ("100%", ["bad-format"]),
        ("150%", ["bad-format"]),
    ],
)
def test_an_objective(tmp_path: Path, objective: str, expected: list[str]) -> None:
    catalogue = tmp_path / "alert_rules"
    shutil.copytree(shipped_catalogue(), catalogue)
    file = catalogue / "service-levels.yaml"
    written = "objective: {contract: standard}"
    text = file.read_text()
    assert written in text
    file.write_text(text.replace(written, f"objective: {objective}", 1))
    problems = all_problems(installed_inputs(catalogue, Values()), installed_checks())
    assert [problem.code for problem in problems] == expected


def test_the_name_of_a_service_level_leads_to_its_alerts() -> None:
    inputs = installed_inputs(shipped_catalogue(), Values())
    with pytest.raises(Unusable) as refused:
        explain_alert(inputs, "SiteStandardAvailability")
    hint = refused.value.problems[0].hint
    assert hint.startswith("its alerts are SiteStandardAvailabilityBurnPageFast, ")
