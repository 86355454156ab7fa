"""The real process, over HTTP."""

import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from sothat.commands._main import run
from sothat.commands.incidents import command

from .conftest import Running, alert, eventually, message, resolved
from .databases import database  # noqa: F401 – all tests of this module run on both


def test_a_life_from_firing_to_resolved(service: Running) -> None:
    one = alert(device="1")
    assert service.post(message(one)).json() == {
        "message": 1,
        "outcome": "accepted",
        "problems": [],
    }
    (found,) = service.incidents()
    assert found["title"] == "A device does not answer"
    assert found["so_that"] == "rooms stay warm"
    assert (found["priority"], found["state"], found["team"]) == (
        "P2",
        "open",
        "building-operations",
    )
    assert found["alerts"][0]["labels"] == one["labels"]
    assert service.command(1, "acknowledge", by="somebody", note="on it").status_code == 200
    service.post(message(resolved(one)))
    whole = service.incident(1)
    assert whole["state"] == "resolved"
    assert whole["acknowledged_by"] == "somebody"
    eventually(lambda: _kinds(service).count("notified") == 2)
    kinds = [kind for kind in _kinds(service) if kind != "notified"]
    assert kinds == [
        *("received", "opened", "alert-firing", "acknowledged"),
        *("received", "alert-resolved", "resolved"),
    ]
    assert "incidents.main" in whole["timeline"][0]["text"]


def _kinds(service: Running) -> list[str]:
    return [note["kind"] for note in service.incident(1)["timeline"]]


def test_the_webhook_wants_its_token(service: Running) -> None:
    for token in ("", "wrong", "a-token-for-test", "é".encode().decode("latin-1")):
        answer = service.post(message(alert()), token=token)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    url = f"{service.url}/api/v1/webhooks/alertmanager"
    assert requests.post(url, json=message(alert()), timeout=5).status_code == 401
    assert service.incidents() == []
    refused = 'incidents_webhook_requests_total{outcome="unauthorised"}'
    eventually(lambda: service.metrics()[refused] == 5)


def test_the_webhook_answers_405_to_all_but_post_and_never_redirects(service: Running) -> None:
    url = f"{service.url}/api/v1/webhooks/alertmanager"
    for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD"):
        answer = requests.request(method, url, timeout=5, allow_redirects=False)
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "POST"
    for path in ("/api/v1/webhooks/alertmanager/", "/api/v1/webhooks/", "//api/v1/webhooks"):
        answer = requests.post(service.url + path, timeout=5, allow_redirects=False)
        assert answer.status_code == 404


def test_a_refused_body_is_kept(service: Running) -> None:
    answer = service.post(b'{"version":"3","alerts":[]}')
    assert answer.status_code == 400
    assert "version is '3'" in answer.json()["error"]
    assert service.metrics()['incidents_webhook_requests_total{outcome="rejected"}'] == 1
    rows = service.sql("SELECT outcome, body FROM message")
    assert rows == [("rejected", b'{"version":"3","alerts":[]}')]


def test_bad_siblings_and_strange_texts_survive(service: Running) -> None:
    strange = {"nul": "a\0b", "lone": "\ud800", "emoji": "\N{FIRE}", "markup": "<script>", "": "x"}
    answer = service.post(message({"status": "?"}, alert(labels=strange), 7))
    assert answer.status_code == 200
    assert len(answer.json()["problems"]) == 2
    labels = service.incident(1)["alerts"][0]["labels"]
    assert {name: labels[name] for name in strange} == strange
    page = service.get("/incidents/1")
    assert page.status_code == 200
    assert page.text.count("<script>") == 1, "only the page's own"


