"""A real Alertmanager, and a server that records what it sends."""

import json
import os
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import yaml

from .shifted_zones import write_zones

PATIENCE = 60.0
_WAIT, _LAST_WAIT = "2s", "5s"
LAST = {"alertname": "Last", "sentinel": "last"}

Labels = Mapping[str, str]
# A set of labels, and one message: receiver, labels of the group, its alerts.
Labelled = frozenset[tuple[str, str]]
Message = tuple[str, Labelled, frozenset[Labelled]]
Told = Counter[Message]


class Recorder(ThreadingHTTPServer):
    """Records the messages of a webhook; the path is the receiver's number."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.messages: list[tuple[str, Any]] = []
        self.arrived = threading.Condition()

    @contextmanager
    def running(self) -> Iterator["Recorder"]:
        thread = threading.Thread(target=self.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            self.server_close()
            thread.join()

    def told(self, names: Sequence[str]) -> Told:
        """Return what the receivers have heard, by their names; of a group all at once."""
        groups: dict[tuple[str, str], tuple[Labelled, set[Labelled]]] = {}
        for number, message in tuple(self.messages):
            name = "last" if number == "last" else names[int(number)]
            labels = frozenset(message["groupLabels"].items())
            _, heard = groups.setdefault((name, message["groupKey"]), (labels, set()))
            heard.update(frozenset(alert["labels"].items()) for alert in message["alerts"])
        return Counter(
            (name, labels, frozenset(heard)) for (name, _), (labels, heard) in groups.items()
        )

    def wait_until(self, enough: Callable[[], bool]) -> None:
        """Wait until enough has been heard, at most for long."""
        with self.arrived:
            self.arrived.wait_for(enough, PATIENCE)


class _Handler(BaseHTTPRequestHandler):
    server: Recorder

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.arrived:
            self.server.messages.append((self.path.removeprefix("/"), body))
            self.server.arrived.notify_all()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def recorded(config: Mapping[str, Any], recorder: Recorder) -> tuple[dict[str, Any], list[str]]:
    """Return a configuration whose receivers lead to the recorder, quick, and the names of those.

    Routes, matchers, grouping, inhibition and time intervals stay as they are, but for the name of
    UTC, which Go would not look up.
    """
    names = [receiver["name"] for receiver in config["receivers"]]
    silent = {r["name"] for r in config["receivers"] if len(r) == 1}
    host, port = recorder.server_address[:2]
    receivers: list[dict[str, Any]] = [
        {"name": name}
        if name in silent
        else {"name": name, "webhook_configs": [{"url": f"http://{host!s}:{port}/{number}"}]}
        for number, name in enumerate(names)
    ]
    receivers.append({"name": "last", "webhook_configs": [{"url": f"http://{host!s}:{port}/last"}]})
    last = {
        "receiver": "last",
        "matchers": ['sentinel="last"'],
        "group_wait": _LAST_WAIT,
        "group_by": [],
    }
    route = _quick(config["route"])
    route["routes"] = [last, *route.get("routes", [])]
    changed = {**config, "route": route, "receivers": receivers}
    changed["time_intervals"] = [_placed(each) for each in config.get("time_intervals", [])]
    return changed, names


def _quick(route: Mapping[str, Any]) -> dict[str, Any]:
    children = {"routes": [_quick(child) for child in route["routes"]]} if "routes" in route else {}
    return {
        **route,
        "group_wait": _WAIT,
        "group_interval": "1h",
        "repeat_interval": "9h",
        **children,
    }


def _placed(named: Mapping[str, Any]) -> dict[str, Any]:
    intervals = [
        {**each, "location": "Etc/UTC"} if each.get("location", "UTC") == "UTC" else each
        for each in named["time_intervals"]
    ]
    return {**named, "time_intervals": intervals}


@contextmanager
def alertmanager(
    program: str, config: Mapping[str, Any], at: datetime, folder: Path
) -> Iterator[str]:
    """Run an Alertmanager for whose time intervals it is another time; yield its address."""
    folder.mkdir()
    locations = {i["location"] for t in config["time_intervals"] for i in t["time_intervals"]}
    now = datetime.now(UTC)
    write_zones(
        folder / "zones", locations, timedelta(seconds=(at - now) // timedelta(seconds=1)), now
    )
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(dict(config)), encoding="utf-8")
    port = _free_port()
    command = [
        program,
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    environment = {**os.environ, "ZONEINFO": str(folder / "zones")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _await_ready(process, port, folder)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_ready(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / "log").read_text()
        try:
            with urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError((folder / "log").read_text())


def post(address: str, alerts: Sequence[Labels]) -> None:
    """Let alerts fire."""
    body = json.dumps([{"labels": dict(labels)} for labels in alerts]).encode()
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{address}/api/v2/alerts", body, headers), timeout=PATIENCE) as answer:
        assert answer.status == 200


def told(
    program: str,
    config: Mapping[str, Any],
    alerts: Sequence[Labels],
    at: datetime,
    folder: Path,
    expected: Told,
) -> Told:
    """Return what an Alertmanager tells whom when alerts fire at a time.

    All alerts come at once and every group waits as long. What comes last waits longer, so that
    after it, and after all that is expected, nothing more comes.
    """
    last: Message = "last", frozenset(), frozenset({frozenset(LAST.items())})
    with Recorder().running() as recorder:
        changed, names = recorded(config, recorder)
        with alertmanager(program, changed, at, folder) as address:
            post(address, [*alerts, LAST])
            awaited = expected + Counter([last])
            recorder.wait_until(lambda: recorder.told(names) >= awaited)
        found = recorder.told(names)
        assert found[last], "not even what comes last came"
        return found - Counter([last])
