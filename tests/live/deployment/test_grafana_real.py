"""The boards of the catalogue in a real Grafana: after an apply nothing is left to do."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml
from sothat.commands._main import run as sothat
from sothat.stack.grafana import find_grafana

from .servers import free_port, until

COMPILED = Path(__file__).parents[3] / "compiled"
GRAFANA = find_grafana(None, os.environ)
PASSWORD = "only-in-this-test"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.real,
    pytest.mark.skipif(GRAFANA is None, reason="no Grafana on this machine"),
]
SETTINGS = """
[paths]
data = {folder}/data
logs = {folder}/logs
plugins = {folder}/plugins
[server]
http_addr = 127.0.0.1
http_port = {port}
[analytics]
enabled = false
reporting_enabled = false
check_for_updates = false
check_for_plugin_updates = false
[security]
admin_password = {password}
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    assert GRAFANA is not None
    port = free_port()
    settings = tmp_path / "grafana.ini"
    settings.write_text(SETTINGS.format(folder=tmp_path, port=port, password=PASSWORD))
    words = [str(GRAFANA.program), *(["server"] if GRAFANA.program.name == "grafana" else [])]
    process = subprocess.Popen(
        [*words, f"--homepath={GRAFANA.home}", f"--config={settings}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"

    def healthy() -> bool:
        assert process.poll() is None, "Grafana has ended"
        try:
            return requests.get(f"{url}/api/health", timeout=5).ok
        except requests.RequestException:
            return False

    try:
        until(healthy, "Grafana to be healthy", 240)
        yield url
    finally:
        process.kill()
        process.wait()


def test_nothing_is_left_to_do(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    server = {"url": url, "user": "admin", "password": {"file": "password"}}
    target = tmp_path / "target.yaml"
    data = {"apiVersion": "sothat/v1", "kind": "Deployment", "grafana": server}
    target.write_text(yaml.safe_dump(data))
    words = ["--target", str(target), "--compiled", str(COMPILED)]
    assert sothat(["apply", *words, "--yes"]) == 0
    capsys.readouterr()
    assert sothat(["plan", *words]) == 0
    assert capsys.readouterr().out.splitlines() == ["no changes"]
    session = requests.Session()
    session.auth = ("admin", PASSWORD)
    session.delete(f"{url}/api/dashboards/uid/sothat-executive", timeout=30).raise_for_status()
    assert sothat(["plan", *words]) == 1
    assert "board Executive is new" in capsys.readouterr().out
    assert sothat(["apply", "--target", str(target), "--rollback"]) == 0
    assert session.get(f"{url}/api/search", timeout=30).json() == []
