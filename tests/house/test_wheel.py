"""The wheel alone is the whole product: it holds every file of the rooms that git tracks."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Folders that serve the repository and do not travel; a chart has registries of its own.
STAYS = {"tests", "docs", "benchmarks", "tools", "helm", ".ci", ".links", ".github"}


@pytest.fixture(scope="module")
def wheel_files(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    target = tmp_path_factory.mktemp("wheel")
    source = target / "source"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(source)], check=True)
    build = [sys.executable, "-P", "-m", "build", "--wheel", "--no-isolation", "-o", str(target)]
    done = subprocess.run(build, cwd=source, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = target.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "HEAD"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return listing.stdout.splitlines()


def test_every_tracked_file_of_a_room_is_in_the_wheel(wheel_files: set[str]) -> None:
    wanted = {f for f in tracked() if "/" in f and f.split("/")[0] not in STAYS}
    missing = sorted(f for f in wanted if f"sothat/{f}" not in wheel_files)
    assert wanted
    assert missing == []


def test_nothing_else_is_in_the_wheel(wheel_files: set[str]) -> None:
    inside = {f.removeprefix("sothat/") for f in wheel_files if f.startswith("sothat/")}
    assert inside <= set(tracked())
