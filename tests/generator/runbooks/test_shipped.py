"""The runbooks that come with the pack: complete, and led to from where people look."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sothat.generator.compile import Inputs, installed_inputs
from sothat.generator.schemas import KINDS
from sothat.generator.values import Values
from sothat.runtime.documents import load_document

ROOT = Path(__file__).parents[3] / "runbooks"
FILES = sorted(ROOT.rglob("*.yaml"))
WANTED = [
    "daily-checks",
    "weekly-checks",
    "monthly-checks",
    "maintenance-before",
    "maintenance-after",
    "restore-test",
    "firmware-rollout",
    "certificate-renewal",
    "device-onboarding",
    "access-administration",
    "configuration-change",
    "service-recovery",
    "major-incident",
    "disaster-recovery",
    "security-breach",
    "data-loss",
    "message-initial",
    "message-update",
    "message-resolution",
    "message-summary",
    "message-preventive",
    "post-incident-review",
    "five-whys",
    "fishbone",
    "fault-tree",
    "change-analysis",
    "barrier-analysis",
]

Build = Callable[[Inputs], dict[str, str]]


@pytest.fixture(scope="module")
def pages(built: Build) -> dict[str, str]:
    texts = built(installed_inputs(None, Values()))
    return {Path(p).stem: text for p, text in texts.items() if p.startswith("runbooks/")}


def test_every_procedure_is_there_and_in_the_index(pages: dict[str, str]) -> None:
    assert [name for name in WANTED if name not in pages] == []
    listed = re.findall(r"^- \[[^\]]+\]\(([\w-]+)\.md\)", pages["index"], re.MULTILINE)
    assert sorted(listed) == sorted(pages.keys() - {"index"})


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_names_its_schema(file: Path) -> None:
    first = file.read_text(encoding="utf-8").splitlines()[0]
    stem = KINDS[load_document(file).data["kind"]]
    assert first == f"# yaml-language-server: $schema=../../alert_rules/schemas/{stem}.json"


def test_every_alert_that_wakes_somebody_leads_to_the_major_incident(
    pages: dict[str, str],
) -> None:
    alerts = [text for text in pages.values() if "\n**IF** " in text]
    assert len(alerts) > 100
    assert all("(major-incident.md)" in text for text in alerts)


def test_the_most_urgent_alerts_have_notes(pages: dict[str, str]) -> None:
    urgent = {name for name, text in pages.items() if "| Priority | **P1**" in text}
    assert urgent
    assert sorted(name for name in urgent if "\n## Notes\n" not in pages[name]) == []


def test_every_key_of_the_kinds_is_documented() -> None:
    page = (ROOT.parent / "docs/reference/runbooks.md").read_text(encoding="utf-8")
    for stem in ("runbook", "message"):
        schema = json.loads((ROOT.parent / f"alert_rules/schemas/{stem}.json").read_text())
        for key in re.findall(r'"(\w+)": \{', json.dumps(schema["properties"])):
            assert key in ("items", "properties") or f"`{key}`" in page, key
