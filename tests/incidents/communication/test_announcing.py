"""Saying something through the API and the page of the real process, on both databases."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from sothat.incidents.configuration import load_settings
from sothat.model.problem import Unusable

from ..conftest import (  # noqa: TID252 – tests of one tree
    Running,
    alert,
    both,
    data,
    database,
    eventually,
    furnished,
    message,
    postgresql,
    resolved,
)
from ..reports_in.postbox import Postbox  # noqa: TID252 – likewise
from .houses import AUTOMATIC, body, furnish

__all__ = ["data", "database", "postgresql"]
DOOR = alert("DoorSilent", device="lock-17", annotations={"summary": "lock-17 is silent"})


@dataclass(frozen=True)
class Door:
    """An incident of its own in a service that runs."""

    house: Running
    device: str
    number: int

    def say(self, request: dict[str, Any], where: str = "", **how: Any) -> requests.Response:
        url = f"{self.house.url}/api/v1/incidents/{self.number}/announcements{where}"
        return requests.post(url, json=request, timeout=10, **how)

    @property
    def said(self) -> list[dict[str, Any]]:
        path = f"/api/v1/incidents/{self.number}/announcements"
        return list(self.house.get(path).json()["announcements"])

    def sql(self, what: str, table: str, more: str = "") -> list[tuple[Any, ...]]:
        where = f"WHERE incident_id = {self.number} {more} ORDER BY id"
        return self.house.sql(f"SELECT {what} FROM {table} {where}")  # noqa: S608 – our own words


_NUMBERS = count(1)


def opened(house: Running) -> Door:
    device = f"lock-{next(_NUMBERS)}"
    texts = {"summary": f"{device} is silent"}
    house.post(message(alert("DoorSilent", device=device, annotations=texts)))
    (found,) = house.incidents(f"?label=device={device}")
    return Door(house, device, found["id"])


def running_in(folder: Path) -> Running:
    furnish(folder)
    config = (folder / "incidents.yaml").read_text()
    config = config.replace("identity: [alertname, site]", "identity: [alertname, site, device]")
    (folder / "incidents.yaml").write_text(config)
    running = Running(folder)
    running.start()
    return running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = running_in(furnished(tmp_path_factory.mktemp("house") / "data"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def door(shared: Running) -> Door:
    return opened(shared)


@both
def test_an_announcement_is_kept_sent_noted_and_an_update(data: Path) -> None:
    house = running_in(data)
    door = opened(house)
    before = house.incident(door.number)["update_due"]
    draft = door.say(body("initial", "north", "engineers"), "/draft")
    assert draft.status_code == 200
    assert door.said == []
    made = door.say(body("initial", "north", "engineers"))
    assert made.status_code == 201, made.text
    shown = made.json()["announcements"]
    assert [one["text"] for one in shown] == [one["text"] for one in draft.json()["announcements"]]
    assert [one["audience"] for one in shown] == ["north", "engineers"]
    assert door.device not in shown[0]["text"]
    assert door.device in shown[1]["text"]
    incident = house.incident(door.number)
    assert [entry["kind"] for entry in incident["timeline"]].count("announced") == 1
    assert incident["update_due"] > before, "those who wait have heard"
    assert door.sql("action, outcome", "audit", "AND action = 'announce'") == [("announce", "done")]
    sent = {("north-mail", "sent"), ("office", "sent")}
    eventually(
        lambda: set(door.sql("channel, state", "outbox", "AND reason = 'announced'")) == sent
    )
    lines = [line for line in (data / "log").read_text().splitlines() if "Doors" in line]
    assert lines
    assert all(door.device not in line and "/incidents/" not in line for line in lines)
    assert house.stop() == 0


def test_what_is_internal_is_refused_with_its_place_and_nothing_is_sent(door: Door) -> None:
    request = body("initial", "north", impact=f"It is dark.\nBecause of {door.device}.")
    for where in ("/draft", ""):
        refused = door.say(request, where)
        assert refused.status_code == 422
        assert f"impact, line 2, column 12: '{door.device}'" in refused.json()["detail"]
    assert door.said == []
    assert door.sql("id", "outbox", "AND reason = 'announced'") == []
    assert door.say({**request, "audiences": ["engineers"]}).status_code == 201
    assert door.sql("outcome", "audit", "AND action = 'announce'") == [("refused",), ("done",)]


def test_who_acted_is_not_named(door: Door) -> None:
    door.house.command(door.number, "acknowledge", by="the-night-shift")
    refused = door.say(body("update", "north", actions="The Night Shift is on it"))
    assert refused.status_code == 422
    assert "the name of a person" in refused.json()["detail"]


def test_twice_with_a_key_is_said_once_and_without_is_refused(door: Door) -> None:
    keyed = {"headers": {"Idempotency-Key": f"k{door.number}"}}
    for _ in range(2):
        assert door.say(body("initial", "north"), **keyed).status_code == 201
    assert len(door.said) == 1
    assert door.say(body("initial", "north")).status_code == 409
    assert door.say(body("update", "north")).status_code == 201


def test_mistakes_are_answered_in_words(door: Door) -> None:
    tries = (
        (body("initial", "nroth"), 409, "did you mean 'north'"),
        (body("resolution", "north"), 409, "not resolved yet"),
        (body("initial"), 400, "audiences"),
        ({**body("initial", "north"), "by": ""}, 400, "say who you are"),
        ({**body("initial", "north"), "kind": "no"}, 400, "kind"),
    )
    for request, status, words in tries:
        answer = door.say(request)
        assert answer.status_code == status, answer.text
        assert words in answer.json()["detail"]
    nobody = Door(door.house, "", 9999)
    assert nobody.say(body("initial", "north")).status_code == 404
    assert door.house.get("/api/v1/incidents/9999/announcements").status_code == 404


def test_the_page_drafts_and_sends(door: Door) -> None:
    with requests.Session() as browser:
        url = f"{door.house.url}/incidents/{door.number}/communication"
        page = browser.get(url, timeout=10)
        assert page.status_code == 200
        found = re.search(r'name="form" value="([^"]+)"', page.text)
        assert found
        fields = {"form": found[1], "kind": "initial", "audiences": ["north"], "by": "somebody"}
        leak = browser.post(url, {**fields, "impact": door.device, "step": "send"}, timeout=10)
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


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("[north-mail]", "[on-call]", "communication.yaml"),
        ("channels: [office]", "channels: [north-mail]", "communication.yaml"),
        ("office: {type: log}", "office: {type: log, fallback: [north-mail]}", "incidents.yaml"),
    ],
)
def test_what_the_house_is_told_by_is_no_channel_of_customers(
    data: Path, old: str, new: str, place: str
) -> None:
    furnish(data)
    text = (data / place).read_text()
    assert old in text
    (data / place).write_text(text.replace(old, new))
    with pytest.raises(Unusable) as refused:
        load_settings(data / "incidents.yaml", {})
    (problem,) = refused.value.problems
    assert problem.code == "shared-channel"
    assert problem.position
    assert problem.position.file.endswith("communication.yaml")


def test_a_channel_that_converses_offers_customers_nothing(data: Path) -> None:
    with Postbox() as postbox:
        furnish(data)
        (data / "secrets/key").write_text("a key that is long enough")
        config = (data / "incidents.yaml").read_text()
        mail = f"server: 127.0.0.1, port: {postbox.port}, tls: none, from: us@example.com"
        config = config.replace(
            "north-mail: {type: log}", f"north-mail: {{type: email, {mail}, to: [n@example.org]}}"
        ).replace("office: {type: log}", f"office: {{type: email, {mail}, to: [o@example.com]}}")
        (data / "incidents.yaml").write_text(
            f"{config}conversation: {{key: {{file: secrets/key}}}}\n"
        )
        house = Running(data)
        house.start()
        door = opened(house)
        door.say(body("initial", "north", "engineers"))
        told = postbox.letter("To: n@example.org")
        inside = postbox.letter("To: o@example.com")
        assert "Status: We are looking into it" in told.get_content()
        for word in (door.device, "/do/", "incidents/", "reply", "building-operations"):
            assert word not in str(told), word
        assert door.device in str(inside)
        # What then becomes of the incident goes to the house alone.
        house.command(door.number, "resolve", by="x")
        eventually(lambda: door.sql("state", "outbox", "AND state = 'pending'") == [])
        assert len([one for one in postbox.letters if one["To"] == "n@example.org"]) == 1
        assert house.sql("SELECT channel FROM conversation WHERE channel = 'north-mail'") == []
        assert house.stop() == 0
