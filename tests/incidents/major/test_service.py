"""Major incidents and drills over the API of the running service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ..conftest import Running, alert, eventually, message  # noqa: TID252 – tests of one tree
from ..databases import database  # noqa: TID252, F401 – all tests of this module run on both

PEOPLE = {
    "apiVersion": "sothat/v1",
    "kind": "People",
    "users": {
        "first": {"roles": ["Duty manager"], "contacts": {"push": {"type": "log"}}},
        "second": {"roles": ["Engineer"], "contacts": {"push": {"type": "log"}}},
    },
}
MAJOR = {
    "major": {
        "criteria": [{"name": "At once", "priorities": ["P1"]}],
        "roles": {"commander": {"role": "Duty manager"}},
        "propose_to": ["Duty manager"],
    }
}


@pytest.fixture
def staffed(data: Path) -> Iterator[Running]:
    (data / "people.yaml").write_text(yaml.safe_dump(PEOPLE))
    config = yaml.safe_load((data / "incidents.yaml").read_text())
    (data / "incidents.yaml").write_text(
        yaml.safe_dump({**config, "people": "people.yaml", **MAJOR}, sort_keys=False)
    )
    running = Running(data)
    running.start()
    yield running
    assert running.stop() == 0


def ask(service: Running, method: str, path: str, **body: Any) -> requests.Response:
    url = f"{service.url}/api/v1{path}"
    return requests.request(method, url, json=body or None, timeout=20)


def sent(service: Running, reason: str) -> set[str]:
    """Return the channels by which people were told for a reason."""
    rows = service.sql("SELECT channel, reason FROM outbox WHERE state = 'sent'")
    return {str(channel) for channel, why in rows if why == reason}


def act(service: Running, name: str, **body: Any) -> dict[str, Any]:
    answer = ask(service, "POST", f"/incidents/1/major/{name}", by="first", **body)
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_major_incident_from_its_proposal_to_its_end(staffed: Running) -> None:
    staffed.post(message(alert(priority="P1")))
    proposed = eventually(lambda: ask(staffed, "GET", "/majors?state=proposed").json()["majors"])
    assert proposed[0]["reasons"] == ["At once: priority P1"]
    eventually(lambda: "first/push" in sent(staffed, "major"))
    found = act(staffed, "declare", note="two buildings")
    assert (found["state"], found["drill"]) == ("declared", False)
    assert [(one["role"], one["person"]) for one in found["roles"]] == [
        ("commander", "Duty manager")
    ]
    assert staffed.metrics()["incidents_major_led"] == 1
    act(staffed, "give-role", role="technical-lead", person="second")
    found = act(staffed, "decisions", text="Switch over", reason="quicker")
    assert [one["text"] for one in found["decisions"]] == ["Switch over"]
    found = act(staffed, "tasks", text="Call the plumber", owner="second")
    (task,) = found["tasks"]
    done = ask(staffed, "PATCH", f"/tasks/{task['id']}", by="first", state="done", note="came")
    assert done.json()["tasks"][0]["note"] == "came"
    act(staffed, "bridge", link="https://meet.example/1")
    found = act(staffed, "updates", text="Water runs again")
    assert found["update_due"]
    draft = ask(staffed, "GET", "/incidents/1/major/draft?kind=summary").json()
    assert "Decided: Switch over" in draft["text"]
    taking = {"role": "commander", "person": "second"}
    act(staffed, "hand-over", roles=[taking], summary="Watch the pump")
    act(staffed, "take-role", role="technical-lead", person="second")
    assert act(staffed, "stand-down")["state"] == "stood-down"
    actions = {one["action"] for one in ask(staffed, "GET", "/audit").json()["entries"]}
    assert {"declareMajor", "decisionsMajor", "handOverMajor", "changeTask"} <= actions
    assert staffed.metrics()["incidents_major_led"] == 0


def test_what_makes_no_sense_is_refused(staffed: Running) -> None:
    staffed.post(message(alert()))
    path = "/incidents/1/major"
    assert ask(staffed, "GET", path).status_code == 404
    assert ask(staffed, "POST", f"{path}/decline", by="x").status_code == 404
    assert ask(staffed, "POST", f"{path}/declare", note="x").status_code == 400
    assert ask(staffed, "POST", "/incidents/9/major/declare", by="x").status_code == 404
    assert ask(staffed, "POST", f"{path}/declare", by="x", bridge="javascript:x").status_code == 400
    assert ask(staffed, "POST", f"{path}/declare", by="x").ok
    again = ask(staffed, "POST", f"{path}/declare", by="x")
    assert (again.status_code, "already declared by x" in again.text) == (409, True)
    role = {"by": "x", "role": "chief", "person": "y"}
    assert ask(staffed, "POST", f"{path}/give-role", **role).status_code == 400
    assert ask(staffed, "PATCH", "/tasks/99", by="x", state="done").status_code == 404


def test_a_drill_is_begun_once_marked_and_counted_nowhere(staffed: Running) -> None:
    body = {"by": "first", "title": "No water", "participants": ["Engineer"], "site": "harbour"}
    url = f"{staffed.url}/api/v1/drills"
    headers = {"Idempotency-Key": "autumn"}
    answers = [requests.post(url, json=body, headers=headers, timeout=20) for _ in range(2)]
    assert [(one.status_code, one.json()) for one in answers] == [(201, {"incident": 1})] * 2
    eventually(lambda: sent(staffed, "opened") == {"second/push"})
    incident = staffed.incident(1)
    assert incident["title"] == "DRILL: No water"
    assert incident["labels"]["drill"]
    assert ask(staffed, "POST", "/incidents/1/major/declare", by="first").json()["drill"] is True
    staffed.command(1, "acknowledge", by="second")
    staffed.command(1, "resolve", by="second")
    channels = {row[0] for row in staffed.sql("SELECT DISTINCT channel FROM outbox")}
    assert channels <= {"second/push", "first/push"}
    counted = [name for name in staffed.metrics() if name.startswith("incidents_opened_total")]
    assert sum(staffed.metrics()[name] for name in counted) == 0
    assert ask(staffed, "GET", "/analysis").json()["count"] == 0
    unknown = ask(staffed, "POST", "/drills", **{**body, "participants": ["Nobody"]})
    assert (unknown.status_code, "reached as Nobody" in unknown.text) == (422, True)
    team = ask(staffed, "POST", "/drills", **{**body, "team": "nobody"})
    assert (team.status_code, "no team 'nobody'" in team.text) == (422, True)


def test_decisions_are_never_changed(staffed: Running) -> None:
    document = staffed.get("/api/v1/openapi.json").json()
    writing = {
        (path, method)
        for path, methods in document["paths"].items()
        for method in methods
        if "decision" in path and method != "get"
    }
    assert writing == {("/api/v1/incidents/{id}/major/decisions", "post")}
    assert json.dumps(document).count("decisionsMajor") == 1
