"""``sothat prove`` as people meet it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

SMALL = Path(__file__).parents[1] / "data" / "small"
CONTRACT = Path(__file__).parents[1] / "data" / "contracts" / "plant.yaml"
Prove = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def prove(tmp_path: Path) -> Prove:
    """Return a function that proves a copy of the small catalogue."""
    shutil.copytree(SMALL, tmp_path / "small")

    def run(*options: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                sys.executable,
                *("-m", "sothat.commands", "prove", "--catalogue", "small/alert_rules"),
                *("--contract", str(CONTRACT), *map(str, options)),
            ],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    return tmp_path / "small" / "alert_rules"


def test_the_small_catalogue_is_proven(prove: Prove) -> None:
    done = prove()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok     PlantPumpStopped: " in done.stdout
    assert ", 0 failed" in done.stdout.splitlines()[-1]


def test_a_failing_test_is_shown_with_promtool_s_words(prove: Prove, catalogue: Path) -> None:
    file = catalogue / "plant.yaml"
    text = file.read_text()
    assert text.count('threshold: "< 85%"') == 1
    file.write_text(text.replace('threshold: "< 85%"', 'threshold: "< 1%"'))
    done = prove("--junit", "out.xml")
    assert done.returncode == 1
    assert "FAILED PlantPressureLow" in done.stdout
    assert "got: nil" in done.stdout
    root = ET.parse(catalogue.parents[1] / "out.xml").getroot()  # noqa: S314 – it is our own
    assert int(root.get("failures", "0")) > 0


def test_mutants_reasons_and_the_page(prove: Prove, catalogue: Path) -> None:
    first = prove("--mutants", "--json", "--alert", "PlantPumpStopped", "--table", "page.md")
    assert first.returncode in (0, 1), first.stderr
    (alert,) = json.loads(first.stdout)["alerts"]
    verdicts = {mutant["verdict"] for mutant in alert["mutants"]}
    assert "killed" in verdicts
    assert "# Proof score" in (catalogue.parents[1] / "page.md").read_text()
    reasons = [
        {"rule": mutant["rule"], "change": mutant["change"], "reason": "No test of it here."}
        for mutant in alert["mutants"]
        if mutant["verdict"] == "survived"
    ]
    excuse = {"rule": "PlantPumpStopped", "change": "nothing like it", "reason": "None at all."}
    document = {"apiVersion": "sothat/v1", "kind": "Proof", "mutants": [*reasons, excuse]}
    (catalogue / "proof.yaml").write_text(json.dumps(document))
    second = prove("--mutants", "--alert", "PlantPumpStopped")
    assert second.returncode == 1
    assert "survived" not in second.stdout
    assert second.stderr.count("[unused-reason]") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--alert", "PlantPumpStoped"), "did you mean 'PlantPumpStopped'?"),
        (("--promtool", "nowhere/promtool"), "no program nowhere/promtool"),
        (("--table", "page.md"), "--table needs --mutants"),
        (("--jobs", "0"), "--jobs"),
        (("--catalogue", "nowhere"), "no-catalogue"),
        (("--junit", "nowhere/out.xml"), "unwritable-output"),
    ],
)
def test_what_cannot_be_used(prove: Prove, options: tuple[str, ...], words: str) -> None:
    done = prove(*options)
    assert done.returncode == 2, done.stdout
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_without_promtool_the_hint_says_how_to_get_it(prove: Prove, tmp_path: Path) -> None:
    done = prove(PATH=str(tmp_path), SOTHAT_TOOLS="")
    assert done.returncode == 2
    assert "[tool-missing]" in done.stderr
    assert "sudo apt-get install -y prometheus" in done.stderr
    assert "Traceback" not in done.stderr
