"""From an older release to this one: what people had is still there, and goes on.

There is no tag yet: an early commit stands for the release before, from the first day on which the
service had states, an API and people.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).parents[2]
PREVIOUS = "d36d759"
TOKEN = "0123456789abcdef0123456789abcdef"
CONFIGURATION = """\
apiVersion: sothat/v1
kind: Incidents
listen: 127.0.0.1:{port}
store: sqlite:///incidents.db
policy: compiled/incidents/policy.json
runbooks: compiled/runbooks
people: people.yaml
webhook:
  token: {{file: secrets/webhook-token}}
channels:
  on-call: {{type: log}}
  office: {{type: log}}
"""
PEOPLE = """\
apiVersion: sothat/v1
kind: People
users:
  platform-engineer:
    roles: [First platform engineer]
    contacts: {push: {type: log}}
"""

pytestmark = [pytest.mark.slow, pytest.mark.real, pytest.mark.timeout(1500)]


class Place:
    """A machine of a team: an environment, and a folder with what the service keeps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "venv" / "bin"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)

    def install(self, source: Path) -> None:
        """Install a release over what is there, with the versions it was tested with."""
        pip = [sys.executable, "-m", "pip", "--python", self.programs / "python", "install", "-q"]
        bound = ["-c", source / "constraints.txt", "--disable-pip-version-check"]
        # Both say 0.1.0: without a word pip would leave the older one.
        again = ["--force-reinstall", "--no-deps", source]
        for words in ([source], again):
            subprocess.run([*pip, *bound, *words], check=True)

    def run(self, *words: str | Path) -> str:
        done = subprocess.run(
            [self.programs / "sothat", *words],
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
        return done.stdout

    def asked(self, *words: str) -> Any:
        return json.loads(self.run("incidents", *words, "--url", self.url, "--json"))

    def number(self, site: str) -> int:
        """Return the number of a site's incident."""
        incidents = self.asked("list")["incidents"]
        (found,) = [one["id"] for one in incidents if site in one["title"]]
        return int(found)

    @contextmanager
    def serving(self) -> Iterator[None]:
        log = self.folder / "service.log"
        with log.open("a") as output:
            command = [self.programs / "sothat", "incidents", "serve", "--config", "incidents.yaml"]
            process = subprocess.Popen(command, cwd=self.folder, stdout=output, stderr=output)
            try:
                self._until_ready(process, log)
                yield
            finally:
                process.terminate()
                process.wait(60)
        assert process.returncode == 0, log.read_text()

    def _until_ready(self, process: subprocess.Popen[bytes], log: Path) -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            assert process.poll() is None, log.read_text()
            try:
                if requests.get(f"{self.url}/-/ready", timeout=5).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.2)
        pytest.fail(log.read_text())

    def send(self, site: str) -> None:
        """Send an alert of a site, as Alertmanager groups by site."""
        body = {
            "version": "4",
            "groupKey": f'{{}}:{{site="{site}"}}',
            "truncatedAlerts": 0,
            "status": "firing",
            "receiver": "incidents",
            "groupLabels": {"site": site},
            "commonLabels": {},
            "commonAnnotations": {},
            "externalURL": "http://127.0.0.1:9093",
            "alerts": [alert(site)],
        }
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{self.url}/api/v1/webhooks/alertmanager"
        assert requests.post(url, json=body, headers=headers, timeout=60).status_code == 200


def alert(site: str) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {
            "alertname": "PrometheusTargetDown",
            "site": site,
            "priority": "P2",
            "team": "platform-sre",
            "severity": "critical",
        },
        "annotations": {"summary": f"A target of {site} is down"},
        "startsAt": "2026-11-20T08:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://127.0.0.1:9090/graph",
        "fingerprint": f"{sum(map(ord, site)):016x}",
    }


def source_of(commit: str, folder: Path) -> Path:
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    subprocess.run(["git", "checkout", "-q", commit], cwd=folder, check=True)
    return folder


def seen(found: Sequence[Mapping[str, Any]]) -> dict[int, tuple[str, str, str]]:
    return {one["id"]: (one["title"], one["priority"], one["state"]) for one in found}


def kinds(timeline: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(one["kind"], one["text"]) for one in timeline]


def test_incidents_links_and_files_survive(tmp_path: Path) -> None:
    place = Place(tmp_path / "machine")
    place.install(source_of(PREVIOUS, tmp_path / "previous"))
    place.run("build", "-o", "compiled")
    own = place.folder / "compiled" / "ours.txt"
    own.write_text("a file of the team's own\n")
    (place.folder / "secrets").mkdir()
    (place.folder / "secrets" / "webhook-token").write_text(TOKEN)
    (place.folder / "people.yaml").write_text(PEOPLE)
    (place.folder / "incidents.yaml").write_text(CONFIGURATION.format(port=place.port))
    with place.serving():
        place.send("harbour")
        place.send("mill")
        place.send("island")
        mill, harbour = place.number("mill"), place.number("harbour")
        place.asked("ack", str(harbour), "--by", "first", "--note", "on it")
        place.asked("resolve", str(mill), "--by", "first")
        before = seen(place.asked("list")["incidents"])
        history = place.asked("show", str(harbour))["timeline"]
    assert {state for _, _, state in before.values()} == {"acknowledged", "resolved", "open"}

    place.install(source_of("HEAD", tmp_path / "now"))
    place.run("incidents", "migrate", "--config", "incidents.yaml")
    place.run("build", "-o", "compiled")
    assert own.read_text() == "a file of the team's own\n"
    place.run("build", "-o", "compiled", "--check")
    with place.serving():
        assert seen(place.asked("list")["incidents"]) == before
        assert kinds(place.asked("show", str(harbour))["timeline"]) == kinds(history)
        for number in before:
            page = requests.get(f"{place.url}/incidents/{number}", timeout=60)
            assert page.ok, page.text
            assert before[number][0] in page.text
        # What was open goes on under its number; a new alert gets a number of its own.
        place.send("harbour")
        place.send("lighthouse")
        island = place.number("island")
        place.asked("resolve", str(island), "--by", "second")
        after = seen(place.asked("list")["incidents"])
        assert after[harbour] == before[harbour]
        assert after[island][2] == "resolved"
        assert set(after) - set(before) == {max(after)}
        assert place.asked("audit", "--verify")["faults"] == []
