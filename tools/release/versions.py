"""Version, tag and changelog say the same."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_HEADING = re.compile(r"^## (\d+\.\d+\.\d+) – (\d{4}-\d\d-\d\d)$", re.MULTILINE)
_UNRELEASED = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def version_of(root: Path) -> str:
    """Return the package's version."""
    data = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return str(data["project"]["version"])


def findings(root: Path, version: str, tag: str) -> list[str]:
    """Return what does not agree, in sentences; without a tag only the version is looked at."""
    if not _VERSION.fullmatch(version):
        return [f"{version} is no semantic version such as 1.2.3"]
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    return [*_tagged(root, version, tag, changelog)] if tag else []


def _tagged(root: Path, version: str, tag: str, changelog: str) -> Iterator[str]:
    released = [found[1] for found in _HEADING.finditer(changelog)]
    if tag != f"v{version}":
        yield f"the tag is {tag}, the package's version is {version}"
    if not released or released[0] != version:
        yield f"the changelog's newest release is {(released or ['none'])[0]}, not {version}"
    if any(_number(version) <= _number(older) for older in released[1:]):
        yield f"the changelog has a release that is not older than {version}"
    waiting = _UNRELEASED.search(changelog)
    if waiting and waiting[1].strip():
        yield "the changelog still has what is unreleased"
    if _commit(root, f"{tag}^{{commit}}") not in ("", _commit(root, "HEAD")):
        yield f"{tag} is another commit than the one that is checked out"


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _commit(root: Path, name: str) -> str:
    command = ["git", "rev-parse", "--verify", "--quiet", name]
    return subprocess.run(
        command, cwd=root, check=False, capture_output=True, text=True
    ).stdout.strip()
