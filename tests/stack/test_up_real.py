"""``sothat up`` with everything real: kills, restarts, a clean stop, no orphan."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from sothat.stack.grafana import find_grafana
from sothat.stack.tools import ALERTMANAGER, PROMETHEUS, locate

from .conftest import is_gone, until

SOTHAT = [sys.executable, "-P", "-m", "sothat.commands"]
PARTS = ("building", "incidents", "alertmanager", "exporter", "prometheus")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not all(locate(tool, os.environ) for tool in (PROMETHEUS, ALERTMANAGER)),
        reason="no Prometheus or Alertmanager here; `sothat doctor` says how to get them",
    ),
]


class Up:
    """A running ``sothat up``."""

    def __init__(self, data: Path, *more: str) -> None:
        self.data = data
        self.output = data.with_suffix(".txt")
        command = [*SOTHAT, "up", "--ports", "auto", "--data", str(data), *more]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)

    def parts(self) -> dict[str, Any]:
        try:
            parts: dict[str, Any] = json.loads((self.data / "stack.json").read_text())["parts"]
        except FileNotFoundError:
            return {}
        return parts

    def all_up(self) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        parts = self.parts()
        return bool(parts) and all(part["state"] == "up" for part in parts.values())

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def running(data: Path, *more: str) -> Iterator[Up]:
    up = Up(data, *more)
    try:
        until(up.all_up, "all parts up", 90)
        yield up
    finally:
        up.process.kill()
        up.process.wait()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    with running(tmp_path / "data", "--no-grafana") as up:
        yield up


def test_every_part_that_is_killed_comes_back_and_the_stop_is_clean(up: Up) -> None:
    assert set(up.parts()) == set(PARTS)
    first = {name: part["pid"] for name, part in up.parts().items()}
    for pid in first.values():
        os.kill(pid, signal.SIGKILL)
    until(
        lambda: up.all_up() and all(part["restarts"] == 1 for part in up.parts().values()),
        "all parts back",
        90,
    )
    told = up.output.read_text()
    for name in PARTS:
        assert f"{name:13}down       killed by SIGKILL" in told

    second = [*SOTHAT, "up", "--ports", "auto", "--no-grafana", "--data", str(up.data)]
    refused = subprocess.run(second, check=False, capture_output=True, text=True)
    assert refused.returncode == 2
    assert f"in use by another running stack (process {up.process.pid})" in refused.stderr

    family = up.family()
    up.process.terminate()
    assert up.process.wait(60) == 0
    assert [member for member in family if not is_gone(member.pid)] == []
    assert not (up.data / "stack.json").exists()


def test_killing_the_stack_itself_leaves_no_orphan(up: Up) -> None:
    family = up.family()
    assert len(family) >= len(PARTS)
    up.process.kill()
    for member in family:
        until(lambda pid=member.pid: is_gone(pid), f"{member} is gone")  # type: ignore[misc]


def test_nothing_listens_beyond_loopback(up: Up) -> None:
    for member in up.family():
        for connection in member.net_connections("inet"):
            if connection.status in (psutil.CONN_LISTEN, psutil.CONN_NONE):
                assert connection.laddr.ip.startswith("127."), (member, connection)


@pytest.mark.skipif(find_grafana(None, os.environ) is None, reason="no Grafana on this machine")
def test_grafana_shows_the_boards_to_anybody_here_and_lets_nobody_change_them(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "data") as up:
        addresses = json.loads((up.data / "stack.json").read_text())["addresses"]
        grafana = addresses["grafana"]
        compiled = {file.stem for file in (up.data / "compiled" / "dashboards").glob("*.json")}

        def shown() -> set[str]:
            found = requests.get(f"{grafana}/api/search?type=dash-db", timeout=5).json()
            return {board["uid"] for board in found}

        assert compiled
        until(lambda: shown() == compiled, "all boards provisioned")
        query = {"refId": "A", "datasource": {"uid": "prometheus"}, "expr": "count(up)"}
        body = {"queries": [{**query, "instant": True}], "from": "now-1m", "to": "now"}

        def answer() -> object:
            told = requests.post(f"{grafana}/api/ds/query", json=body, timeout=5).json()
            values = told["results"]["A"]["frames"][0]["data"]["values"]
            return values[1] if values else None

        until(lambda: answer() == [4], "four targets, as Grafana sees them")
        board = {"dashboard": {"title": "x"}}
        assert requests.post(f"{grafana}/api/dashboards/db", json=board, timeout=5).status_code in (
            401,
            403,
        )
        guess = requests.get(f"{grafana}/api/org", auth=("admin", "admin"), timeout=5)
        assert guess.status_code == 401
