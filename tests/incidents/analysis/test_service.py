"""Analysis and suggestions of the running service, on both databases."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from ..conftest import POLICY, Running, alert, message, resolved  # noqa: TID252 – tests of one tree
from ..databases import database  # noqa: TID252, F401 – all tests of this module run on both


def post(service: Running, path: str, **body: Any) -> requests.Response:
    return requests.post(f"{service.url}/api/v1{path}", json=body, timeout=20)


def happened(service: Running, *names: str) -> None:
    """Let incidents open and end, one of each name."""
    for name in names:
        one = alert(name, site="harbour")
        service.post(message(one))
        service.post(message(resolved(one)))


def test_figures_patterns_and_what_is_left_out(data: Path, service: Running) -> None:
    for turn in range(3):
        started = f"2026-01-0{turn + 5}T10:00:00Z"
        one = alert("Flood", site="harbour", startsAt=started)
        service.post(message(one))
        service.post(message(resolved(one, f"2026-01-0{turn + 5}T11:00:00Z")))
    happened(service, "Once")
    found = service.get("/api/v1/analysis").json()
    assert (found["count"], found["cut"], found["time_zone"]) == (4, False, "UTC")
    assert found["distributions"]["kind"] == {"Flood": 3, "Once": 1}
    assert found["to_resolve"]["count"] == 4
    assert found["between"]["count"] == 2
    (pattern,) = found["patterns"]
    assert (pattern["kind"], pattern["site"], pattern["incidents"]) == (
        "Flood",
        "harbour",
        [1, 2, 3],
    )
    assert service.get("/api/v1/analysis?site=elsewhere").json()["count"] == 0
    assert service.get("/api/v1/analysis?priority=P1").json()["count"] == 0
    assert service.get("/api/v1/analysis?until=2020-01-01T00:00:00Z").json()["count"] == 0
    assert service.get("/api/v1/analysis?since=yesterday").status_code == 400
    page = service.get("/analysis")
    assert "Flood</b> at harbour" in page.text
    assert service.get("/analysis?least=1").status_code == 400


@pytest.mark.usefixtures("service")
def test_causes_are_those_of_published_reviews(service: Running) -> None:
    happened(service, "Flood")
    assert service.get("/api/v1/analysis").json()["distributions"]["cause"] == {"": 1}
    review = post(service, "/incidents/1/review", by="x").json()
    content = {
        **review["content"],
        "summary": "A pipe burst in the frost.",
        "impact": "Water in the cellar.",
        "root_cause": "No heating of the pipe.",
        "cause": "environment",
        "lessons": ["Pipes outside need heating"],
    }
    url = f"{service.url}/api/v1/incidents/1/review"
    assert requests.put(url, json={"by": "x", "content": content}, timeout=20).ok
    for state in ("in-review", "published"):
        assert post(service, "/incidents/1/review/state", by="x", to=state).ok
    assert service.get("/api/v1/analysis").json()["distributions"]["cause"] == {"environment": 1}

    service.post(message(alert("PipeBurst", annotations={"summary": "Frost: a pipe is cold"})))
    found = service.get("/api/v1/incidents/2/suggestions").json()["suggestions"]
    assert (found[0]["kind"], found[0]["reference"]) == ("review", "1")
    assert {"pipe", "frost"} <= set(found[0]["words"])
    assert "No heating of the pipe." in found[0]["excerpt"]
    page = service.get("/incidents/2/known").text
    assert '<a href="/incidents/1/review">' in page
    assert service.get("/incidents/9/known").status_code == 404
    assert service.get("/api/v1/incidents/9/suggestions").status_code == 404


def test_a_runbook_is_suggested_with_the_words_that_made_it_likely(service: Running) -> None:
    service.post(message(alert("DeviceFrozen")))
    found = service.get("/api/v1/incidents/1/suggestions").json()["suggestions"]
    assert [(one["kind"], one["reference"]) for one in found] == [("runbook", "DeviceOffline")]
    assert "device" in found[0]["words"]


def test_hours_are_those_of_the_policys_calendar(data: Path, service: Running) -> None:
    assert service.stop() == 0
    policy = json.loads(json.dumps(POLICY))
    there = {"country": "DE", "subdivision": "", "time_zone": "Europe/Berlin", "holidays": {}}
    policy |= {"calendars": {"here": there}, "calendar": "here"}
    (data / "compiled/incidents/policy.json").write_text(json.dumps(policy))
    service.start()
    assert service.get("/api/v1/analysis").json()["time_zone"] == "Europe/Berlin"
