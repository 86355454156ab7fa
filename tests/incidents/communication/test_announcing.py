"""Saying something through the API and the page of the real process, on both databases."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ..conftest import (  # noqa: TID252 – tests of one tree
    Running,
    alert,
    data,
    eventually,
    message,
    postgresql,
    resolved,
)
from ..databases import database  # noqa: TID252 – all tests of this module run on both
from .houses import AUTOMATIC, body, furnish

__all__ = ["data", "database", "postgresql"]
DOOR = alert("DoorSilent", device="lock-17", annotations={"summary": "lock-17 is silent"})


@pytest.fixture
def house(data: Path) -> Iterator[Running]:
    furnish(data)
    running = Running(data)
    running.start()
    running.post(message(DOOR))
    yield running
    assert running.stop() == 0


def say(house: Running, request: dict[str, Any], where: str = "", **how: Any) -> requests.Response:
    url = f"{house.url}/api/v1/incidents/1/announcements{where}"
    return requests.post(url, json=request, timeout=10, **how)


def logged(house: Running) -> list[str]:
    return [line for line in (house.data / "log").read_text().splitlines() if "Doors" in line]


def test_an_announcement_is_kept_sent_noted_and_an_update(house: Running) -> None:
    before = house.incident(1)["update_due"]
    draft = say(house, body("initial", "north", "engineers"), "/draft")
    assert draft.status_code == 200
    assert house.get("/api/v1/incidents/1/announcements").json() == {"announcements": []}
    made = say(house, body("initial", "north", "engineers"))
    assert made.status_code == 201, made.text
    shown = made.json()["announcements"]
    assert [one["text"] for one in shown] == [one["text"] for one in draft.json()["announcements"]]
    assert [one["audience"] for one in shown] == ["north", "engineers"]
    assert "lock-17" not in shown[0]["text"]
    assert "lock-17" in shown[1]["text"]
    incident = house.incident(1)
    kinds = [entry["kind"] for entry in incident["timeline"]]
    assert kinds.count("announced") == 1
    assert incident["update_due"] > before, "those who wait have heard"
    (audit,) = house.sql("SELECT action, outcome FROM audit WHERE action = 'announce'")
    assert audit == ("announce", "done")
    lines = eventually(lambda: logged(house))
    assert all("lock-17" not in line and "incidents/1" not in line for line in lines)
    rows = house.sql("SELECT channel, state FROM outbox WHERE reason = 'announced'")
    eventually(
        lambda: (
            {("north-mail", "sent"), ("office", "sent")}
            == set(house.sql("SELECT channel, state FROM outbox WHERE reason = 'announced'"))
        )
    )
    assert len(rows) == 2


def test_what_is_internal_is_refused_with_its_place_and_nothing_is_sent(house: Running) -> None:
    request = body("initial", "north", impact="It is dark.\nBecause of lock-17.")
    for where in ("/draft", ""):
        refused = say(house, request, where)
        assert refused.status_code == 422
        assert "impact, line 2, column 12: 'lock-17'" in refused.json()["detail"]
    assert house.get("/api/v1/incidents/1/announcements").json() == {"announcements": []}
    assert not house.sql("SELECT id FROM outbox WHERE reason = 'announced'")
    assert say(house, {**request, "audiences": ["engineers"]}).status_code == 201
    assert house.sql("SELECT outcome FROM audit WHERE action = 'announce' ORDER BY id") == [
        ("refused",),
        ("done",),
    ]


def test_who_acted_is_not_named(house: Running) -> None:
    house.command(1, "acknowledge", by="Carol Danvers")
    refused = say(house, body("update", "north", actions="carol danvers is on it"))
    assert refused.status_code == 422
    assert "the name of a person" in refused.json()["detail"]


def test_twice_with_a_key_is_said_once_and_without_is_refused(house: Running) -> None:
    keyed = {"headers": {"Idempotency-Key": "k1"}}
    for _ in range(2):
        assert say(house, body("initial", "north"), **keyed).status_code == 201
    assert len(house.get("/api/v1/incidents/1/announcements").json()["announcements"]) == 1
    assert say(house, body("initial", "north")).status_code == 409
    assert say(house, body("update", "north")).status_code == 201


def test_mistakes_are_answered_in_words(house: Running) -> None:
    tries = (
        (body("initial", "nroth"), 409, "did you mean 'north'"),
        (body("resolution", "north"), 409, "not resolved yet"),
        (body("initial"), 400, "audiences"),
        ({**body("initial", "north"), "by": ""}, 400, "say who you are"),
        ({**body("initial", "north"), "kind": "no"}, 400, "kind"),
    )
    for request, status, words in tries:
        answer = say(house, request)
        assert answer.status_code == status, answer.text
        assert words in answer.json()["detail"]
    nobody = requests.post(
        f"{house.url}/api/v1/incidents/9/announcements", json=body("initial", "north"), timeout=10
    )
    assert nobody.status_code == 404
    assert house.get("/api/v1/incidents/9/announcements").status_code == 404


def test_the_page_drafts_and_sends(house: Running) -> None:
    with requests.Session() as browser:
        url = f"{house.url}/incidents/1/communication"
        page = browser.get(url, timeout=10)
        assert page.status_code == 200
        found = re.search(r'name="form" value="([0-9a-f]+)"', page.text)
        assert found
        fields = {"form": found[1], "kind": "initial", "audiences": ["north"], "by": "somebody"}
        leak = browser.post(url, {**fields, "impact": "lock-17", "step": "send"}, timeout=10)
        assert leak.status_code == 422
        assert "line 1, column 1" in leak.text
        draft = browser.post(url, {**fields, "impact": "No way in.", "step": "look"}, timeout=10)
        assert "No way in." in draft.text
        assert "Draft for north" in draft.text
        sent = browser.post(url, {**fields, "impact": "No way in.", "step": "send"}, timeout=10)
        assert sent.history[0].status_code == 303
        assert "Doors, North House: we are looking into a disruption" in sent.text


def test_those_who_want_to_hear_at_once_do_and_hear_of_the_end(data: Path) -> None:
    furnish(data, AUTOMATIC)
    running = Running(data)
    running.start()
    running.post(message(DOOR))
    running.post(message(alert("SothatDrill", drill="x", priority="P1")))
    running.post(message(alert("Ours", priority="P1")))

    def kinds() -> list[tuple[int, str]]:
        return running.sql("SELECT incident_id, kind FROM announcement ORDER BY id")  # type: ignore[return-value]

    eventually(lambda: kinds() == [(1, "initial")])
    running.post(message(resolved(DOOR)))
    eventually(lambda: kinds() == [(1, "initial"), (1, "resolution")])
    assert running.stop() == 0


def test_a_team_s_channel_is_no_customers(data: Path) -> None:
    furnish(data)
    text = (data / "communication.yaml").read_text()
    (data / "communication.yaml").write_text(text.replace("[north-mail]", "[on-call]"))
    from sothat.incidents.configuration import load_settings  # noqa: PLC0415
    from sothat.model.problem import Unusable  # noqa: PLC0415

    with pytest.raises(Unusable) as refused:
        load_settings(data / "incidents.yaml", {})
    (problem,) = refused.value.problems
    assert problem.code == "shared-channel"
    assert problem.position
    assert problem.position.file.endswith("communication.yaml")
