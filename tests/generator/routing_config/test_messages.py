"""What a real Alertmanager sends to a direct channel, word for word."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

import pytest
from sothat.generator.loading.policy import resolve_policy
from sothat.generator.values import load_values

from .policies import as_yaml
from .test_channels import with_channel
from .test_routes import configuration

pytestmark = pytest.mark.real
PATIENCE = 120
NAMES = ("alertmanager", "prometheus-alertmanager")
FOLDERS = (None, os.environ.get("SOTHAT_CURRENT_TOOLS"))
FOUND = (shutil.which(name, path=folder) for folder in FOLDERS if folder != "" for name in NAMES)
PROGRAMS = list(dict.fromkeys(filter(None, FOUND)))
LABELS = {"team": "plant", "priority": "P2", "site": "north", "outcome": "comfort"}
PROMISE = {
    "summary": "A pump has stopped",
    "description": "p1 <!channel> & more",
    "if": "it stands",
    "do": "start it",
    "so_that": "tenants are warm",
    "runbook_url": "http://runbooks.example.org/P",
    "dashboard_url": "http://boards.example.org/P",
}


class Listener(ThreadingHTTPServer):
    """Keeps what is posted to it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: Queue[Any] = Queue()


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.put(json.loads(body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def alertmanager(program: str, config: dict[str, Any], folder: Path) -> Iterator[str]:
    """Run an Alertmanager and yield its address."""
    (folder / "alertmanager.yml").write_text(as_yaml(config), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    arguments = (
        "--config.file=alertmanager.yml",
        "--storage.path=data",
        "--cluster.listen-address=",
    )
    process = subprocess.Popen(
        [program, *arguments, f"--web.listen-address={address}"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://{address}/-/ready", process)
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "the Alertmanager has ended"
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.05)  # nothing to await: the process says nothing when it listens
    raise AssertionError(f"{url} does not answer")


def send(address: str, alerts: list[dict[str, Any]]) -> None:
    body = json.dumps(alerts).encode()
    head = {"Content-Type": "application/json"}
    with urlopen(Request(f"http://{address}/api/v2/alerts", body, head), timeout=30):
        pass


def said(
    program: str, kind: str, listener: Listener, folder: Path, alerts: list[dict[str, Any]]
) -> Any:
    """Return the first message of a channel's type about some alerts."""
    secret = folder / "secret"
    secret.write_text(f"http://127.0.0.1:{listener.server_port}/", encoding="utf-8")
    data = with_channel(kind, secret_file=str(secret))
    values = load_values(None, ["alertmanager.group_wait=1s", "alertmanager.group_interval=1s"])
    config = configuration(resolve_policy(data), values)
    # The incident service is not there, and would be tried again and again.
    config["receivers"][0] = {"name": "incident-service"}
    with alertmanager(program, config, folder) as address:
        send(address, alerts)
        return listener.bodies.get(timeout=PATIENCE)


def firing(name: str, annotations: dict[str, str]) -> dict[str, Any]:
    return {"labels": {"alertname": name, **LABELS}, "annotations": annotations}


@pytest.mark.parametrize("program", PROGRAMS)
def test_slack(program: str, listener: Listener, tmp_path: Path) -> None:
    found = said(program, "slack", listener, tmp_path, [firing("PumpStopped", PROMISE)])
    (message,) = found["attachments"]
    assert found["channel"] == "#plant"
    assert message["title"] == "[FIRING 1 P2] A pump has stopped (north)"
    assert message["title_link"] == PROMISE["runbook_url"]
    assert message["text"].strip().splitlines() == [
        "*PumpStopped*: p1 &lt;!channel&gt; &amp; more",
        "*IF* it stands",
        "*DO* start it",
        "*SO THAT* tenants are warm",
        "<http://runbooks.example.org/P|Runbook>",
        "<http://boards.example.org/P|Panel>",
    ]


@pytest.mark.parametrize("program", PROGRAMS)
def test_several_alerts_of_one_outcome_are_one_message(
    program: str, listener: Listener, tmp_path: Path
) -> None:
    alerts = [firing("PumpStopped", PROMISE), firing("Strange", {})]
    alerts += [firing(f"Z{number:02}", {}) for number in range(10)]
    found = said(program, "slack", listener, tmp_path, alerts)
    (message,) = found["attachments"]
    assert message["title"] == "[FIRING 12 P2] A pump has stopped and more (north)"
    assert "*Strange*: \n" in message["text"]
    assert message["text"].endswith("12 alerts in all")
    assert "Z09" not in message["text"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    PROGRAMS[1:]
    or [pytest.param("", marks=pytest.mark.skip("no current Alertmanager (make tools)"))],
)
def test_teams(program: str, listener: Listener, tmp_path: Path) -> None:
    found = said(program, "teams", listener, tmp_path, [firing("PumpStopped", PROMISE)])
    title, text = (block["text"] for block in found["attachments"][0]["content"]["body"])
    assert title == "[FIRING 1 P2] A pump has stopped (north)"
    assert "**DO** start it\n\n" in text
    assert "[Runbook](http://runbooks.example.org/P)" in text
