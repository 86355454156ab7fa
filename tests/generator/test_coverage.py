"""Nothing of what the pack must cover goes missing silently."""

from pathlib import Path

import pytest
from sothat.generator.checked import CheckedCatalogue, installed_checks
from sothat.generator.compile import compile_catalogue, installed_inputs
from sothat.generator.coverage import Coverage, coverage_of, page, read_requirements
from sothat.generator.values import Values

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "coverage.md"
PLATFORM = ["INF", "DB", "NET", "APP", "OPS", "MNT", "CAP"]
MEASURED = [*PLATFORM, "DEV", "GW", "FLOW", "OTA", "CLOUD", "UX", "BIZ", "SUP"]
NUMBERED = {"A": 6, "N": 1, "D": 4, "I": 8, "S": 1, "W": 1, "R": 1}
LEAST_ALERTS, LEAST_RECORDINGS = 90, 60


@pytest.fixture(scope="module")
def checked() -> CheckedCatalogue:
    return compile_catalogue(installed_inputs(None, Values()), installed_checks())


@pytest.fixture(scope="module")
def coverage(checked: CheckedCatalogue) -> tuple[Coverage, ...]:
    return coverage_of(read_requirements(), checked)


def test_the_page_is_fresh(coverage: tuple[Coverage, ...]) -> None:
    hint = "run: python -m sothat.generator.coverage"
    assert PAGE.read_text(encoding="utf-8") == page(coverage), hint


def test_every_line_of_the_requirements_is_there() -> None:
    wanted = [f"M-{name}" for name in MEASURED]
    wanted += [f"{letter}-{n}" for letter, last in NUMBERED.items() for n in range(1, last + 1)]
    assert sorted(entry.id for entry in read_requirements()) == sorted(wanted)


def test_every_requirement_is_served_or_has_an_issue(coverage: tuple[Coverage, ...]) -> None:
    assert [entry.requirement.id for entry in coverage if entry.nothing] == []


@pytest.mark.parametrize("name", MEASURED)
def test_what_is_measured_can_go_wrong(name: str, coverage: tuple[Coverage, ...]) -> None:
    (entry,) = (entry for entry in coverage if entry.requirement.id == f"M-{name}")
    assert entry.alerts
    assert entry.recordings
    assert entry.metrics


def test_the_catalogue_names_only_requirements_that_exist(checked: CheckedCatalogue) -> None:
    known = {entry.id for entry in read_requirements()}
    rules = (*checked.catalogue.alerts, *checked.catalogue.recordings)
    assert {name for rule in rules for name in rule.covers} <= known


def test_every_written_rule_says_what_it_is_for(checked: CheckedCatalogue) -> None:
    rules = (*checked.catalogue.alerts, *checked.catalogue.recordings)
    assert [rule for rule in rules if not rule.covers and not rule.made_for] == []


def test_the_catalogue_is_as_large_as_promised(checked: CheckedCatalogue) -> None:
    written = [alert for alert in checked.catalogue.alerts if not alert.made_for]
    assert len(written) >= LEAST_ALERTS
    recordings = [rule for rule in checked.catalogue.recordings if not rule.made_for]
    assert len(recordings) >= LEAST_RECORDINGS


def test_links_lead_to_files(coverage: tuple[Coverage, ...]) -> None:
    named = {text for entry in coverage for text in entry.requirement.also}
    files = {text for text in named if text.endswith((".md", ".yaml"))}
    assert [name for name in sorted(files) if not (ROOT / name).is_file()] == []


def test_no_outcome_is_said_twice(checked: CheckedCatalogue) -> None:
    outcomes = [a.outcome.text for a in checked.catalogue.alerts if not a.made_for]
    assert len(set(outcomes)) == len(outcomes)
