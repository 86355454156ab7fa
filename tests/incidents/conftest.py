"""A data folder, payloads, and the real service as a process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from sothat.incidents.store.engines import reader_engine
from sothat.model.policy import Policy, Priority, PriorityTerms, Team

from ..exporters.servers import open_folder, postgresql_server  # noqa: TID252 – tests of one tree

TOKEN = "a-token-for-tests"
SQLITE = "sqlite:///incidents/incidents.db"
_NUMBERS = count()
POLICY = {
    "priorities": {
        p: {
            "severity": severity,
            "meaning": "…",
            "acknowledge_seconds": acknowledge,
            "update_seconds": update,
            "resolve_seconds": resolve,
        }
        for p, severity, acknowledge, update, resolve in (
            ("P1", "critical", 900, 1800, 14400),
            ("P2", "high", 3600, 7200, 28800),
            ("P3", "medium", 14400, 86400, 259200),
            ("P4", "low", 86400, None, 864000),
        )
    },
    "teams": {
        "building-operations": {
            "description": "Keeps buildings running",
            "channels": {
                "P1": ["on-call", "office"],
                "P2": ["on-call"],
                "P3": ["office"],
                "P4": ["office"],
            },
            "escalation": [],
        },
        "platform": {"description": "", "channels": {"P1": ["on-call"]}, "escalation": []},
    },
    "grouping": ["alertname", "site"],
}
CONFIG = """\
apiVersion: sothat/v1
kind: Incidents
listen: 127.0.0.1:0
store: sqlite:///incidents/incidents.db
policy: compiled/incidents/policy.json
runbooks: compiled/runbooks
webhook:
  token: {file: secrets/webhook-token}
resolve_after: 0s
channels:
  on-call: {type: log}
  office: {type: log}
identity: [alertname, site]
reopen_window: 0m
"""


def eventually(check: Callable[[], Any], seconds: float = 90) -> Any:
    """Return the first true result of a check; fail when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found


def alert(name: str = "DeviceOffline", **change: Any) -> dict[str, Any]:
    """Return one alert of a payload; labels are given by keyword, the rest by its own name."""
    own = {k: change.pop(k) for k in ("status", "startsAt", "endsAt", "annotations") if k in change}
    labels = {"alertname": name, "site": "a", "priority": "P2", "team": "building-operations"}
    labels.update(change.pop("labels", {}), **change)
    fingerprint = f"{hash(tuple(sorted(labels.items()))) & (2**64 - 1):016x}"
    return {
        "status": "firing",
        "labels": labels,
        "annotations": {
            "summary": "A device does not answer",
            "if": "silence for five minutes",
            "do": "bring it back",
            "so_that": "rooms stay warm",
        },
        "startsAt": "2026-01-05T10:00:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": fingerprint,
        **own,
    }


def resolved(one: Mapping[str, Any], ends: str = "2026-01-05T11:00:00Z") -> dict[str, Any]:
    """Return an alert as Alertmanager sends it once it is over."""
    return {**one, "status": "resolved", "endsAt": ends}


def message(*alerts: Any, **change: Any) -> dict[str, Any]:
    """Return a payload."""
    return {
        "version": "4",
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": r"incidents\.main",
        "externalURL": "http://alertmanager",
        "alerts": list(alerts),
        **change,
    }


