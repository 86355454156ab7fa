"""The writer: all or nothing, only what changed, and nobody else's files."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sothat.generator import writer
from sothat.generator.writer import MANIFEST, Difference
from sothat.model.artefact import Artefact
from sothat.model.problem import Unusable


def write(artefacts: list[Artefact], output: Path) -> list[Difference]:
    """Write artefacts, each by a process of its own."""
    sources = [lambda each=each: [each] for each in artefacts]
    return list(writer.write(sources, output, 2).changes)


def differences(artefacts: list[Artefact], output: Path) -> list[Difference]:
    return writer.differences([lambda: artefacts], output)


ONE, TWO = Artefact("a/one.txt", "1\n"), Artefact("b/two.txt", "2\n")


def texts(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def test_writes_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    assert [d.what for d in write([ONE, TWO], tmp_path)] == ["missing"] * 3
    assert texts(tmp_path) == {"a/one.txt": "1\n", "b/two.txt": "2\n"}
    before = (tmp_path / "a/one.txt").stat().st_mtime_ns
    assert write([ONE, TWO], tmp_path) == []
    assert (tmp_path / "a/one.txt").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "there", ["ä" * 1_500_000 + "b", "ä" * 1_500_000, "ä" * 1_500_000 + "a\n", "ä" * 10, ""]
)
def test_a_long_text_is_compared_to_its_end(tmp_path: Path, there: str) -> None:
    text = "ä" * 1_500_000 + "a"
    long = Artefact("long.txt", text)
    assert [d.what for d in write([long], tmp_path)] == ["missing"] * 2
    digest = json.loads((tmp_path / MANIFEST).read_text())["files"]["long.txt"]
    assert digest == hashlib.sha256(text.encode()).hexdigest()
    assert differences([long], tmp_path) == []
    (tmp_path / "long.txt").write_text(there)
    assert differences([long], tmp_path) == [Difference("stale", "long.txt")]


def test_removes_what_it_wrote_and_no_longer_makes(tmp_path: Path) -> None:
    write([ONE, TWO], tmp_path)
    (tmp_path / "b/own.txt").write_text("mine")
    write([ONE], tmp_path)
    assert texts(tmp_path) == {"a/one.txt": "1\n", "b/own.txt": "mine"}
    (tmp_path / "b/own.txt").unlink()
    write([ONE, TWO], tmp_path)
    write([ONE], tmp_path)
    assert not (tmp_path / "b").exists()


def test_leaves_what_somebody_edited(tmp_path: Path) -> None:
    write([ONE, TWO], tmp_path)
    (tmp_path / "b/two.txt").write_text("edited")
    write([ONE], tmp_path)
    assert texts(tmp_path)["b/two.txt"] == "edited"


def test_names_what_is_stale(tmp_path: Path) -> None:
    write([ONE, TWO], tmp_path)
    (tmp_path / "a/one.txt").write_text("other")
    (tmp_path / "b/two.txt").unlink()
    found = {(d.what, d.path) for d in differences([ONE, TWO], tmp_path)}
    assert found == {("stale", "a/one.txt"), ("missing", "b/two.txt")}
    assert ("left over", "a/one.txt") not in {
        (d.what, d.path) for d in differences([TWO], tmp_path)
    }


def test_a_failing_write_leaves_the_old_output_whole(tmp_path: Path) -> None:
    write([ONE, TWO], tmp_path)
    before = texts(tmp_path)
    # A folder stands where the last file should go: every rename before it is undone.
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "kept").write_text("")
    changed = [Artefact("a/one.txt", "new"), TWO, Artefact("c/three.txt", "3"), Artefact("z", "")]
    with pytest.raises(Unusable) as raised:
        write(changed, tmp_path)
    assert raised.value.problems[0].code == "unwritable-output"
    assert texts(tmp_path) == {**before, "z/kept": ""}
    assert not list(tmp_path.glob(".sothat-build-*"))


def test_refuses_a_path_outside(tmp_path: Path) -> None:
    for path in ("../x", "/x", MANIFEST):
        with pytest.raises(Unusable):
            write([Artefact(path, "")], tmp_path / "out")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("manifest", ["", "[]", "{", '{"files": 3}', '{"files": {"../x": "0"}}'])
def test_a_hostile_manifest_removes_nothing(tmp_path: Path, manifest: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "x").write_text("keep")
    (out / MANIFEST).write_text(manifest)
    write([ONE], out)
    assert (tmp_path / "x").read_text() == "keep"
    assert sorted(json.loads((out / MANIFEST).read_text())["files"]) == ["a/one.txt"]


_BUILD = """
import sys
from pathlib import Path
from sothat.generator.writer import write
from sothat.model.artefact import Artefact
text = sys.argv[2] * 20_000
print("begins", flush=True)
made = [Artefact(f"folder-{n % 7}/{n}.txt", text) for n in range(400)]
write([lambda: made], Path(sys.argv[1]))
"""


def build(output: Path, letter: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _BUILD, str(output), letter]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_a_killed_build_leaves_whole_files_and_the_next_one_mends_it(tmp_path: Path) -> None:
    """Each file is replaced at once, whenever the kill comes; the manifest tells a mix."""
    output = tmp_path / "out"
    assert build(output, "a").wait() == 0
    whole = {letter * 20_000 for letter in "ab"}
    pause = random.Random(7)  # noqa: S311 – when the kill comes is no secret
    killed = 0
    for _ in range(6):
        process = build(output, "b")
        assert process.stdout
        process.stdout.readline()
        time.sleep(pause.uniform(0, 0.15))
        os.kill(process.pid, signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        found = {path: text for path, text in texts(output).items() if path.endswith(".txt")}
        placed = [text for path, text in found.items() if path.startswith("folder-")]
        assert len(placed) == 400
        assert set(placed) <= whole
        assert build(output, "a").wait() == 0
        assert not list(output.glob(".sothat-build-*"))
        assert set(texts(output).values()) == {"a" * 20_000}
    assert killed


class Killed(BaseException):
    """Nobody clears up after it."""


def killed_at(step: int, artefacts: list[Artefact], output: Path) -> bool:
    """Write artefacts, but end before a file is put in place; return whether it came to that."""
    replace, steps = writer._replace, iter(range(step))

    def dying(*files: Any) -> Any:
        if next(steps, None) is None:
            raise Killed
        return replace(*files)

    with pytest.MonkeyPatch.context() as patch, suppress(Killed):
        patch.setattr(writer, "_replace", dying)
        write(artefacts, output)
        return False
    return True


BEFORE = [ONE, TWO, Artefact("b/old.txt", "old")]
AFTER = [Artefact("a/one.txt", "changed"), TWO, Artefact("c/three.txt", "3")]


@pytest.mark.parametrize("step", range(6))
def test_a_killed_build_is_noticed_and_leaves_nothing_for_good(tmp_path: Path, step: int) -> None:
    write(BEFORE, tmp_path)
    died = killed_at(step, AFTER, tmp_path)
    assert died == (step < 5)
    assert bool(differences(BEFORE, tmp_path)) == bool(step)
    assert bool(differences(AFTER, tmp_path)) == died
    # Nor does another one that is killed on top of it.
    killed_at(2, BEFORE, tmp_path)
    write([TWO], tmp_path)
    assert texts(tmp_path) == {"b/two.txt": "2\n"}
    assert differences([TWO], tmp_path) == []


def test_builds_into_one_folder_wait_for_each_other(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    with writer._alone(output):
        waiting = build(output, "a")
        assert waiting.stdout
        waiting.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(1)
        assert not list(output.iterdir())
    assert waiting.wait(60) == 0
    assert len(texts(output)) == 400


def test_a_build_that_still_runs_keeps_what_it_wrote_aside(tmp_path: Path) -> None:
    write([ONE], tmp_path)
    with writer._staging(tmp_path) as running:
        write([TWO], tmp_path)
        assert running.is_dir()
    assert not running.exists()
