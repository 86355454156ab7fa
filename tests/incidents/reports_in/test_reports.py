"""Reports through the API and the pages of the real process."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ..communication.houses import COMMUNICATION, furnish  # noqa: TID252 – tests of one tree
from ..conftest import (  # noqa: TID252 – likewise
    POLICY,
    Running,
    both,
    data,
    database,
    eventually,
    furnished,
    postgresql,
)
from .postbox import Postbox

__all__ = ["data", "database", "postgresql"]
MATRIX = {"everybody": {"now": "P1", "later": "P3"}, "one": {"now": "P3", "later": "P4"}}
PUBLIC = "reports: {form: public, address: help@example.com}\n"


@pytest.fixture(scope="module")
def postbox() -> Iterator[Postbox]:
    with Postbox() as box:
        yield box


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, postbox: Postbox) -> Iterator[Running]:
    """Return a service for most of these tests: each has reports of its own."""
    running = running_in(furnished(tmp_path_factory.mktemp("desk") / "data"), postbox)
    yield running
    assert running.stop() == 0


def running_in(data: Path, postbox: Postbox) -> Running:
    letters = (
        f"letters: {{server: 127.0.0.1, port: {postbox.port}, tls: none, from: us@example.com}}\n"
    )
    furnish(data, COMMUNICATION, PUBLIC + letters)
    policy = {**POLICY, "matrix": MATRIX}
    (data / "compiled/incidents/policy.json").write_text(json.dumps(policy))
    running = Running(data)
    running.start()
    return running


def ask(desk: Running, path: str, **body: Any) -> requests.Response:
    return requests.post(f"{desk.url}/api/v1{path}", json=body, timeout=10)


def report(desk: Running, **more: Any) -> int:
    made = ask(desk, "/reports", title="The door is shut", **more)
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


@both
def test_a_report_becomes_an_incident_that_pages_and_has_clocks(
    data: Path, postbox: Postbox
) -> None:
    desk = running_in(data, postbox)
    number = report(desk, service="doors", site="a", impact="everybody", text="It <b>is</b>.")
    other = report(desk, service="doors", site="a", impact="everybody", urgency="later")
    done = ask(desk, f"/reports/{number}/accept", by="triage", urgency="now")
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "accepted"
    incident = desk.incident(done.json()["incident"])
    assert (incident["priority"], incident["team"]) == ("P1", "building-operations")
    assert incident["title"] == "The door is shut"
    assert incident["acknowledge_due"]
    kinds = [entry["kind"] for entry in incident["timeline"]]
    assert {"opened", "reported"} <= set(kinds)
    assert desk.sql("SELECT count(*) FROM outbox WHERE reason = 'opened'")[0][0] >= 1
    # Alike, at the same site, and yet another matter.
    second = ask(desk, f"/reports/{other}/accept", by="triage").json()["incident"]
    assert second != incident["id"]
    assert desk.incident(second)["priority"] == "P3"
    again = ask(desk, f"/reports/{number}/accept", by="triage")
    assert again.status_code == 409
    assert f"accepted into #{incident['id']}" in again.json()["detail"]
    assert desk.command(incident["id"], "resolve", by="x").status_code == 200
    assert desk.stop() == 0


def test_a_report_joins_an_incident_that_is_there(desk: Running) -> None:
    first = report(desk, service="doors", impact="one", urgency="now")
    incident = ask(desk, f"/reports/{first}/accept", by="t").json()["incident"]
    second = report(desk)
    done = ask(desk, f"/reports/{second}/accept", by="t", into=incident)
    assert done.json()["incident"] == incident
    texts = [entry["text"] for entry in desk.incident(incident)["timeline"]]
    assert f"report {second}: The door is shut" in texts
    assert ask(desk, f"/reports/{report(desk)}/accept", by="t", into=9999).status_code == 404


def test_what_is_missing_is_asked_for_in_the_policy_s_words(desk: Running) -> None:
    number = report(desk, service="doors")
    tries = (
        ({}, "there are: everybody, one"),
        ({"impact": "every body"}, "did you mean 'everybody'"),
        ({"impact": "one"}, "there are: now, later"),
        ({"priority": "P2", "team": "platfrom"}, "did you mean 'platform'"),
    )
    for fields, words in tries:
        answer = ask(desk, f"/reports/{number}/accept", by="t", **fields)
        assert answer.status_code == 409
        assert words in answer.json()["detail"]
    assert desk.get(f"/api/v1/reports/{number}").json()["state"] == "new"


def test_the_same_key_is_the_same_report(desk: Running) -> None:
    headers = {"Idempotency-Key": "k"}
    made = [
        requests.post(
            f"{desk.url}/api/v1/reports", json={"title": "t"}, headers=headers, timeout=10
        ).json()["id"]
        for _ in range(2)
    ]
    assert made[0] == made[1]


def mailed_twice(desk: Running, **mail: Any) -> dict[str, Any]:
    """Bring a mail as a mail server does that had no answer the first time; return its report."""
    first, again = (ask(desk, "/reports/mail", **mail) for _ in range(2))
    assert first.status_code == again.status_code == 201
    found: dict[str, Any] = again.json()
    assert first.json() == found
    return found


def test_a_reporter_is_asked_answers_and_hears_of_the_release(
    desk: Running, postbox: Postbox
) -> None:
    number = report(desk, reporter="guest@example.org", sort="bug", service="doors", version="1.1")
    leak = ask(desk, f"/reports/{number}/ask", by="t", text="Is 10.2.3.4 up, says platform?")
    assert leak.status_code == 409
    assert "line 1, column 4: '10.2.3.4'" in leak.json()["detail"]
    assert ask(desk, f"/reports/{number}/ask", by="t", text="Which door?").status_code == 200
    letter = postbox.letter("Which door?")
    assert letter["To"] == "guest@example.org"
    assert letter["Reply-To"] == "help@example.com"
    found = re.search(r"\[R-(\d+)-([0-9a-f]{10})\]", str(letter["Subject"]))
    assert found
    assert int(found[1]) == number
    stranger = ask(
        desk,
        "/reports/mail",
        sender="other@example.org",
        title="x",
        text="Mine!",
        report=number,
        seal=found[2],
    )
    assert stranger.json()["id"] != number
    answered = mailed_twice(
        desk,
        sender="guest@example.org",
        title="Re",
        text="The left one.",
        message_id="<answer@example.org>",
        report=number,
        seal=found[2],
    )
    assert answered["id"] == number
    assert answered["state"] == "new"
    assert [line["text"] for line in answered["said"]].count("The left one.") == 1
    assert ask(desk, f"/reports/{number}/fix", by="t", version="1.2").status_code == 409
    assert ask(desk, f"/reports/{number}/accept", by="t", priority="P4").status_code == 200
    assert ask(desk, f"/reports/{number}/fix", by="t", version="1.2").status_code == 200
    assert ask(desk, "/releases", by="t", version="1.3").status_code == 409
    out = ask(desk, "/releases", by="t", version="1.2")
    assert out.json() == {"version": "1.2", "reports": [number]}
    assert "Version 1.2 is out" in postbox.letter("Version 1.2").get_content()
    assert ask(desk, "/releases", by="t", version="1.2").status_code == 409
    assert desk.get(f"/api/v1/reports/{number}").json()["released_at"]
    eventually(lambda: desk.sql("SELECT count(*) FROM letter WHERE address <> '\"\"'") == [(0,)])


def test_the_open_form_takes_reports_and_lets_programs_run_into_a_wall(desk: Running) -> None:
    page = desk.get("/report")
    assert page.status_code == 200
    assert "Secret tools" not in page.text
    assert "South House" not in page.text
    fields = {"title": "<script>alert(1)</script>", "service": "doors", "sort": "bug"}
    sent = requests.post(f"{desk.url}/report", data=fields, timeout=10)
    assert re.search(r"Its number is \d+\.", sent.text)
    before = desk.sql("SELECT count(*) FROM report_in")
    trapped = requests.post(f"{desk.url}/report", data={**fields, "website": "x"}, timeout=10)
    assert trapped.status_code == 200
    assert desk.sql("SELECT count(*) FROM report_in") == before
    assert requests.post(f"{desk.url}/report", data={}, timeout=10).status_code == 400
    bad = requests.post(f"{desk.url}/report", data={**fields, "reporter": "x"}, timeout=10)
    assert bad.status_code == 400
    assert "is not an e-mail address" in bad.text
    codes = [
        requests.post(f"{desk.url}/report", data={}, timeout=10).status_code for _ in range(12)
    ]
    assert codes[-1] == 429
    assert "&lt;script&gt;" in desk.get("/reports").text


def test_the_queue_s_pages_decide(desk: Running) -> None:
    number = report(desk, reporter="guest@example.org", service="doors", impact="one")
    with requests.Session() as browser:
        page = browser.get(f"{desk.url}/reports/{number}", timeout=10)
        found = re.search(r'name="form" value="([^"]+)"', page.text)
        assert found
        fields = {"form": found[1], "by": "somebody"}
        url = f"{desk.url}/reports/{number}"
        wrong = browser.post(f"{url}/refuse", data=fields, timeout=10)
        assert wrong.status_code == 400
        assert 'role="alert"' in wrong.text
        done = browser.post(f"{url}/refuse", data={**fields, "text": "It is meant so."}, timeout=10)
        assert done.history[0].status_code == 303
        assert "It is meant so." in done.text
        assert browser.post(f"{url}/nothing", data=fields, timeout=10).status_code == 404
        assert browser.get(f"{desk.url}/reports/9999", timeout=10).status_code == 404
    place = f'href="/reports/{number}"'
    assert place not in desk.get("/reports").text
    assert place in desk.get("/reports?state=refused").text
