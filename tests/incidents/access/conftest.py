"""A service that two clients share, each with marks that the other must never see."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from ..conftest import (  # noqa: TID252 – tests of one tree
    SQLITE,
    Running,
    alert,
    fresh_database,
    furnished,
    message,
)

CONFIGURED = "the-api-token"
METRICS = "the-metrics-token"
A, B = "client-a", "client-b"
# What is B's, wherever it may come to stand.
MARK = "zebra"
SECRETS = (MARK, "b-tower", B)
TEAM = "building-operations"


# What is told to whom: B's site and those who hear of it have names that are B's business.
COMMUNICATION = f"""\
apiVersion: sothat/v1
kind: Communication
signature: The service team
services:
  doors: {{name: Doors, so_that: you walk through, when: [{{client: [{A}, {B}]}}]}}
sites:
  a-tower: {{name: Heron House}}
  b-tower: {{name: {MARK.title()} House, listed: false}}
audiences:
  heron-tenants: {{kind: customers, sites: [a-tower], channels: [outside]}}
  {MARK}-tenants: {{kind: customers, sites: [b-tower], channels: [outside]}}
"""
PEOPLE = f"""\
apiVersion: sothat/v1
kind: People
users:
  {MARK}-person: {{roles: [{MARK} engineer], contacts: {{phone: {{type: log}}}}}}
"""
MORE = """\
api: {token: {file: secrets/api-token}}
metrics: {token: {file: secrets/metrics-token}}
communication: communication.yaml
people: people.yaml
reports: {form: public}
conversation: {key: {file: secrets/webhook-token}}
"""


@dataclass(frozen=True)
class Shared:
    """The service, and what of it is whose."""

    running: Running
    own: int
    foreign: tuple[int, ...]

    @property
    def url(self) -> str:
        return self.running.url

    def ask(self, method: str, path: str, token: str = CONFIGURED, **how: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", **how.pop("headers", {})}
        url = path if path.startswith("http") else self.url + path
        return requests.request(
            method, url, headers=headers, timeout=30, allow_redirects=False, **how
        )

    def token(self, name: str, role: str, **scope: list[str]) -> str:
        body = {"name": name, "role": role, **scope}
        made = self.ask("POST", "/api/v1/tokens", json=body)
        assert made.status_code == 201, made.text
        return str(made.json()["token"])


def of_client(client: str, name: str, **change: Any) -> dict[str, Any]:
    """Return an alert of a client, with the client's mark in every text."""
    word = MARK if client == B else "heron"
    texts = {"summary": f"{word} summary", "description": f"{word} description", "if": f"{word} if"}
    labels = {"client": client, "site": f"{client[-1]}-tower", "device": f"{word}-{name}"}
    return alert(f"{word.title()}{name}", annotations=texts, **labels, **change)


def with_rota(folder: Path) -> None:
    """Give the policy a rota, whose names are nobody's outside the house."""
    path = folder / "compiled/incidents/policy.json"
    policy = json.loads(path.read_text())
    here = {"country": "DE", "subdivision": "", "time_zone": "UTC", "holidays": {}}
    week = {"team": TEAM, "calendar": "here", "starts": "2026-01-05T09:00", "shift": 360 * 86400.0}
    policy |= {
        "calendars": {"here": here},
        "calendar": "here",
        "rotations": {f"{MARK}-rota": {**week, "members": [f"{MARK} engineer"]}},
    }
    path.write_text(json.dumps(policy))


def configured(folder: Path) -> Path:
    """Return a furnished folder with a token and a rota, in which sites may share an incident."""
    with_rota(folder)
    config = folder / "incidents.yaml"
    text = config.read_text().replace("identity: [alertname, site]", "identity: [alertname]")
    text = text.replace("channels:\n", "channels:\n  outside: {type: log}\n")
    config.write_text(text + MORE)
    (folder / "communication.yaml").write_text(COMMUNICATION)
    (folder / "people.yaml").write_text(PEOPLE)
    (folder / "secrets/api-token").write_text(CONFIGURED)
    (folder / "secrets/metrics-token").write_text(METRICS)
    return folder


def opened(folder: Path) -> Shared:
    """Return a service with incidents of two clients, and one of both, in a furnished folder."""
    running = Running(configured(folder))
    running.start()
    try:
        return _shared(running)
    except BaseException:
        running.kill()
        raise


def _shared(running: Running) -> Shared:
    # First both: its columns have the first alert's site, which is A's.
    both = [of_client(A, "Both"), of_client(B, "Both", alertname="HeronBoth")]
    mine = [of_client(A, "One")]
    theirs = [of_client(B, name) for name in ("One", "Two", "Three")]
    for alerts in (both, mine, theirs):
        assert running.post(message(*alerts)).status_code == 200
    found = Shared(running, 0, ()).ask("GET", "/api/v1/incidents").json()["incidents"]
    own = next(n for n in found if [a["labels"]["client"] for a in n["alerts"]] == [A])["id"]
    assert len(found) == 5
    return Shared(running, own, tuple(one["id"] for one in found if one["id"] != own))


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
)
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shared]:
    """Return a service that two clients share, on each database; all tests of a module have it."""
    store = SQLITE
    if request.param == "postgresql":
        store = fresh_database(request.getfixturevalue("postgresql"))
    found = opened(furnished(tmp_path_factory.mktemp("shared") / "data", store))
    yield found
    assert found.running.stop() == 0
