"""A real Alertmanager whose messages do not come, and the service that finds out."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sothat.stack.tools import ALERTMANAGER, locate

from .conftest import Running, alert, eventually, message

CONFIG = """\
route:
  receiver: incident-service
  group_by: [site]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: incident-service
    webhook_configs:
      - url: {url}/api/v1/webhooks/alertmanager
        send_resolved: true
        {extra}
        http_config: {{authorization: {{type: Bearer, credentials: {token}}}}}
"""
RECONCILE = """\
reconcile:
  - peers: [{url}]
    every: 200ms
    slack: 500ms
    settle: 0s
"""


class Alertmanager:
    """The real one, on a free port."""

    def __init__(self, folder: Path) -> None:
        path = locate(ALERTMANAGER, os.environ)
        if path is None:
            pytest.skip("no Alertmanager on PATH")
        self._path = path
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.url = f"http://{self._address}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, service: str, token: str, extra: str = "max_alerts: 0") -> None:
        """Start it with this service as its receiver, on its former data."""
        config = self._folder / "alertmanager.yml"
        config.write_text(CONFIG.format(url=service, token=token, extra=extra))
        options = [
            f"--config.file={config}",
            f"--storage.path={self._folder / 'alertmanager'}",
            f"--web.listen-address={self._address}",
            "--cluster.listen-address=",
        ]
        with (self._folder / "alertmanager.log").open("ab") as log:
            self._process = subprocess.Popen([self._path, *options], stdout=log, stderr=log)
        eventually(self._ready)

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/-/ready", timeout=1).ok
        except requests.ConnectionError:
            return False

    def send(self, *devices: str, ended: bool = False) -> None:
        """Let some devices fire, or end."""
        now = datetime.now(UTC)
        ends = now if ended else now + timedelta(hours=1)
        alerts = [
            {
                "labels": {
                    "alertname": "DeviceOffline",
                    "site": "a",
                    "device": device,
                    "priority": "P2",
                    "team": "building-operations",
                },
                "annotations": {"summary": "A device does not answer"},
                "startsAt": (now - timedelta(minutes=1)).isoformat(),
                "endsAt": ends.isoformat(),
            }
            for device in devices
        ]
        answer = requests.post(f"{self.url}/api/v2/alerts", json=alerts, timeout=5)
        assert answer.ok, answer.text

    def silence(self) -> None:
        """Silence the site for an hour."""
        now = datetime.now(UTC)
        silence = {
            "matchers": [{"name": "site", "value": "a", "isRegex": False}],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(hours=1)).isoformat(),
            "createdBy": "operator",
            "comment": "planned work",
        }
        answer = requests.post(f"{self.url}/api/v2/silences", json=silence, timeout=5)
        assert answer.ok, answer.text


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Alertmanager]:
    real = Alertmanager(tmp_path)
    yield real
    real.stop()


@pytest.fixture
def service(data: Path, alertmanager: Alertmanager) -> Iterator[Running]:
    with (data / "incidents.yaml").open("a") as config:
        config.write(RECONCILE.format(url=alertmanager.url))
    running = Running(data)
    running.start()
    yield running
    assert running.stop() == 0


def _token(service: Running) -> str:
    return (service.data / "secrets/webhook-token").read_text().strip()


def _texts(incident: dict[str, Any]) -> str:
    return json.dumps(incident["timeline"], ensure_ascii=False)


def _repairs(service: Running, gap: str) -> float:
    return service.metrics()[f'incidents_reconciler_repairs_total{{gap="{gap}"}}']


@pytest.mark.real
def test_an_end_that_a_silence_swallows_is_found(
    service: Running, alertmanager: Alertmanager
) -> None:
    alertmanager.start(service.url, _token(service))
    alertmanager.send("plug")
    eventually(service.incidents)
    alertmanager.silence()
    eventually(lambda: "planned work" in _texts(service.incident(1)))
    alertmanager.send("plug", ended=True)
    eventually(lambda: service.incident(1)["state"] == "resolved")
    assert "the message of it never came" in _texts(service.incident(1))
    assert _repairs(service, "swallowed-end") == 1
    assert _repairs(service, "lost-firing") == 0
    assert len(service.incidents()) == 1


@pytest.mark.real
def test_a_firing_that_was_refused_is_found(service: Running, alertmanager: Alertmanager) -> None:
    alertmanager.start(service.url, "another-token")
    alertmanager.send("plug")
    eventually(service.incidents)
    found = service.incident(1)
    assert found["labels"]["device"] == "plug"
    assert "was found in Alertmanager" in _texts(found)
    assert _repairs(service, "lost-firing") == 1
    # The message that comes in the end is of the same alert: nothing is doubled.
    (held,) = requests.get(f"{alertmanager.url}/api/v2/alerts", timeout=5).json()
    late = {**alert(labels=held["labels"]), "fingerprint": held["fingerprint"]}
    answer = service.post(message({**late, "startsAt": held["startsAt"]})).json()
    assert answer["outcome"] == "duplicate"
    assert len(service.incidents()) == 1


@pytest.mark.real
def test_what_truncation_cuts_is_found_and_ends(
    service: Running, alertmanager: Alertmanager
) -> None:
    alertmanager.start(service.url, _token(service), "max_alerts: 1")
    alertmanager.send("lamp", "meter", "plug")
    eventually(lambda: len(service.incident(1)["alerts"]) == 3 if service.incidents() else False)
    assert len(service.incidents()) == 1
    alertmanager.send("lamp", "meter", "plug", ended=True)
    eventually(lambda: service.incident(1)["state"] == "resolved")
    assert not [a for a in service.incident(1)["alerts"] if a["status"] == "firing"]


@pytest.mark.real
def test_an_alertmanager_that_is_away_ends_nothing(
    service: Running, alertmanager: Alertmanager
) -> None:
    alertmanager.start(service.url, _token(service))
    alertmanager.send("plug")
    eventually(service.incidents)
    alertmanager.stop()
    failed = 'incidents_reconciliations_total{outcome="failed"}'
    before = service.metrics()[failed]
    eventually(lambda: service.metrics()[failed] >= before + 3)
    assert service.incident(1)["state"] == "open"
    assert "does not answer" in (service.data / "log").read_text()
