"""The writer: all or nothing, only what changed, and nobody else's files."""

import json
from pathlib import Path

import pytest
from sothat.generator.writer import MANIFEST, differences, write
from sothat.model.artefact import Artefact
from sothat.model.problem import Unusable

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