def test_an_alert_whose_start_cannot_be_read_is_kept_as_of_its_receipt(service: Running) -> None:
    before = datetime.now(UTC)
    answer = service.post(message({**alert(device="1"), "startsAt": "soon"}))
    assert answer.status_code == 200
    (problem,) = answer.json()["problems"]
    assert "startsAt" in problem
    found = service.incident(1)
    (one,) = found["alerts"]
    began = datetime.fromisoformat(one["starts_at"])
    assert before - timedelta(seconds=1) <= began <= datetime.now(UTC)
    assert [n["kind"] for n in found["timeline"] if "startsAt" in n["text"]] == ["note"]
    again = service.post(message({**alert(device="1"), "startsAt": "soon"}))
    assert again.json()["outcome"] == "duplicate"


def test_identical_posts_at_once_give_one_incident(service: Running) -> None:
    payload = message(alert(device="1"), alert(device="2"))
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: service.post(payload), range(48)))
    assert {a.status_code for a in answers} == {200}
    assert sorted(a.json()["outcome"] for a in answers).count("accepted") == 1
    (found,) = service.incidents()
    assert found["firing"] == 2


def test_a_repeat_is_a_duplicate(service: Running) -> None:
    payload = message(alert())
    service.post(payload)
    before = eventually(lambda: _after_notice(service))
    assert service.post(payload).json()["outcome"] == "duplicate"
    after = service.incident(1)
    # What is left of the clocks is another moment's.
    assert {**after, "deadlines": ()} == {**before, "deadlines": ()}


def _after_notice(service: Running) -> dict[str, Any] | None:
    found = service.incident(1)
    return found if "notified" in [note["kind"] for note in found["timeline"]] else None


def test_the_watchdog_only_beats(service: Running) -> None:
    assert service.post(message(alert("Watchdog"))).json()["outcome"] == "accepted"
    assert service.incidents() == []
    assert ("watchdog",) in service.sql("SELECT source FROM beat")


def test_filters(service: Running) -> None:
    service.post(message(alert(device="1"), alert(device="2", site="b"), alert("Other", site="c")))
    service.command(2, "acknowledge", by="somebody")
    assert [i["id"] for i in service.incidents("?state=acknowledged")] == [2]
    assert [i["id"] for i in service.incidents("?label=device=2")] == [2]
    assert [i["id"] for i in service.incidents("?label=device=2&label=site=a")] == []
    assert len(service.incidents("?state=open&state=acknowledged")) == 3
    assert len(service.incidents("?limit=1")) == 1
    for query in ("state=broken", "label=x", "limit=0", "limit=x", "limit=9999", "page=2"):
        answer = service.get(f"/api/v1/incidents?{query}")
        assert answer.status_code == 400
        assert answer.json()["detail"]


def test_commands_have_stated_outcomes(service: Running) -> None:
    service.post(message(alert()))
    assert service.command(1, "acknowledge").status_code == 400
    assert service.command(1, "acknowledge", by=" ").status_code == 400
    assert service.command(1, "acknowledge", by=7).status_code == 400
    assert service.command(1, "acknowledge", by="x" * 201).status_code == 400
    assert service.command(1, "acknowledge", by="somebody", note=["x"]).status_code == 400
    assert service.command(1, "acknowledge", by="somebody").json()["state"] == "acknowledged"
    answer = service.command(1, "acknowledge", by="another")
    assert answer.status_code == 409
    assert "already acknowledged by somebody" in answer.json()["detail"]
    assert service.command(1, "resolve", by="somebody").json()["state"] == "resolved"
    assert service.command(1, "resolve", by="somebody").status_code == 409
    for number in ("2", str(2**63), str(10**40), "9" * 5_000):
        answer = service.command(number, "resolve", by="somebody")
        assert answer.status_code == 404
        assert answer.json()["detail"]
        assert service.get(f"/api/v1/incidents/{number}").status_code == 404


def test_a_foreign_page_cannot_command_the_api(service: Running) -> None:
    service.post(message(alert()))
    url = f"{service.url}/api/v1/incidents/1/resolve"
    answer = requests.post(url, data=json.dumps({"by": "x"}), timeout=5)
    assert answer.status_code == 415
    assert service.incident(1)["state"] == "open"


