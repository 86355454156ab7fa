"""Each guide to moving in works: its sample is imported and looked through as the page says."""

import shlex
from pathlib import Path

import pytest
from sothat.commands._main import run
from sothat.commands._moving import systems

from .blocks import ROOT, blocks, commands

PAGES = sorted((ROOT / "docs" / "moving").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_guide(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = 0
    for block in blocks(page):
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "sh" and "not run" not in block.marks:
            for command in commands(block):
                words = shlex.split(command.text, comments=True)
                assert words[0] == "sothat", command.text
                assert run(words[1:]) == command.code, f"{block}: {command.text}"
                done += 1
    assert done >= 1 + 3 * (page.stem != "README")


def test_the_report_of_the_page_is_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = ROOT / "docs" / "moving"
    sample = next(block for block in blocks(folder / "oncall.md") if block.file)
    Path(sample.file).write_text(sample.text, encoding="utf-8")
    run(["import", "oncall", sample.file])
    shown = [b.text for b in blocks(folder / "README.md") if b.text.startswith("oncall.json#")]
    assert shown[0] in capsys.readouterr().out


def test_every_system_has_its_guide() -> None:
    assert set(systems()) - {"ical"} == {page.stem for page in PAGES} - {"README"}
