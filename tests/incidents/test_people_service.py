"""People in the running service: whoever is on call is paged, escalated to, stood in for."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sothat.commands import _main
from sothat.incidents.configuration import load_settings
from sothat.model.problem import Unusable

from .conftest import CONFIG, POLICY, Running, alert, eventually, message
from .peers import Peer, answer, peer

EXAMPLE = Path(__file__).parents[2] / "examples" / "people.yaml"
TEAM = "building-operations"
PEOPLE = """\
apiVersion: sothat/v1
kind: People
users:
  first:
    roles: [First engineer]
    contacts: {push: {type: webhook, url: "http://127.0.0.1:PORT/first"}}
  second:
    roles: [Second engineer, Senior engineer]
    contacts:
      push: {type: apprise, url: {file: secrets/second}}
      mail: {type: log}
    notify: {P1: [push], P2: [push]}
"""


def staffed() -> dict[str, Any]:
    """Return the policy of these tests with a rota, and a level above after a second."""
    policy: dict[str, Any] = json.loads(json.dumps(POLICY))
    policy["teams"][TEAM]["seats"] = [{"level": "second-level", "role": "Senior engineer"}]
    policy["calendars"] = {
        "here": {"country": "DE", "subdivision": "", "time_zone": "UTC", "holidays": {}}
    }
    policy["calendar"] = "here"
    policy["rotations"] = {
        "week": {
            "team": TEAM,
            "calendar": "here",
            "starts": "2026-01-05T09:00",
            "shift": 360 * 86400.0,
            "members": ["First engineer"],
        }
    }
    term = {"hours": "", "seconds": 1.0}
    policy["escalation"] = {"technical": [{"name": "second-level", "after": {"P2": term}}]}
    return policy


@pytest.fixture
def providers(data: Path) -> Iterator[Peer]:
    """Return the provider of all contacts; the configuration names them."""
    config = CONFIG.replace("on-call: {type: log}", "on-call: {type: duty}")
    (data / "incidents.yaml").write_text(config + "people: people.yaml\nlast_resort: [office]\n")
    (data / "compiled/incidents/policy.json").write_text(json.dumps(staffed()))
    with peer(answer(200)) as server:
        (data / "people.yaml").write_text(PEOPLE.replace("PORT", str(server.port)))
        (data / "secrets/second").write_text(f"json://127.0.0.1:{server.port}/hush-4711")
        yield server


@pytest.fixture
def manned(providers: Peer, service: Running) -> Running:
    return service


def bodies(server: Peer) -> list[dict[str, Any]]:
    return [json.loads(body) for body in server.bodies]


def test_the_rota_is_paged_and_then_the_level_above(providers: Peer, manned: Running) -> None:
    manned.post(message(alert()))
    first, second = eventually(lambda: len(bodies(providers)) > 1 and bodies(providers))
    assert (first["reason"], first["incident"]) == ("opened", 1)
    assert "ESCALATED #1" in second["message"]
    manned.command(1, "acknowledge", by="somebody")
    manned.command(1, "resolve", by="somebody")
    eventually(lambda: len(bodies(providers)) == 4)
    texts = [entry["text"] for entry in manned.incident(1)["timeline"]]
    assert "technical escalation, second-level: Senior engineer" in texts
    assert "hush-4711" not in (manned.data / "log").read_text()
    assert manned.metrics()['incidents_notifications_total{channel="contacts",outcome="sent"}'] == 4


def test_a_stand_in_is_paged_and_shown(providers: Peer, manned: Running) -> None:
    now = datetime.now(UTC)
    wanted = {
        "rotation": "week",
        "person": "second",
        "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=1)).isoformat(),
    }
    made = requests.post(f"{manned.url}/api/v1/overrides", json=wanted, timeout=10)
    assert made.status_code == 201, made.text
    assert made.json()["overrides"][0]["person"] == "second"
    eventually(lambda: "SUMMARY:second" in manned.get(f"/on-call/{TEAM}.ics").text)
    manned.post(message(alert()))
    (body,) = eventually(lambda: bodies(providers))[:1]
    assert "#1" in body["message"]
    feed = manned.get(f"/on-call/{TEAM}.ics")
    assert feed.headers["Content-Type"].startswith("text/calendar")
    assert requests.delete(f"{manned.url}/api/v1/overrides/1", timeout=10).status_code == 204
    assert requests.delete(f"{manned.url}/api/v1/overrides/1", timeout=10).status_code == 404
    assert eventually(lambda: "second" not in manned.get(f"/on-call/{TEAM}.ics").text)
    assert manned.get("/on-call/nobody.ics").status_code == 404


def test_overrides_from_the_terminal(
    providers: Peer, manned: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def override(*arguments: str) -> int:
        return _main.run(["incidents", "override", *arguments, "--url", manned.url])

    assert override("list") == 0
    assert capsys.readouterr().out == "no overrides\n"
    times = ("--from", "2027-01-01T09:00 Europe/Berlin", "--to", "2027-01-02T09:00")
    assert override("add", "week", "--person", "second", *times) == 0
    line = "   1  week  second, 2027-01-01 08:00 to 2027-01-02 09:00 UTC"
    assert capsys.readouterr().out.startswith(line)
    assert _main.run(["incidents", "on-call", "--at", "2027-01-01T12:00", "--url", manned.url]) == 0
    told = f"{TEAM}  second – second, until 2027-01-02 09:00 UTC (override)\n"
    assert capsys.readouterr().out == told
    assert override("add", "weak", "--person", "second", *times) == 1
    assert "did you mean 'week'" in capsys.readouterr().err
    assert override("add", "week", "--person", "second", "--from", "soon", "--to", "later") == 2
    assert override("import", "week", str(tmp_path / "none.ics")) == 2
    capsys.readouterr()
    assert override("remove", "1") == 0
    assert capsys.readouterr().out == "removed\n"
    assert override("remove", "1") == 1
    assert "there is no override 1" in capsys.readouterr().err


def test_an_override_that_makes_no_sense_is_refused(providers: Peer, manned: Running) -> None:
    changes = {
        "did you mean 'week'": {"rotation": "weak"},
        "nobody is known as 'Nobody'": {"person": "Nobody"},
        "ends after it starts": {"ends_at": "2026-01-01T00:00:00Z"},
        "within a year": {"starts_at": "2020-01-01T00:00:00Z"},
        "starts_at": {"starts_at": "2026-06-01T00:00:00"},
        "why": {"why": "x"},
    }
    sound = {
        "rotation": "week",
        "person": "First engineer",
        "starts_at": "2026-06-01T00:00:00Z",
        "ends_at": "2026-06-02T00:00:00Z",
    }
    for words, change in changes.items():
        wanted = {**sound, **change}
        refused = requests.post(f"{manned.url}/api/v1/overrides", json=wanted, timeout=10)
        assert refused.status_code in (400, 422), words
        assert words in refused.json()["detail"]


def test_a_calendar_becomes_overrides(providers: Peer, manned: Running) -> None:
    start = datetime.now(UTC) + timedelta(days=2)
    event = (
        f"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:{start:%Y%m%dT%H%M00Z}\r\nDURATION:PT2H\r\n"
        "SUMMARY:second\r\nEND:VEVENT\r\n"
    )
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event}END:VCALENDAR\r\n"
    url = f"{manned.url}/api/v1/overrides/calendar"
    made = requests.post(url, json={"rotation": "week", "calendar": text}, timeout=10)
    assert made.status_code == 201, made.text
    (override,) = made.json()["overrides"]
    assert override["starts_at"].startswith(f"{start:%Y-%m-%dT%H:%M}:00")
    for bad in ("nonsense", text.replace("second", "Nobody")):
        refused = requests.post(url, json={"rotation": "week", "calendar": bad}, timeout=10)
        assert refused.status_code == 422, bad


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ("roles: [First engineer]", "rolls: [x]", "people.yaml:5:5", "unknown key 'rolls'"),
        ("type: webhook", "type: pigeon", "people.yaml:6:29", "must be one of"),
        ("type: webhook", "type: duty", "people.yaml:6:29", "must be one of"),
        ("secrets/second", "secrets/none", "people.yaml:10:41", "cannot be read"),
        ("P1: [push]", "P1: [pish]", "people.yaml:12:19", "did you mean 'push'?"),
    ],
)
def test_each_mistake_is_named_with_its_place(
    providers: Peer, data: Path, old: str, new: str, where: str, words: str
) -> None:
    text = (data / "people.yaml").read_text()
    assert old in text
    (data / "people.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(Unusable) as caught:
        load_settings(data / "incidents.yaml", {}, None)
    found = [(str(p.position), f"{p.message} {p.hint}") for p in caught.value.problems]
    assert any(place.endswith(where) and words in text for place, text in found), found


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("people: people.yaml\n", "", "nobody is known"),
        ("[office]", "[offise]", "'offise' is no channel that sends"),
        ("[office]", "[on-call]", "'on-call' is no channel that sends"),
        ("office: {type: log}", "office: {type: log, fallback: [of]}", "'of' is no channel"),
    ],
)
def test_each_mistake_of_the_configuration_is_named(
    providers: Peer, data: Path, old: str, new: str, words: str
) -> None:
    text = (data / "incidents.yaml").read_text()
    (data / "incidents.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(Unusable) as caught:
        load_settings(data / "incidents.yaml", {}, None)
    assert any(words in problem.message for problem in caught.value.problems)


def test_the_example_opens(data: Path) -> None:
    config = CONFIG.replace("on-call: {type: log}", "on-call: {type: duty}")
    (data / "incidents.yaml").write_text(config + "people: people.yaml\n")
    text = EXAMPLE.read_text()
    (data / "people.yaml").write_text(text)
    for line in text.splitlines():
        if "{file: " in line:
            name = line.partition("{file: ")[2].partition("}")[0]
            (data / name).write_text("json://127.0.0.1:1/")
    directory = load_settings(data / "incidents.yaml", {}, None).directory
    assert directory.instead_of("first-platform-engineer/push") == (
        "first-platform-engineer/sms",
        "first-platform-engineer/mail",
    )
    assert directory.labels == ("office", "contacts")