def test_api_errors_are_json(service: Running) -> None:
    for path in ("/api/v1/nothing", "/api/v1/incidents/x", "/api/", "/api/v1/incidents/1/explode"):
        answer = service.get(path)
        assert answer.status_code == 404
        assert answer.json()["detail"]
    assert requests.delete(f"{service.url}/api/v1/incidents", timeout=5).json()["detail"]


def test_health(service: Running) -> None:
    assert service.get("/-/healthy").status_code == 200
    assert service.get("/-/ready").status_code == 200


def test_an_api_token_guards_api_and_pages(data: Any) -> None:
    config = data / "incidents.yaml"
    config.write_text(config.read_text() + "api: {token: {file: secrets/api-token}}\n")
    (data / "secrets/api-token").write_text("the-api-token")
    running = Running(data)
    running.start()
    for path in ("/", "/api/v1/incidents", "/incidents/1", "/runbooks/", "/runbooks/DeviceOffline"):
        assert running.get(path).status_code == 401
        assert running.get(path, auth=("anybody", "wrong")).status_code == 401
        entered = running.get(path, auth=("anybody", "the-api-token"))
        assert entered.status_code == (404 if path == "/incidents/1" else 200)
        bearer = {"Authorization": "Bearer the-api-token"}
        assert running.get(path, headers=bearer).status_code == entered.status_code
    assert running.command(1, "resolve", by="x").status_code == 401
    assert requests.post(f"{running.url}/incidents/1/resolve", timeout=5).status_code == 401
    assert running.get("/metrics").status_code == 200
    assert running.post(message(alert())).status_code == 200
    assert running.post(message(alert()), token="the-api-token").status_code == 401
    assert running.stop() == 0


def test_sigterm_ends_it_within_two_seconds_even_with_a_connection_open(service: Running) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as idle:
        idle.sendall(b"POST /api/v1/webhooks/alertmanager HTTP/1.1\r\nHost: x\r\n")
        service.process.terminate()
        assert service.process.wait(2) == 0


def test_the_command_line_talks_to_it(service: Running) -> None:
    service.post(message(alert(annotations={"summary": "bell \a and \x1b[31mcolour"})))
    code, out, _ = _cli(service, "list")
    assert code == 0
    assert "P2" in out
    assert "where    site=a" in out
    assert "\x1b" not in out
    assert json.loads(_cli(service, "list", "--json")[1])["incidents"][0]["id"] == 1
    assert _cli(service, "ack", "1", "--by", "somebody")[:2] == (
        0,
        "#1 P2 acknowledged: bell � and �[31mcolour\n",
    )
    code, _, error = _cli(service, "ack", "1", "--by", "somebody")
    assert code == 1
    assert "already acknowledged" in error
    assert "acknowledged" in _cli(service, "show", "1")[1]
    assert (
        json.loads(_cli(service, "resolve", "1", "--by", "me", "--json")[1])["state"] == "resolved"
    )
    assert _cli(service, "show", "99")[0] == 1


def _cli(service: Running, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, [*arguments, "--url", service.url], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value or 0, result.stdout, result.stderr


def test_the_url_may_go_without_its_scheme(service: Running) -> None:
    arguments = ["list", "--url", service.url.removeprefix("http://")]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.exception is None, result.exception
    assert "no incidents" in result.stdout


def test_a_token_of_any_letters_is_sent_as_it_is(service: Running, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("clé-€\n")
    assert _cli(service, "list", "--token-file", str(token))[0] == 0


def test_a_token_file_that_holds_something_else_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text("one\ntwo\n")
    assert run(["incidents", "list", "--token-file", str(token)]) == 2
    assert f"{token}: error: a token is one line of text" in capsys.readouterr().err


def test_no_service_is_one_clear_problem(free_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "sothat.commands", "incidents", "list", "--url", free_url],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no answer from the incident service" in done.stderr
    assert "Traceback" not in done.stderr
