"""A real Alertmanager in front of the real service."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from .conftest import Running, eventually

CONFIG = """\
route:
  receiver: 'incidents.main (eu)'
  group_by: [alertname, site]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1s
receivers:
  - name: 'incidents.main (eu)'
    webhook_configs:
      - url: {url}/api/v1/webhooks/alertmanager
        send_resolved: true
        http_config:
          authorization: {{type: Bearer, credentials_file: {token}}}
"""


def _binary() -> str:
    names = ("alertmanager", "prometheus-alertmanager")
    folder = os.environ.get("SOTHAT_TOOLS", "")
    found = (shutil.which(n, path=p) for p in (folder, None) if p != "" for n in names)
    path = next((f for f in found if f), None)
    if path is None:
        pytest.skip("no Alertmanager on PATH")
    return path


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def alertmanager(service: Running, tmp_path: Path) -> Iterator[str]:
    config = tmp_path / "alertmanager.yml"
    token = service.data / "secrets/webhook-token"
    config.write_text(CONFIG.format(url=service.url, token=token))
    url = f"127.0.0.1:{_port()}"
    process = subprocess.Popen(
        [
            _binary(),
            f"--config.file={config}",
            f"--storage.path={tmp_path / 'alertmanager'}",
            f"--web.listen-address={url}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: _ready(f"http://{url}"))
        yield f"http://{url}"
    finally:
        process.terminate()
        process.wait(10)


def _ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=1).ok
    except requests.ConnectionError:
        return False


def _send(url: str, began: datetime, ended: datetime | None = None) -> None:
    one: dict[str, Any] = {
        "labels": {
            "alertname": "DeviceOffline",
            "site": "Zürich \N{FIRE}",
            "device": "plug",
            "priority": "P1",
            "team": "building-operations",
        },
        "annotations": {"summary": "A device does not answer", "so_that": "rooms stay warm"},
        "startsAt": began.isoformat(),
    }
    if ended:
        one["endsAt"] = ended.isoformat()
    answer = requests.post(f"{url}/api/v2/alerts", json=[one], timeout=5)
    assert answer.ok, answer.text


@pytest.mark.real
def test_firing_repeat_and_resolve_arrive(service: Running, alertmanager: str) -> None:
    began = datetime.now(UTC) - timedelta(minutes=1)
    _send(alertmanager, began)
    eventually(service.incidents)
    duplicate = 'incidents_webhook_requests_total{outcome="duplicate"}'
    eventually(lambda: service.metrics()[duplicate] >= 1, 15)
    assert service.incident(1)["state"] == "open"
    _send(alertmanager, began, datetime.now(UTC))
    eventually(lambda: service.incident(1)["state"] == "resolved", 15)
    whole = service.incident(1)
    assert len(service.incidents()) == 1
    assert whole["labels"]["site"] == "Zürich \N{FIRE}"
    assert "incidents.main (eu)" in whole["timeline"][0]["text"]
    assert json.dumps(whole["timeline"]).count('"alert-firing"') == 1
    assert service.metrics()['incidents_webhook_requests_total{outcome="rejected"}'] == 0
