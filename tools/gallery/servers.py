"""Prometheus with a made-up history, and Grafana with the boards before it; on loopback."""

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sothat.stack.folder import Folder
from sothat.stack.grafana import find_grafana, grafana_part, write_provisioning
from sothat.stack.part import Address

STEP = 240.0
"""Seconds between two samples: below Prometheus' look-back, so that no line has gaps."""


def import_history(promtool: str, text: Path, data: Path) -> None:
    """Make blocks of OpenMetrics text."""
    subprocess.run(
        # In large blocks: promtool reads the whole text again for each.
        [promtool, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=720h",
         str(text), str(data)],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


@contextmanager
def prometheus(program: str, folder: Path, address: Address) -> Iterator[None]:
    """Run Prometheus over blocks in ``folder/data``; it scrapes nothing."""
    config = folder / "prometheus.yml"
    config.write_text("global: {scrape_interval: 15s}\n")
    command = [program, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}",
               f"--web.listen-address={address}", "--storage.tsdb.retention.time=10y"]  # fmt: skip
    with _running(command, f"{address.url}/-/ready", folder / "prometheus.log"):
        yield


@contextmanager
def grafana(folder: Path, boards: Path, addresses: dict[str, Address]) -> Iterator[None]:
    """Run the Grafana that is found, provisioned as `sothat up` does."""
    found = find_grafana(None, os.environ)
    if found is None:
        raise SystemExit("no Grafana here: name its folder by SOTHAT_GRAFANA_HOME")
    data = Folder(folder)
    data.prepare()
    settings = write_provisioning(data, addresses, boards, f"{STEP:.0f}s")
    part = grafana_part(found, settings, addresses["grafana"])
    with _running(part.command, f"{addresses['grafana'].url}/api/health", folder / "grafana.log"):
        yield


@contextmanager
def _running(command: Sequence[str], ready: str, log: Path) -> Iterator[None]:
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink)
        try:
            _await(ready, process, log)
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"not ready: {url}; see {log}\n{log.read_text()[-2000:]}")


def await_boards(grafana_url: str, uids: Sequence[str]) -> None:
    """Wait until Grafana has read its provisioned boards, which it does after it is up."""
    deadline = time.monotonic() + 120
    for uid in uids:
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{grafana_url}/api/dashboards/uid/{uid}", timeout=5):
                    break
            except OSError:
                time.sleep(0.5)
