"""In the running demo every query has an answer, or stands on the list with its reason."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from sothat.runtime.prometheus import Prometheus
from sothat.stack.tools import ALERTMANAGER, PROMETHEUS, locate

from .asking import Asked, asked, is_answered
from .unanswered import unanswered

SOTHAT = [sys.executable, "-P", "-m", "sothat.commands"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real,
    pytest.mark.skipif(
        not all(locate(tool, os.environ) for tool in (PROMETHEUS, ALERTMANAGER)),
        reason="no Prometheus or Alertmanager here; `sothat doctor` says how to get them",
    ),
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Run the demo until Prometheus has evaluated its rules over a few minutes of samples."""
    data = tmp_path_factory.mktemp("demo") / "data"
    output = data.with_suffix(".txt")
    command = [*SOTHAT, "up", "--ports", "auto", "--no-grafana", "--data", str(data)]
    with output.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 180
        while not (data / "stack.json").exists() or not _all_up(data):
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(1)
        url = json.loads((data / "stack.json").read_text())["addresses"]["prometheus"]
        with requests.Session() as session:
            server = Prometheus(url, session)
            while not server.instant("count_over_time(site:tuya_devices_up:ratio[10m]) > 90"):
                assert time.monotonic() < deadline + 300, output.read_text()
                time.sleep(1)
            yield server
    finally:
        process.terminate()
        process.wait(timeout=60)


def _all_up(data: Path) -> bool:
    parts = json.loads((data / "stack.json").read_text())["parts"].values()
    return bool(parts) and all(part["state"] == "up" for part in parts)


def test_every_query_is_answered_or_listed(
    demo: Prometheus, shipped_boards: Mapping[str, Mapping[str, Any]]
) -> None:
    listed = unanswered()
    queries = [one for uid, board in shipped_boards.items() if "-alerts-" not in uid
               for one in asked(board)]  # fmt: skip
    end = time.time()
    answered: dict[tuple[str, str], bool] = {}
    for one in queries:
        there = is_answered(demo, one, end, 300, 5)
        answered[one.board, one.place] = answered.get((one.board, one.place), False) or there
    silent = {place for place, there in answered.items() if not there}
    assert sorted(silent - set(listed)) == []
    assert len(silent) < 0.6 * len(answered)


def test_a_query_of_nothing_is_found(demo: Prometheus) -> None:
    nothing = Asked("a", "b", "nobody_has_this", instant=True)
    assert not is_answered(demo, nothing, time.time(), 300, 5)
