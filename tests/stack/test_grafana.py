"""Grafana: found, provisioned for looking only, and nothing sent anywhere."""

import configparser
from pathlib import Path

import pytest
import yaml
from sothat.model.problem import Unusable
from sothat.stack.config import DEFAULT_PORTS
from sothat.stack.folder import Folder
from sothat.stack.grafana import find_grafana, grafana_part, write_provisioning
from sothat.stack.plan import addresses_of


def make_home(folder: Path, program: str = "bin/grafana") -> Path:
    for name in ("conf/defaults.ini", program):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o755)
    (folder / "public").mkdir()
    return folder


@pytest.fixture(autouse=True)
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sothat.stack.grafana.PACKAGED_HOMES", ())


def test_the_folder_on_the_command_line_wins_over_the_variable(tmp_path: Path) -> None:
    given, named = make_home(tmp_path / "given"), make_home(tmp_path / "named")
    environment = {"SOTHAT_GRAFANA_HOME": str(named), "PATH": ""}
    found = find_grafana(given, environment)
    assert found
    assert found.home == given
    found = find_grafana(None, environment)
    assert found
    assert found.home == named


def test_a_program_on_path_is_found_with_the_home_it_lies_in(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "bin/grafana-server")
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "grafana-server").symlink_to(home / "bin" / "grafana-server")
    found = find_grafana(None, {"PATH": str(tmp_path / "path")})
    assert found
    assert found.home == home
    part = grafana_part(found, Path("g.ini"), addresses_of(DEFAULT_PORTS)["grafana"])
    assert part.command[1] == f"--homepath={home}"


def test_a_program_without_its_home_is_no_grafana(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "grafana"
    program.parent.mkdir()
    program.touch(mode=0o755)
    assert find_grafana(None, {"PATH": str(program.parent)}) is None


def test_a_named_folder_without_grafana_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="no Grafana in this folder"):
        find_grafana(tmp_path, {"PATH": ""})


def test_settings_let_anybody_look_on_loopback_and_send_nothing(tmp_path: Path) -> None:
    data, boards = Folder(tmp_path), tmp_path / "compiled" / "dashboards"
    file = write_provisioning(data, addresses_of(DEFAULT_PORTS), boards, "1s")
    settings = configparser.RawConfigParser()
    settings.read(file)
    assert settings["server"]["http_addr"] == "127.0.0.1"
    assert dict(settings["auth.anonymous"]) == {"enabled": "true", "org_role": "Viewer"}
    assert set(settings["analytics"].values()) == {"false"}
    assert settings["security"]["disable_gravatar"] == "true"
    assert "$__file{" in settings["security"]["admin_password"]

    provisioning = tmp_path / "grafana" / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())
    [source] = sources["datasources"]
    assert (source["uid"], source["url"]) == ("prometheus", "http://127.0.0.1:9090")
    providers = yaml.safe_load((provisioning / "dashboards" / "sothat.yaml").read_text())
    assert providers["providers"][0]["options"]["path"] == str(boards)
