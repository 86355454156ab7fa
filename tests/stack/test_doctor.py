"""The doctor's page and its exit code."""

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from sothat.commands._main import run
from sothat.stack.doctor import Verdict, fit, package_findings, port_findings, tool_finding
from sothat.stack.install import install_lines
from sothat.stack.tools import ALL, GRAFANA, PROMETHEUS, Found


def test_on_a_bare_machine_it_names_what_is_missing_and_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SOTHAT_TOOLS", raising=False)
    monkeypatch.delenv("SOTHAT_GRAFANA_HOME", raising=False)
    monkeypatch.setattr("sothat.stack.grafana.PACKAGED_HOMES", ())
    assert run(["doctor"]) == 1
    page = capsys.readouterr().out
    assert "missing   prometheus" in page
    assert "sudo apt-get install -y prometheus-alertmanager" in page
    assert "optional, shows the boards" in page
    assert page.rstrip().endswith("not ready: prometheus, alertmanager")


def test_json_says_the_same_to_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SOTHAT_TOOLS", raising=False)
    assert run(["doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["fit"] is False
    [prometheus] = [f for f in told["findings"] if f["name"] == "prometheus"]
    assert prometheus["verdict"] == "missing"
    assert set(prometheus["install"]) == {"Debian", "Fedora", "macOS", "Docker"}


def test_an_optional_tool_that_is_missing_does_no_harm_an_old_required_one_does() -> None:
    assert fit([tool_finding(GRAFANA, None)])
    assert not fit([tool_finding(PROMETHEUS, None)])
    old = tool_finding(PROMETHEUS, Found(PROMETHEUS, Path("/x/prometheus"), (2, 41)))
    assert old.verdict is Verdict.OLD
    assert not fit([old])
    assert fit([tool_finding(PROMETHEUS, Found(PROMETHEUS, Path("/x/prometheus"), (3, 0)))])


@pytest.mark.parametrize("tool", ALL, ids=lambda tool: tool.name)
def test_every_tool_has_one_line_for_each_system(tool) -> None:  # type: ignore[no-untyped-def]
    lines = install_lines(tool)
    assert set(lines) == {"Debian", "Fedora", "macOS", "Docker"}
    assert all("\n" not in line for line in lines.values())


def test_packages_of_extras_are_left_out_and_others_are_compared_by_number() -> None:
    installed = {"click": "8.0.9", "PyYAML": "10.0"}

    def version(name: str) -> str:
        if name not in installed:
            raise PackageNotFoundError(name)
        return installed[name]

    wanted = ["click>=8.1", "PyYAML>=6.0.2", "gone", 'pytest>=8; extra == "test"']
    found = {f.name: f for f in package_findings(wanted, version)}
    assert {name: f.verdict for name, f in found.items()} == {
        "click": Verdict.OLD,
        "PyYAML": Verdict.OK,
        "gone": Verdict.MISSING,
    }
    assert "'click>=8.1'" in found["click"].install["pip"]


def test_a_port_in_use_is_told_but_is_no_obstacle() -> None:
    [finding] = port_findings({"grafana": 3000}, lambda _h, _p: False, lambda _p: "node, process 7")
    assert finding.verdict is Verdict.TAKEN
    assert "held by node, process 7" in finding.note
    assert fit([finding])


@pytest.mark.parametrize("content", ["no program", "#!/bin/sh\nexit 3\n"])
def test_a_tool_that_does_not_run_is_broken_and_the_machine_unfit(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: str,
) -> None:
    junk = tmp_path / "prometheus"
    junk.write_text(content)
    junk.chmod(0o755)
    monkeypatch.setenv("SOTHAT_TOOLS", str(tmp_path))
    assert run(["doctor"]) == 1
    page = capsys.readouterr().out
    assert "broken    prometheus" in page
    assert f"{junk}, needs 2.42" in page
