"""Finding tools and their versions."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sothat.stack.tools import ALERTMANAGER, GRAFANA, PROMETHEUS, find, locate, parse_version

Program = Callable[..., Path]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    def make(folder: str, name: str, script: str = "exit 0") -> Path:
        file = tmp_path / folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    return make


def test_the_folder_named_by_the_variable_wins_over_path(program: Program) -> None:
    on_path, named = program("path", "prometheus"), program("named", "prometheus")
    environment = {"PATH": str(on_path.parent)}
    assert locate(PROMETHEUS, environment) == on_path
    assert locate(PROMETHEUS, {**environment, "SOTHAT_TOOLS": str(named.parent)}) == named


def test_it_wins_by_whatever_name_the_tool_goes_there(program: Program) -> None:
    on_path, named = program("path", "alertmanager"), program("named", "prometheus-alertmanager")
    environment = {"PATH": str(on_path.parent), "SOTHAT_TOOLS": str(named.parent)}
    assert locate(ALERTMANAGER, environment) == named


def test_debians_name_is_known_too(program: Program) -> None:
    renamed = program("path", "prometheus-alertmanager")
    assert locate(ALERTMANAGER, {"PATH": str(renamed.parent)}) == renamed


def test_a_tool_that_is_nowhere_is_none(tmp_path: Path) -> None:
    assert find(PROMETHEUS, {"PATH": str(tmp_path)}) is None


def test_the_version_is_asked_of_the_program(program: Program) -> None:
    file = program("path", "prometheus", "echo 'prometheus, version 2.41.9+ds (branch: x)' >&2")
    found = find(PROMETHEUS, {"PATH": str(file.parent)})
    assert found is not None
    assert found.version == (2, 41, 9)
    assert not found.recent_enough


def test_a_self_built_tool_without_a_version_is_trusted(program: Program) -> None:
    file = program(
        "path", "prometheus", "echo 'prometheus, version  (branch: , revision: unknown)'"
    )
    found = find(PROMETHEUS, {"PATH": str(file.parent)})
    assert found is not None
    assert found.version == ()
    assert found.recent_enough


def test_a_tool_that_hangs_or_cannot_run_has_no_version(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sothat.stack.tools.VERSION_SECONDS", 0.2)
    hanging = program("path", "prometheus", "exec sleep 60")
    broken = program("path", "grafana")
    broken.write_text("\x7fELF")
    environment = {"PATH": f"{hanging.parent}:/bin:/usr/bin"}
    for tool in (PROMETHEUS, GRAFANA):
        found = find(tool, environment)
        assert found is not None
        assert found.version == ()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("prometheus, version 2.42.0+ds (branch: debian/sid)", (2, 42, 0)),
        ("alertmanager, version 0.25.0 (branch: debian/sid)", (0, 25, 0)),
        ("prometheus, version 3.13.5 (branch: HEAD)", (3, 13, 5)),
        ("Version 9.4.7 (commit: NA, branch: main)", (9, 4, 7)),
        ("grafana version 11.6.0", (11, 6, 0)),
        ("go version: go1.19.8", ()),
        ("", ()),
    ],
)
def test_versions_of_real_tools_are_read(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("module", "version"),
    [
        ("github.com/prometheus/prometheus\tv0.313.5", (3, 13, 5)),
        ("github.com/prometheus/prometheus\tv0.42.0", (2, 42, 0)),
        ("github.com/prometheus/client_golang\tv1.23.0", ()),
    ],
)
def test_a_tool_compiled_without_a_version_tells_it_by_its_module(
    program: Program, module: str, version: tuple[int, ...]
) -> None:
    file = program("path", "prometheus", f"exit 0\nmod\t{module}\th1:x=")
    found = find(PROMETHEUS, {"PATH": str(file.parent)})
    assert found is not None
    assert found.version == version