def policy_of_tests() -> Policy:
    """Return the policy of these tests as the machine sees it."""
    return Policy(
        priorities={
            Priority(p): PriorityTerms(
                Priority(p),
                terms["meaning"],
                terms["severity"],
                terms["acknowledge_seconds"],
                terms["update_seconds"],
                terms["resolve_seconds"],
            )
            for p, terms in POLICY["priorities"].items()
        },
        teams={
            name: Team(
                name,
                team["description"],
                {Priority(p): tuple(c) for p, c in team["channels"].items()},
                (),
            )
            for name, team in POLICY["teams"].items()
        },
        grouping=tuple(POLICY["grouping"]),
    )


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Return the policy of these tests."""
    return policy_of_tests()


# Marks tests that run on both databases.
both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """Return a PostgreSQL server."""
    with open_folder() as folder, postgresql_server(folder, "-c", "fsync=on") as server:
        yield server


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Return the ``store`` of a configuration: SQLite, or an empty database on PostgreSQL."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return SQLITE
    return fresh_database(request.getfixturevalue("postgresql"))


@pytest.fixture
def store_url(database: str, tmp_path: Path) -> str:
    """Return the URL of a store without a service."""
    return database if database != SQLITE else f"sqlite:///{tmp_path}/incidents.db"


def fresh_database(server: Any) -> str:
    """Return the URL of an empty database on a server of these tests."""
    name = f"t{next(_NUMBERS)}"
    with closing(server.connect()) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql://tester@127.0.0.1:{server.port}/{name}"


@pytest.fixture
def data(tmp_path: Path, database: str) -> Path:
    """Return a data folder with everything that a service needs."""
    return furnished(tmp_path / "data", database)


def furnished(folder: Path, database: str = SQLITE) -> Path:
    """Return a new folder with everything that a service needs."""
    for name in ("compiled/incidents", "compiled/runbooks", "secrets"):
        (folder / name).mkdir(parents=True)
    (folder / "compiled/incidents/policy.json").write_text(json.dumps(POLICY))
    (folder / "compiled/runbooks/DeviceOffline.md").write_text(
        "<!-- Compiled by sothat -->\n\n# A device does not answer\n\n1. Look at it\n\n"
        "<script>alert(1)</script>\n"
    )
    (folder / "secrets/webhook-token").write_text(f"{TOKEN}\n")
    (folder / "incidents.yaml").write_text(CONFIG.replace(SQLITE, database))
    return folder


@dataclass
class Running:
    """The service as a process."""

    data: Path
    listen: str = "127.0.0.1:0"
    process: subprocess.Popen[str] = field(init=False)
    url: str = field(init=False, default="")
    lines: list[str] = field(init=False, default_factory=list)

    def start(self) -> None:
        """Start it and wait until it serves."""
        command = [sys.executable, "-P", "-m", "sothat.commands", "incidents", "serve"]
        options = ["--config", str(self.data / "incidents.yaml"), "--listen", self.listen]
        self.log = (self.data / "log").open("a+")
        start = self.log.tell()
        self.process = subprocess.Popen(
            [*command, *options, "--log-format", "json"], stderr=self.log, env=dict(os.environ)
        )
        self.url = eventually(lambda: self._address(start), 90)

    def _address(self, start: int) -> str:
        assert self.process.poll() is None, (self.data / "log").read_text()
        for line in (self.data / "log").read_bytes()[start:].decode().splitlines():
            if '"serving incidents"' in line and line.endswith("}"):
                return "http://" + str(json.loads(line)["address"])
        return ""

    def kill(self) -> None:
        """End it without any notice, as a power cut would."""
        self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self) -> int:
        """End it as a supervisor does; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        finally:
            self.log.close()

    def post(self, payload: Any, token: str = TOKEN, **how: Any) -> requests.Response:
        """Post to the webhook."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return requests.post(
            f"{self.url}/api/v1/webhooks/alertmanager",
            data=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            allow_redirects=False,
            **how,
        )

    def get(self, path: str, **how: Any) -> requests.Response:
        """Get a path."""
        return requests.get(self.url + path, timeout=10, allow_redirects=False, **how)

    def incidents(self, query: str = "") -> list[dict[str, Any]]:
        """Return the API's list."""
        found: list[dict[str, Any]] = self.get(f"/api/v1/incidents{query}").json()["incidents"]
        return found

    def incident(self, number: int) -> dict[str, Any]:
        """Return one incident."""
        found: dict[str, Any] = self.get(f"/api/v1/incidents/{number}").json()
        return found

    def command(self, number: int | str, action: str, **fields: Any) -> requests.Response:
        """Acknowledge or resolve."""
        url = f"{self.url}/api/v1/incidents/{number}/{action}"
        return requests.post(url, json=fields, timeout=10)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the store itself."""
        config = yaml.safe_load((self.data / "incidents.yaml").read_text())
        url = config["store"].replace("sqlite:///", f"sqlite:///{self.data}/")
        engine = reader_engine(url)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.exec_driver_sql(query)]
        finally:
            engine.dispose()

    def metrics(self) -> dict[str, float]:
        """Return all samples."""
        lines = self.get("/metrics").text.splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}


@pytest.fixture
def service(data: Path) -> Iterator[Running]:
    """Return a running service; it must end cleanly."""
    running = Running(data)
    running.start()
    yield running
    if running.process.poll() is None:
        assert running.stop() == 0


@pytest.fixture
def free_url() -> str:
    """Return an address on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
