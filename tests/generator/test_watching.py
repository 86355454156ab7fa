"""``sothat check --watch``: looks again after each change, and says what it finds."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from sothat.commands._watching import changes, snapshot

SMALL = Path(__file__).parent / "data" / "small"
_CLEAN = re.compile(r"[0-9]+ warnings?$")
_SLIPPED = re.compile(r"1 problem, [0-9]+ warnings?$")


def test_it_looks_at_once_and_after_each_change(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a", encoding="utf-8")
    pauses = iter((lambda: None, lambda: file.write_text("longer", encoding="utf-8")))
    looks = changes(lambda: [tmp_path], lambda: next(pauses)() and None)
    next(looks)
    next(looks)
    assert list(pauses) == []


def test_a_folder_that_is_new_below_is_looked_at_too(tmp_path: Path) -> None:
    own, below = tmp_path / "own", tmp_path / "below"
    for folder in (own, below):
        folder.mkdir()
        (folder / "a.yaml").write_text("a", encoding="utf-8")
    known = [own]

    def build_on_it() -> None:
        known.append(below)
        (own / "a.yaml").write_text("longer", encoding="utf-8")

    pauses = iter((build_on_it, lambda: (below / "a.yaml").write_text("longer", encoding="utf-8")))
    looks = changes(lambda: known, lambda: next(pauses)() and None)
    assert [next(looks) for _ in range(3)] == [None] * 3
    assert list(pauses) == []


def test_a_file_added_or_removed_is_a_change(tmp_path: Path) -> None:
    before = snapshot([tmp_path])
    (tmp_path / "a.yaml").write_text("", encoding="utf-8")
    added = snapshot([tmp_path])
    (tmp_path / "a.yaml").unlink()
    assert before != added
    assert snapshot([tmp_path]) == before


def test_a_slip_is_reported_and_its_correction_too(tmp_path: Path) -> None:
    """The warnings are of boards made for another catalogue."""
    shutil.copytree(SMALL, tmp_path / "small")
    slip = tmp_path / "small" / "alert_rules" / "slip.yaml"
    command = [Path(sys.executable).with_name("sothat"), "check", "--watch"]
    child = subprocess.Popen(
        [*command, "--catalogue", slip.parent, "--contract", SMALL.parent / "contracts/plant.yaml"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert _until(child, _CLEAN)
        slip.write_text("apiVersion: sothat/v1\nkind: Alrets\n", encoding="utf-8")
        assert _until(child, _SLIPPED)
        slip.unlink()
        assert _until(child, _CLEAN)
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=20) == 0
    finally:
        child.kill()
        child.communicate()


def _until(child: "subprocess.Popen[str]", wanted: "re.Pattern[str]") -> bool:
    assert child.stdout is not None
    return any(wanted.match(line) for line in iter(child.stdout.readline, ""))
