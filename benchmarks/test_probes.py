"""500 targets probed by one process, all at the same moment."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from .sections import tell

_TARGETS = 500
_ROUNDS = 3
# Each probe waits for its target for so long.
_SECONDS = 0.5
_RSS = 100e6
# A package of a team's own: what a probe costs the runtime, without what it costs itself.
_PROBER = f"""
import time
from sothat.exporters.declare import gauge
from sothat.exporters.source import Sample
from sothat.model.metric import Contract

class Waiting:
    contract = Contract("waiting", (gauge("waiting_seconds", "Waited."),))
    def schema(self):
        return {{"properties": {{}}}}
    def open(self, settings, context):
        return self
    def probe(self, target, deadline, log):
        time.sleep({_SECONDS})
        yield Sample("waiting_seconds", {_SECONDS})
    def close(self):
        pass

PROBER = Waiting()
"""
_CONFIG = f"""
apiVersion: sothat/v1
kind: Exporter
modules: [{{type: waiting}}]
probes: {{concurrency: {_TARGETS}}}
"""


@pytest.fixture
def exporter(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    """Start an exporter; yield the process, and its host and port."""
    info = tmp_path / "waiting-1.0.dist-info"
    info.mkdir()
    (tmp_path / "waiting.py").write_text(_PROBER)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: waiting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sothat.probes]\nwaiting = waiting\n")
    (tmp_path / "exporter.yaml").write_text(_CONFIG)
    command = [Path(sys.executable).with_name("sothat"), "export", "--config", "exporter.yaml"]
    process = subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    found = re.search(r"address=(\S+):(\d+)", process.stderr.readline())
    assert found
    yield process, found[1], int(found[2])
    process.terminate()
    process.wait(20)
    process.stderr.close()


def test_500_targets(exporter: tuple[subprocess.Popen[str], str, int]) -> None:
    """All succeed, beside each other, in bounded memory; the threads are given back."""
    process, host, port = exporter
    watched = psutil.Process(process.pid)
    walls, before = [], watched.cpu_times()
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        bodies = asyncio.run(_probe_all(host, port))
        walls.append(time.perf_counter() - begun)
        assert sum(b"probe_success 1.0" in body for body in bodies) == _TARGETS
    spent = watched.cpu_times()
    cpu = (spent.user + spent.system - before.user - before.system) / _ROUNDS / _TARGETS
    memory = watched.memory_info().rss
    tell(
        "500 probes at the same moment",
        "By one process, through /probe; what the runtime costs, for each probe only waits.\n"
        "Asserted: all succeed, within ten times the time of one, in "
        f"{_RSS / 1e6:.0f} MB, and the threads are given back.",
        "| targets | each takes | all together | CPU a probe | resident | threads after |\n"
        "|--:|--:|--:|--:|--:|--:|\n"
        f"| {_TARGETS} | {_SECONDS} s | {min(walls):.2f} s | {1000 * cpu:.2f} ms |"
        f" {memory / 1e6:.0f} MB | {watched.num_threads()} |",
    )
    assert min(walls) < 10 * _SECONDS
    assert memory < _RSS
    assert watched.num_threads() < 20


async def _probe_all(host: str, port: int) -> list[bytes]:
    return await asyncio.gather(*(_probe(host, port, number) for number in range(_TARGETS)))


async def _probe(host: str, port: int, number: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    path = f"/probe?module=waiting&target=t{number}"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    body = await reader.read()
    writer.close()
    await writer.wait_closed()
    return body
