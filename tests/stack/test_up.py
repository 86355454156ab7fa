"""``sothat up`` refuses before anything starts."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from sothat.commands._main import run
from sothat.stack.up import called_as

Script = Callable[[str, str], None]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Only the tools that a test makes are there."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("SOTHAT_TOOLS", str(folder))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("SOTHAT_GRAFANA_HOME", raising=False)

    def make(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    return make


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for name in ("building", "exporter", "incidents", "values"):
        (tmp_path / f"{name}.yaml").write_text("{}\n")
    file = tmp_path / "stack.yaml"
    names = [f"{name}: {name}.yaml" for name in ("building", "exporter", "incidents", "values")]
    file.write_text("\n".join(["apiVersion: sothat/v1", "kind: Stack", *names, ""]))
    return file


def test_missing_tools_are_all_named_with_the_line_that_gets_them(
    tools: Script, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = config.parent / "data"
    assert run(["up", "--config", str(config), "--data", str(data)]) == 2
    told = capsys.readouterr().err
    assert "no prometheus on PATH or in SOTHAT_TOOLS" in told
    assert "no alertmanager on PATH or in SOTHAT_TOOLS" in told
    assert "apt-get install -y prometheus-alertmanager" in told
    assert not data.exists()


def test_a_port_in_use_is_named_with_its_part_and_nothing_starts(
    tools: Script, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("prometheus", "alertmanager"):
        tools(name, "exit 0")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with config.open("a") as stream:
            stream.write(f"ports: {{exporter: {port}}}\n")
        data = config.parent / "data"
        assert run(["up", "--config", str(config), "--data", str(data)]) == 2
    told = capsys.readouterr().err
    assert re.search(rf"port {port}, wanted for exporter, is in use \(by .+, process \d+\)", told)
    assert "--ports auto" in told
    assert not data.exists()


def test_an_unknown_key_of_the_stack_is_told_with_its_place(
    tools: Script, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with config.open("a") as stream:
        stream.write("scrape_intervall: 1s\n")
    assert run(["up", "--config", str(config)]) == 2
    told = capsys.readouterr().err
    assert f"{config}:7:1: error: unknown key 'scrape_intervall'" in told
    assert "did you mean 'scrape_interval'?" in told


def test_what_a_part_finds_in_its_file_is_shown_as_it_is_and_nothing_starts(
    tools: Script, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("prometheus", "alertmanager"):
        tools(name, "exit 0")
    (config.parent / "building.yaml").write_text("apiVersion: sothat/v1\nkind: Castle\n")
    (config.parent / "values.yaml").write_text("apiVersion: sothat/v1\nkind: Values\nlimit: {}\n")
    data = config.parent / "data"
    assert run(["up", "--config", str(config), "--data", str(data), "--ports", "auto"]) == 2
    told = capsys.readouterr().err
    assert f"{config.parent}/building.yaml:2:7: error: 'kind' must be Building" in told
    assert f"{config.parent}/values.yaml:3:1: error: unknown key 'limit'" in told
    assert not list((data / "logs").iterdir())
    assert not (data / "stack.json").exists()


def test_a_grafana_home_without_grafana_is_refused(
    tools: Script, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("prometheus", "alertmanager"):
        tools(name, "exit 0")
    arguments = ["up", "--config", str(config), "--grafana-home", str(config.parent)]
    assert run(arguments) == 2
    assert "no Grafana in this folder" in capsys.readouterr().err


def test_an_unknown_scenario_lists_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["demo", "device-on-fire"]) == 2
    told = capsys.readouterr().err
    assert "no scenario 'device-on-fire'" in told
    for name in ("device-offline", "gateway-down", "battery-low", "database-locked", "sla-at-risk"):
        assert name in told


@pytest.mark.parametrize(
    ("called", "shown"),
    [
        ("/usr/bin/sothat", "/usr/bin/sothat"),
        (".venv/bin/sothat", ".venv/bin/sothat"),
        ("/x/commands/__main__.py", "sothat"),
    ],
)
def test_what_it_says_to_try_can_be_copied_into_a_shell(called: str, shown: str) -> None:
    assert called_as([called, "up"]) == shown
