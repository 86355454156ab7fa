"""One Alertmanager or a cluster of two, real ones, on loopback."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

# Short, so that the cases take seconds; Alertmanager itself never tries for less than 10 s.
_ROUTES = """\
route:
  receiver: {receiver}
  group_by: [case]
  group_wait: 0s
  group_interval: {interval}
  repeat_interval: {repeat}
  routes:
    - receiver: {truncating}
      matchers: ['case="truncation"']
{extra}
inhibit_rules:
  - source_matchers: ['role="source"']
    target_matchers: ['role="target"']
    equal: [case]
receivers:
  - name: {receiver}
    webhook_configs: [{{url: {url}, send_resolved: true{auth}}}]
  - name: {truncating}
    webhook_configs: [{{url: {url}, send_resolved: true, max_alerts: 1{auth}}}]
"""
RECEIVERS = ("incident-service", "incident-service-truncating")
GROUP_INTERVAL, REPEAT_INTERVAL = 2, 4
_PEER_WAIT = "1s"
_READY_SECONDS = 30.0


@dataclass(slots=True)
class _Peer:
    folder: Path
    web: int
    mesh: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web}"


class Alertmanagers:
    """The processes: started, reloaded, killed, asked, and stopped with the context's end."""

    def __init__(
        self,
        program: Path,
        folder: Path,
        ports: Sequence[tuple[int, int]],
        relay: str,
        token_file: Path | None,
    ) -> None:
        self._program = program
        self._config = folder / "alertmanager.yml"
        self._relay = relay
        self._token_file = token_file
        self._peers = [_Peer(folder / str(i), *pair) for i, pair in enumerate(ports)]

    @property
    def peers(self) -> int:
        """Return how many there are."""
        return len(self._peers)

    def __enter__(self) -> "Alertmanagers":
        self.configure()
        for index in range(self.peers):
            self.start(index)
        return self

    def __exit__(self, *_error: object) -> None:
        for peer in self._peers:
            if peer.process is not None:
                peer.process.terminate()
        for peer in self._peers:
            if peer.process is not None:
                _ended(peer.process)

    def configure(self, extra: str = "") -> None:
        """Write the configuration, with more routes if any."""
        auth = ""
        if self._token_file:
            file = json.dumps(str(self._token_file))
            auth = f", http_config: {{authorization: {{type: Bearer, credentials_file: {file}}}}}"
        self._config.write_text(
            _ROUTES.format(
                receiver=RECEIVERS[0],
                truncating=RECEIVERS[1],
                interval=f"{GROUP_INTERVAL}s",
                repeat=f"{REPEAT_INTERVAL}s",
                url=self._relay,
                auth=auth,
                extra=extra,
            )
        )

    def reload(self) -> None:
        """Let all read the configuration again."""
        for peer in self._running():
            requests.post(f"{peer.url}/-/reload", timeout=10).raise_for_status()

    def start(self, index: int) -> None:
        """Start one and wait until it serves."""
        peer = self._peers[index]
        peer.folder.mkdir(parents=True, exist_ok=True)
        options = [
            f"--config.file={self._config}",
            f"--storage.path={peer.folder}",
            f"--web.listen-address=127.0.0.1:{peer.web}",
            *self._mesh(index),
        ]
        with (peer.folder / "log").open("ab") as log:
            peer.process = subprocess.Popen(
                [self._program, *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(lambda: _ready(peer.url), _READY_SECONDS, "an Alertmanager did not get ready")

    def _mesh(self, index: int) -> list[str]:
        if self.peers == 1:
            return ["--cluster.listen-address="]
        others = [p.mesh for i, p in enumerate(self._peers) if i != index]
        return [
            f"--cluster.listen-address=127.0.0.1:{self._peers[index].mesh}",
            f"--cluster.advertise-address=127.0.0.1:{self._peers[index].mesh}",
            *(f"--cluster.peer=127.0.0.1:{port}" for port in others),
            f"--cluster.peer-timeout={_PEER_WAIT}",
            "--cluster.settle-timeout=2s",
        ]

    def kill(self, index: int) -> None:
        """End one as a power cut would."""
        process = self._peers[index].process
        if process is not None:
            process.kill()
            process.wait()
            self._peers[index].process = None

    def forget(self, index: int) -> None:
        """Take away what one that does not run has stored: silences, and what it has told."""
        shutil.rmtree(self._peers[index].folder)

    def send(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        """Send alerts to all that run, as Prometheus does."""
        for peer in self._running():
            url = f"{peer.url}/api/v2/alerts"
            requests.post(url, json=list(alerts), timeout=10).raise_for_status()

    def silence(self, case: str) -> None:
        """Silence a case for an hour, at one of them: a cluster tells the others."""
        now = datetime.now(UTC)
        silence = {
            "matchers": [{"name": "case", "value": case, "isRegex": False}],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(hours=1)).isoformat(),
            "createdBy": "conformance",
            "comment": "an end that falls into a silence",
        }
        url = f"{self._running()[0].url}/api/v2/silences"
        requests.post(url, json=silence, timeout=10).raise_for_status()
        until(lambda: self._all_suppressed(case), 30.0, "the silence did not take hold")

    def suppressed(self, case: str, instance: str) -> bool:
        """Return whether all of them keep an alert to themselves."""
        return all(
            alert["status"]["state"] == "suppressed"
            for peer in self._running()
            for alert in self._alerts(peer, case)
            if alert["labels"].get("instance") == instance
        )

    def knows(self, case: str) -> bool:
        """Return whether any of them holds an alert of a case."""
        return any(self._alerts(peer, case) for peer in self._running())

    def _all_suppressed(self, case: str) -> bool:
        found = [a for peer in self._running() for a in self._alerts(peer, case)]
        return bool(found) and all(a["status"]["state"] == "suppressed" for a in found)

    def _alerts(self, peer: _Peer, case: str) -> list[Any]:
        answer = requests.get(
            f"{peer.url}/api/v2/alerts", params={"filter": f'case="{case}"'}, timeout=10
        )
        answer.raise_for_status()
        found: list[Any] = answer.json()
        return found

    def _running(self) -> list[_Peer]:
        return [peer for peer in self._peers if peer.process is not None]


def until(check: Callable[[], object], seconds: float, otherwise: str) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: It is not within the time; the text is ``otherwise``.
    """
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.05)


def _ready(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{url}/-/ready", timeout=1).ok
    return False


def _ended(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
