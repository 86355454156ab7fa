"""Receivers of Alertmanager's messages as processes: ours, and alerta-server beside it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from .incident_messages import PRIORITY, write_requests

# The interpreter of a virtual environment with alerta-server, psycopg2-binary and gunicorn in it.
ALERTA = "SOTHAT_BENCH_ALERTA"
# What uses no more than this share of a processor has nothing to do but its rounds.
_REST_SECONDS, _REST_SHARE = 0.5, 0.1
TOKEN = "a-token-for-benchmarks"  # noqa: S105 – of a process on loopback, gone at the end
_CONFIG = """\
apiVersion: sothat/v1
kind: Incidents
store: {store}
policy: policy.json
runbooks: .
workers: {workers}
webhook: {{token: {{file: token}}}}
channels: {channels}
"""
_ALERTA = """\
DATABASE_URL = '{store}'
AUTH_REQUIRED = False
SECRET_KEY = 'x'
ALLOWED_ENVIRONMENTS = ['Production', 'Development']
"""

# Seconds for the messages of one turn.
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Load:
    """What became of a load.

    Attributes:
        alerts: How many were sent.
        wall: How long that took, in seconds.
        seconds: How long each answer took.
        codes: How often each status was answered.
        spent: Seconds of the receiver's processors; ``load_spent``: of the load's own.
    """

    alerts: int
    wall: float
    seconds: tuple[float, ...]
    codes: Counter[str]
    spent: float
    load_spent: float

    def __add__(self, other: "Load") -> "Load":
        """Return both as one."""
        return Load(
            self.alerts + other.alerts,
            self.wall + other.wall,
            self.seconds + other.seconds,
            self.codes + other.codes,
            self.spent + other.spent,
            self.load_spent + other.load_spent,
        )

    @property
    def rate(self) -> float:
        """Return alerts a second."""
        return self.alerts / self.wall

    @property
    def p50(self) -> float:
        """Return the answer's seconds in the middle."""
        return sorted(self.seconds)[len(self.seconds) // 2]

    @property
    def p99(self) -> float:
        """Return the seconds that one answer of a hundred takes at least."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]

    @property
    def cpu(self) -> float:
        """Return the microseconds of the receiver's processors an alert."""
        return self.spent / self.alerts * 1e6

    @property
    def load_cpu(self) -> float:
        """Return the share of a processor that the load itself took."""
        return self.load_spent / self.wall


@dataclass
class Receiver:
    """A receiver as a process on a free port, in a folder of its own."""

    name: str
    path: str
    token: str
    folder: Path
    command: Sequence[str | Path]
    port: int
    environment: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> "Receiver":
        """Start it and wait until it listens."""
        self._log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, **self.environment},
        )
        deadline = time.monotonic() + 60
        while not _listens(self.port):
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        finally:
            self._process.kill()
            self._log.close()

    def take(self, bodies: Iterable[bytes], size: int, in_flight: int = 8) -> Load:
        """Send messages of so many alerts each; the load is a process of its own."""
        file = self.folder / "requests"
        write_requests(file, self.path, self.token, iter(bodies))
        spent = self._spent()
        command = [sys.executable, "-m", "benchmarks.incident_load", str(self.port)]
        done = subprocess.run(
            ["timeout", str(_LONGEST), *command, str(in_flight), file],
            capture_output=True,
            text=True,
            check=False,
        )
        # alerta's workers alter its tables when they start, and one may end for the other's sake.
        assert self._process.poll() is None, (self.folder / "log").read_text()
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        return Load(
            alerts=len(found["seconds"]) * size,
            wall=found["wall"],
            seconds=tuple(found["seconds"]),
            codes=Counter(found["codes"]),
            spent=self._spent() - spent,
            load_spent=found["cpu"],
        )

    def rest(self) -> None:
        """Wait until it has nothing to do, for a minute at most."""
        deadline = time.monotonic() + 60
        spent = self._spent()
        while time.monotonic() < deadline:
            time.sleep(_REST_SECONDS)
            before, spent = spent, self._spent()
            if spent - before < _REST_SHARE * _REST_SECONDS:
                return

    def _spent(self) -> float:
        own = psutil.Process(self._process.pid)
        times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
        return sum(one.user + one.system for one in times)


def ours(folder: Path, store: str, workers: int, *, pages: bool = False) -> Receiver:
    """Return the incident service; what it pages goes to the log.

    Args:
        folder: Its own.
        store: URL of the store.
        workers: How many processes.
        pages: Whether the alerts of the load page somebody; alerta-server by itself never does.
    """
    policy = json.loads(Path("compiled/incidents/policy.json").read_text(encoding="utf-8"))
    if not pages:
        for team in policy["teams"].values():
            team["channels"].pop(PRIORITY, None)
    names = _channels(policy)
    (folder / "policy.json").write_text(json.dumps(policy), encoding="utf-8")
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    channels = json.dumps({name: {"type": "log"} for name in names})
    text = _CONFIG.format(store=store, workers=workers, channels=channels)
    (folder / "incidents.yaml").write_text(text, encoding="utf-8")
    port = free_port()
    command = [
        *(sys.executable, "-P", "-m", "sothat.commands", "incidents", "serve"),
        *("--config", folder / "incidents.yaml", "--listen", f"127.0.0.1:{port}"),
    ]
    path = "/api/v1/webhooks/alertmanager"
    return Receiver("sothat", path, TOKEN, folder, command, port)


def _channels(policy: Any) -> set[str]:
    return {
        name
        for team in policy["teams"].values()
        for names in team["channels"].values()
        for name in names
    }


def alerta(python: Path, folder: Path, store: str, workers: int) -> Receiver:
    """Return alerta-server under gunicorn; its tables are made beforehand."""
    (folder / "alertad.conf").write_text(_ALERTA.format(store=store), encoding="utf-8")
    text = "from alerta import create_app\napp = create_app()\n"
    (folder / "wsgi.py").write_text(text, encoding="utf-8")
    environment = {"ALERTA_SVR_CONF_FILE": str(folder / "alertad.conf")}
    subprocess.run(
        [python, "-c", "import wsgi"], cwd=folder, check=True, env={**os.environ, **environment}
    )
    port = free_port()
    # Threads, so that connections stay open: its quickest way here.
    command = [
        *(python, "-m", "gunicorn", "-w", str(workers), "-k", "gthread", "--threads", "4"),
        *("-b", f"127.0.0.1:{port}", "--log-level", "error", "wsgi:app"),
    ]
    return Receiver("alerta", "/webhooks/prometheus", "", folder, command, port, environment)


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
