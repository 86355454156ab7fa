"""The shipped contracts against what real sources expose, saved and live.

The saved ones were captured from the exporters on a scratch machine: one line for each of the
first few series of a family, values replaced by 1.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sothat.generator.contracting.checking import Terms, deviations
from sothat.generator.contracting.fetching import read_exposition
from sothat.generator.contracting.observed import observe
from sothat.generator.declared import find_contract
from sothat.model.problem import Problem

DATA = sorted((Path(__file__).parent / "data").glob("*.gz"))
EXPORTERS = ("node_exporter", "prometheus-node-exporter")


def problems(origin: str, contract: str) -> list[Problem]:
    terms = Terms([find_contract(contract)], [find_contract("client-libraries")])
    return deviations(observe(read_exposition(origin)), terms)


@pytest.mark.parametrize("file", DATA, ids=lambda file: file.name.removesuffix(".txt.gz"))
def test_saved(file: Path) -> None:
    assert problems(str(file), file.name.partition("-")[0]) == []


def test_there_are_saved_ones() -> None:
    assert len(DATA) >= 10


def tool(*names: str) -> list[str]:
    """Return every release of a tool at hand: that on PATH, and that in SOTHAT_TOOLS."""
    folders = [None, os.environ.get("SOTHAT_TOOLS") or "/nonexistent"]
    found = [shutil.which(name, path=folder) for folder in folders for name in names]
    return sorted({path for path in found if path})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], url: str, folder: Path) -> Iterator[None]:
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _await(url, process)
            yield
        finally:
            process.terminate()
            process.wait(10)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if requests.get(url, timeout=1).ok:
                return
        except requests.RequestException:
            pass
        assert process.poll() is None, "it has ended by itself"
        assert time.monotonic() < deadline, "it does not answer"
        time.sleep(0.05)


@pytest.mark.real
@pytest.mark.parametrize("binary", tool("prometheus"))
def test_prometheus(binary: str, tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(
        "rule_files: [r.yml]\n"
        "scrape_configs: [{job_name: a, static_configs: [{targets: ['127.0.0.1:1']}]}]\n"
    )
    (tmp_path / "r.yml").write_text("groups: [{name: g, rules: [{record: a, expr: vector(1)}]}]\n")
    listen = f"127.0.0.1:{free_port()}"
    command = [binary, "--config.file=p.yml", f"--web.listen-address={listen}"]
    with running(command, f"http://{listen}/-/ready", tmp_path):
        assert problems(f"http://{listen}/metrics", "prometheus") == []


@pytest.mark.real
@pytest.mark.parametrize("binary", tool("alertmanager", "prometheus-alertmanager"))
def test_alertmanager(binary: str, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("route: {receiver: a}\nreceivers: [{name: a}]\n")
    listen = f"127.0.0.1:{free_port()}"
    command = [
        binary,
        "--config.file=a.yml",
        f"--storage.path={tmp_path}",
        f"--web.listen-address={listen}",
        "--cluster.listen-address=",
    ]
    with running(command, f"http://{listen}/-/ready", tmp_path):
        assert problems(f"http://{listen}/metrics", "alertmanager") == []


@pytest.mark.real
@pytest.mark.parametrize("binary", tool(*EXPORTERS))
def test_node_exporter(binary: str, tmp_path: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    command = [binary, f"--web.listen-address={listen}"]
    with running(command, f"http://{listen}/", tmp_path):
        assert problems(f"http://{listen}/metrics", "node_exporter") == []
