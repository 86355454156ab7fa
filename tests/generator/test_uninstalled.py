"""A pack that is not installed is told so, before its metrics are called unknown."""

from collections.abc import Collection
from pathlib import Path

import pytest
from sothat.generator.loading.uninstalled import uninstalled_problems
from sothat.model.problem import Problem, Severity

PROJECT = """
[project]
name = "ours"
[project.entry-points."sothat.contracts"]
ours-lifts = "ours.lifts.contract"
ours-sensors = "ours.sensors.contract"
[project.entry-points."sothat.boards"]
ours-power = "ours.boards.power"
[project.entry-points.console_scripts]
ours = "ours:main"
"""


def nothing(_group: str) -> Collection[str]:
    return ()


def found(folder: Path, text: str, installed: Collection[str] = ()) -> list[Problem]:
    (folder / "pyproject.toml").write_text(text)
    catalogue = folder / "alert_rules"
    catalogue.mkdir()
    return list(uninstalled_problems(catalogue, lambda _group: installed))


def test_what_is_declared_and_not_installed_is_named(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, PROJECT, ["ours-lifts"])
    assert problem.message.endswith(": ours-sensors, ours-power")
    assert problem.hint == f"pip install -e {tmp_path}"
    assert problem.severity is Severity.WARNING
    assert problem.position is not None
    assert problem.position.file == str(tmp_path / "pyproject.toml")


def test_the_project_may_be_the_catalogue_itself(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    assert len(list(uninstalled_problems(tmp_path, nothing))) == 1


def test_what_is_installed_is_not_told(tmp_path: Path) -> None:
    assert not found(tmp_path, PROJECT, ["ours-lifts", "ours-sensors", "ours-power"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[project",
        "project = 1",
        '[project]\ndynamic = ["entry-points"]',
        "[project]\nentry-points = 1",
        '[project.entry-points]\n"sothat.boards" = "x"',
        '[project.entry-points]\n"sothat.boards" = [1]',
        '[project.entry-points."other.boards"]\na = "b"',
    ],
)
def test_projects_that_declare_nothing_of_ours_or_make_no_sense(tmp_path: Path, text: str) -> None:
    assert not found(tmp_path, text)


def test_no_project_at_all(tmp_path: Path) -> None:
    assert not list(uninstalled_problems(tmp_path / "alert_rules", nothing))
