"""A release: the same bytes for whoever builds it, one version everywhere, a bill of materials."""

import hashlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from sothat.runtime.documents import parse_document

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "release"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EPOCH = 1_790_000_000


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"release_{name}", TOOL / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ARCHIVES, VERSIONS = loaded("archives"), loaded("versions")


def wheel(path: Path, names: list[str], day: int, mode: int) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo(name, (2026, 1, day, 0, 0, 0))
            info.external_attr = (0o100000 | mode) << 16
            archive.writestr(info, f"content of {name}")
    return path


def sdist(path: Path, names: list[str], day: int, mode: int, owner: str) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            content = f"content of {name}".encode()
            info.size, info.mtime, info.mode, info.uname = len(content), day, mode, owner
            archive.addfile(info, io.BytesIO(content))
    return path


def test_order_times_and_permissions_of_a_wheel_do_not_matter(tmp_path: Path) -> None:
    names = ["a/x.py", "a/y.py", "a-1.dist-info/RECORD"]
    one = ARCHIVES._wheel(wheel(tmp_path / "1", names, 1, 0o644), EPOCH)
    other = ARCHIVES._wheel(wheel(tmp_path / "2", names[::-1], 9, 0o600), EPOCH)
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert archive.namelist() == names
        assert archive.read("a/x.py") == b"content of a/x.py"
        assert archive.infolist()[0].external_attr >> 16 == 0o100644


def test_order_times_and_owners_of_a_source_archive_do_not_matter(tmp_path: Path) -> None:
    names = ["a/x.py", "a/y.sh"]
    one = ARCHIVES._sdist(sdist(tmp_path / "1", names, 1, 0o755, "root"), EPOCH)
    other = ARCHIVES._sdist(sdist(tmp_path / "2", names[::-1], 9, 0o700, "me"), EPOCH)
    assert one == other
    with tarfile.open(fileobj=io.BytesIO(one)) as archive:
        member = archive.getmember("a/y.sh")
        assert (member.mode, member.mtime, member.uname) == (0o755, EPOCH, "")


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A repository whose version, tag and changelog agree."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    parts = ("# Changelog", "## Unreleased", "## 1.2.0 – 2026-12-01", "## 1.1.9 – 2026-11-01")
    (tmp_path / "CHANGELOG.md").write_text("\n\n".join(parts))
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "x"],
        ["tag", "v1.2.0"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def found(root: Path, tag: str = "v1.2.0") -> str:
    return "; ".join(VERSIONS.findings(root, VERSIONS.version_of(root), tag))


def test_what_agrees_is_a_release(released: Path) -> None:
    assert found(released) == ""


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("pyproject.toml", "1.2.0", "1.2.1", "the tag is v1.2.0, the package's version is 1.2.1"),
        ("pyproject.toml", "1.2.0", "1.2", "1.2 is no semantic version"),
        ("CHANGELOG.md", "1.2.0", "1.3.0", "newest release is 1.3.0, not 1.2.0"),
        ("CHANGELOG.md", "1.1.9", "1.2.1", "a release that is not older"),
        ("CHANGELOG.md", "Unreleased\n", "Unreleased\n\n- Something.\n", "still has what is unrel"),
    ],
)
def test_what_does_not_agree_is_told(
    released: Path, file: str, old: str, new: str, told: str
) -> None:
    path = released / file
    path.write_text(path.read_text().replace(old, new, 1))
    assert told in found(released)


def test_a_tag_elsewhere_is_told(released: Path) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    more = ["git", *identity, "commit", "-q", "--allow-empty", "-m", "y"]
    subprocess.run(more, cwd=released, check=True)
    assert found(released) == "v1.2.0 is another commit than the one that is checked out"


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_workflows_run_what_is_here_and_take_others_by_their_digest(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    data = parse_document(text, str(file)).data
    assert data["permissions"] == {"contents": "read"}
    steps = [step for job in data["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", name) for name in used), used
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    made = {match[1] for s in steps if (match := re.match(r"make ([a-z-]+)", s.get("run", "")))}
    assert made
    assert made <= targets
    signing = {name for name, job in data["jobs"].items() if "permissions" in job}
    assert signing <= {"sign"}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_builds_in_other_places_are_the_same_bytes(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    elsewhere = tmp_path / "quite" / "another place"
    subprocess.run(["git", "clone", "-q", ROOT, elsewhere], check=True)
    built(TOOL, here, umask=0o022)
    other = {"HOME": str(tmp_path), "TZ": "Asia/Kolkata", "LANG": "C", "SOURCE_DATE_EPOCH": "1"}
    built(elsewhere / "tools" / "release", there, umask=0o077, **other)
    names = sorted(file.name for file in here.iterdir())
    assert [re.sub(r"\d+\.\d+\.\d+", "X", name) for name in names] == [
        "SHA256SUMS",
        "sothat-X-py3-none-any.whl",
        "sothat-X.tar.gz",
    ]
    assert [digest(here / name) for name in names] == [digest(there / name) for name in names]
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=there, check=True)


def built(tool: Path, out: Path, umask: int, **environment: str) -> None:
    subprocess.run(
        [sys.executable, tool, "--only-archives", "--out", out],
        env={**os.environ, **environment},
        umask=umask,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_bill_names_what_is_installed_and_no_address(tmp_path: Path) -> None:
    subprocess.run([sys.executable, TOOL, "--out", tmp_path], check=True)
    (bill,) = tmp_path.glob("*.cdx.json")
    text = bill.read_text(encoding="utf-8")
    data = json.loads(text)
    names = {component["name"] for component in data["components"]}
    assert {"sothat", "click", "promql-parser"} <= names
    assert not re.search(r"https?://(?!cyclonedx\.org|json-schema\.org)", text), "an address"
    assert str(tmp_path) not in text
    assert "file:" not in text
