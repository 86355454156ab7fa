"""The examples on the pages about queries: the refused are refused, the accepted pass."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from sothat.generator.checks.types import CHECK
from sothat.generator.declared import installed_contracts, series_of
from sothat.generator.foreign.checking import COMMON_LABELS, Request, check_files
from sothat.generator.typecheck import infer
from sothat.generator.typecheck.alerts import alert_findings
from sothat.generator.typecheck.world import World

PAGES = Path(__file__).parents[2] / "docs" / "problems"
# Found in an alert's condition only, not in every query.
OF_ALERTS = {"absent-without-labels", "missing-comparison", "picking-in-alert"}
# All findings that a query alone can have; elsewhere a query is the sound part of an example.
OF_QUERIES = {*CHECK.codes, *OF_ALERTS, "promql-syntax"}
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PART = re.compile(r"^# (refused|accepted)[^\n]*\n", re.MULTILINE)

Example = tuple[str, str, str]


def examples(language: str) -> list[Example]:
    """Return page, verdict and text of each example in a language."""
    return [
        (page.stem, verdict, text)
        for page in sorted(PAGES.glob("*.md"))
        for block in BLOCK.finditer(page.read_text(encoding="utf-8"))
        if block["language"] == language
        for verdict, text in _parts(block["text"])
    ]


def _parts(text: str) -> Iterator[tuple[str, str]]:
    _, *pieces = PART.split(text)
    for verdict, part in zip(pieces[::2], pieces[1::2], strict=True):
        yield verdict, part.strip("\n")


@cache
def world() -> World:
    return World(series_of(installed_contracts()), extra_labels=COMMON_LABELS)


def codes(query: str, *, alert: bool) -> set[str]:
    try:
        inference = infer(query, world())
    except ValueError:
        return {"promql-syntax"}
    found = {finding.code for finding in inference.findings}
    if alert:
        found |= {finding.code for finding in alert_findings(query, inference, world())}
    return found


@pytest.mark.parametrize(("page", "verdict", "query"), examples("promql"))
def test_a_query_is_judged_as_its_page_says(page: str, verdict: str, query: str) -> None:
    wrong = verdict == "refused" and page in OF_QUERIES
    assert codes(query, alert=page in OF_ALERTS) == ({page} if wrong else set())


RULES = [example for example in examples("yaml") if example[2].startswith("- alert:")]


@pytest.mark.parametrize(("page", "verdict", "rule"), RULES)
def test_a_rule_is_judged_as_its_page_says(
    page: str, verdict: str, rule: str, tmp_path: Path
) -> None:
    file = tmp_path / "rules.yaml"
    groups = {"groups": [{"name": "example", "rules": yaml.safe_load(rule)}]}
    file.write_text(yaml.safe_dump(groups), encoding="utf-8")
    outcome = check_files(Request(rules=[file], contracts=["node_exporter"]))
    found = {problem.code for problem in (*outcome.problems, *outcome.unusable)}
    assert found == ({page} if verdict == "refused" else set())


def test_every_finding_of_the_type_system_has_both_examples() -> None:
    shown = {(page, verdict) for page, verdict, _ in (*examples("promql"), *RULES)}
    wanted = {*OF_QUERIES, "humanise-other-unit", "template-label-missing", "value-in-label"}
    missing = {(c, v) for c in wanted for v in ("refused", "accepted")} - shown
    assert sorted(missing) == []


TYPES = (PAGES.parent / "explanation" / "type-system.md").read_text(encoding="utf-8")
JUDGED = re.compile(r"^# (?:refused: (?P<code>\S+)|accepted)\n(?P<query>[^#]+)", re.MULTILINE)
ROW = re.compile(r"^\| `(?P<query>[^`]+)` \| (?P<type>[^|]+ \| [^|]+ \| [^|]+) \|$", re.MULTILINE)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (found["query"].strip(), found["code"])
        for block in BLOCK.finditer(TYPES)
        if block["language"] == "promql"
        for found in JUDGED.finditer(block["text"])
    ],
)
def test_the_explanation_of_types_shows_real_verdicts(query: str, code: str | None) -> None:
    assert codes(query, alert=False) == ({code} if code else set())


@pytest.mark.parametrize(("query", "shown"), ROW.findall(TYPES))
def test_the_explanation_of_types_shows_real_types(query: str, shown: str) -> None:
    found = infer(query, world()).type
    unit = found.unit.text if found.unit else "unknown"
    low, high = (f"{end:g}".replace("inf", "∞") for end in (found.bounds.low, found.bounds.high))
    assert shown == f"{found.flavour} | {unit} | [{low}, {high}]"
