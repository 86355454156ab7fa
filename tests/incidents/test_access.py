"""Tokens, roles, sessions and forms, tried by trying to get in."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from sothat.incidents.roles import Role
from sothat.incidents.web.tries import Tries

from .conftest import Running, alert, eventually, message

CONFIGURED = "the-api-token"


@pytest.fixture
def guarded(data: Path) -> Iterator[Running]:
    """Return a service that wants a token, with one open incident."""
    config = data / "incidents.yaml"
    config.write_text(config.read_text() + "api: {token: {file: secrets/api-token}}\n")
    (data / "secrets/api-token").write_text(CONFIGURED)
    running = Running(data)
    running.start()
    assert running.post(message(alert())).status_code == 200
    yield running
    assert running.stop() == 0


def ask(
    service: Running, method: str, path: str, token: str = CONFIGURED, **how: Any
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", **how.pop("headers", {})}
    return requests.request(
        method, f"{service.url}{path}", headers=headers, timeout=10, allow_redirects=False, **how
    )


def make(service: Running, name: str, role: str) -> str:
    answer = ask(service, "POST", "/api/v1/tokens", json={"name": name, "role": role})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


COMMAND = ("POST", "/api/v1/incidents/1/acknowledge", {"json": {"by": "x"}})
BY_ROLE = [
    ("GET", "/api/v1/incidents", {}, Role.VIEWER),
    ("GET", "/api/v1/incidents/1", {}, Role.VIEWER),
    ("GET", "/api/v1/incidents/1/timeline", {}, Role.VIEWER),
    ("GET", "/api/v1/alerts", {}, Role.VIEWER),
    (*COMMAND, Role.RESPONDER),
    ("GET", "/api/v1/audit", {}, Role.ADMIN),
    ("GET", "/api/v1/tokens", {}, Role.ADMIN),
    ("POST", "/api/v1/tokens", {"json": {"name": "own", "role": "admin"}}, Role.ADMIN),
    ("DELETE", "/api/v1/tokens/nobody", {}, Role.ADMIN),
]


def test_each_role_gets_as_far_as_it_should(guarded: Running) -> None:
    for role in Role:
        token = make(guarded, f"a-{role}", role)
        for method, path, how, wanted in BY_ROLE:
            answer = ask(guarded, method, path, token, **how)
            assert (answer.status_code == 403) is (not role.covers(wanted)), (role, path)
    assert guarded.get("/api/v1/incidents").status_code == 401


def test_no_way_in_without_a_token(guarded: Running) -> None:
    own = make(guarded, "own", "viewer")
    tries: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": CONFIGURED},
        {"Authorization": f"Token {CONFIGURED}"},
        {"Authorization": "Basic !!!"},
        {"Cookie": f"sothat-session={CONFIGURED}"},
        {"Cookie": "sothat-session="},
        {"X-Forwarded-User": "admin", "X-Role": "admin"},
    ]
    for headers in tries:
        for method, path, how, _ in BY_ROLE:
            answer = requests.request(
                method, f"{guarded.url}{path}", headers=headers, timeout=5, **how
            )
            assert answer.status_code in (401, 429), (headers, path)
            assert answer.headers["Content-Type"] == "application/problem+json"
        page = requests.get(f"{guarded.url}/incidents/1", headers=headers, timeout=5)
        assert page.status_code in (401, 429)
        assert "A device does not answer" not in page.text
    assert ask(guarded, "GET", "/api/v1/incidents/1", own).json()["state"] == "open"


def test_a_revoked_token_is_at_an_end_and_so_are_its_sessions(guarded: Running) -> None:
    token = make(guarded, "phone", "responder")
    with requests.Session() as browser:
        sign_in(guarded, browser, token)
        assert browser.get(f"{guarded.url}/incidents/1", timeout=5).status_code == 200
        assert ask(guarded, "DELETE", "/api/v1/tokens/phone").status_code == 204
        assert browser.get(f"{guarded.url}/incidents/1", timeout=5).status_code == 401
    assert ask(guarded, "GET", "/api/v1/incidents", token).status_code == 401
    assert ask(guarded, "DELETE", "/api/v1/tokens/phone").status_code == 404
    # The name stays taken: the audit log must not mix two people up.
    again = ask(guarded, "POST", "/api/v1/tokens", json={"name": "phone", "role": "viewer"})
    assert again.status_code == 409


def test_the_store_has_no_token_and_no_list_shows_one(guarded: Running) -> None:
    token = make(guarded, "laptop", "viewer")
    with requests.Session() as browser:
        sign_in(guarded, browser, token)
        cookie = browser.cookies["sothat-session"]
    listed = ask(guarded, "GET", "/api/v1/tokens").text
    stored = b"".join(path.read_bytes() for path in (guarded.data / "incidents").iterdir())
    log = (guarded.data / "log").read_bytes()
    for secret in (token, cookie, CONFIGURED):
        assert secret not in listed
        assert secret.encode() not in stored
        assert secret.encode() not in log


def test_guessing_comes_to_an_end_for_the_guesser(guarded: Running) -> None:
    own = make(guarded, "own", "viewer")
    answers = [ask(guarded, "GET", "/api/v1/incidents", f"guess-{n}") for n in range(30)]
    assert [a.status_code for a in answers[:10]] == [401] * 10
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    # Nobody learns by guessing on, whatever is guessed; whoever has a token of their own goes on.
    assert ask(guarded, "GET", "/api/v1/incidents", CONFIGURED).status_code == 429
    assert ask(guarded, "GET", "/api/v1/incidents", own).status_code == 200
    # Stored with the next commit.
    eventually(lambda: guarded.metrics()["incidents_wrong_tokens_total"] >= 10)


def test_tries_come_back_with_time() -> None:
    moment = 0.0
    tries = Tries(lambda: moment)
    for _ in range(10):
        assert tries.wait("192.0.2.1") == 0
        tries.count("192.0.2.1")
    assert tries.wait("192.0.2.1") == 6
    assert tries.wait("192.0.2.2") == 0
    moment = 6.0
    assert tries.wait("192.0.2.1") == 0
    tries.count("192.0.2.1")
    assert tries.wait("192.0.2.1") == 6


def test_a_network_of_ipv6_is_one_guesser_and_memory_is_bounded() -> None:
    tries = Tries(lambda: 0.0)
    for number in range(10):
        tries.count(f"2001:db8::{number:x}")
    assert tries.wait("2001:db8::ffff") > 0
    assert tries.wait("2001:db8:0:1::1") == 0
    for number in range(20_000):
        tries.count(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert tries.wait("2001:db8::1") == 0, "the oldest is forgotten first"


def hidden(text: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', text)
    assert found
    return found[1]


def sign_in(service: Running, browser: requests.Session, token: str) -> requests.Response:
    form = hidden(browser.get(f"{service.url}/login", timeout=5).text)
    fields = {"form": form, "token": token, "next": "/incidents/1"}
    return browser.post(f"{service.url}/login", data=fields, timeout=5, allow_redirects=False)


def test_a_browser_signs_in_acts_in_its_own_name_and_signs_out(guarded: Running) -> None:
    token = make(guarded, "duty-officer", "responder")
    with requests.Session() as browser:
        page = browser.get(f"{guarded.url}/incidents/1", timeout=5)
        assert page.status_code == 401
        assert 'name="next" value="/incidents/1"' in page.text
        answer = sign_in(guarded, browser, token)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/incidents/1")
        (cookie,) = [
            c for c in answer.headers["Set-Cookie"].split(", ") if c.startswith("sothat-session=")
        ]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        page = browser.get(f"{guarded.url}/incidents/1", timeout=5)
        assert 'name="by"' not in page.text, "the token says who it is"
        done = browser.post(
            f"{guarded.url}/incidents/1/acknowledge", data={"form": hidden(page.text)}, timeout=5
        )
        assert done.status_code == 200
        form = hidden(browser.get(f"{guarded.url}/account", timeout=5).text)
        browser.post(f"{guarded.url}/logout", data={"form": form}, timeout=5)
        kept = {"sothat-session": cookie.partition(";")[0].partition("=")[2]}
        assert requests.get(f"{guarded.url}/", cookies=kept, timeout=5).status_code == 401
    shown = ask(guarded, "GET", "/api/v1/incidents/1").json()
    assert shown["acknowledged_by"] == "duty-officer"


def test_a_viewers_page_offers_nothing_and_takes_nothing(guarded: Running) -> None:
    token = make(guarded, "wall", "viewer")
    with requests.Session() as browser:
        sign_in(guarded, browser, token)
        page = browser.get(f"{guarded.url}/incidents/1", timeout=5)
        assert "<button" not in page.text.partition("<main")[2]
        form = hidden(browser.get(f"{guarded.url}/account", timeout=5).text)
        answer = browser.post(f"{guarded.url}/incidents/1/resolve", data={"form": form}, timeout=5)
        assert answer.status_code == 403
    assert ask(guarded, "GET", "/api/v1/incidents/1").json()["state"] == "open"


def test_foreign_pages_cannot_act_for_a_browser_that_is_signed_in(guarded: Running) -> None:
    token = make(guarded, "victim", "admin")
    with requests.Session() as browser, requests.Session() as attacker:
        sign_in(guarded, browser, token)
        genuine = hidden(browser.get(f"{guarded.url}/incidents/1", timeout=5).text)
        theirs = hidden(attacker.get(f"{guarded.url}/login", timeout=5).text)
        url = f"{guarded.url}/incidents/1/resolve"
        tries: list[tuple[dict[str, str], dict[str, str]]] = [
            ({}, {}),
            ({"form": theirs}, {}),
            ({"form": ""}, {}),
            ({"form": genuine}, {"Origin": "https://evil.example"}),
            ({"form": genuine}, {"Origin": "null"}),
            ({"form": genuine}, {"Sec-Fetch-Site": "cross-site"}),
            ({"form": genuine}, {"Sec-Fetch-Site": "same-site"}),
        ]
        for fields, headers in tries:
            answer = browser.post(url, data={"by": "x", **fields}, headers=headers, timeout=5)
            assert answer.status_code == 403, (fields, headers)
        # A session is no key to the API: nothing that a browser sends by itself is.
        api = f"{guarded.url}/api/v1/incidents/1/resolve"
        assert browser.post(api, json={"by": "x"}, timeout=5).status_code == 401
        assert browser.post(f"{guarded.url}/logout", timeout=5).status_code == 403
        assert browser.get(f"{guarded.url}/", timeout=5).status_code == 200
    assert ask(guarded, "GET", "/api/v1/incidents/1").json()["state"] == "open"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"],
)
def test_signing_in_leads_nowhere_else(guarded: Running, target: str) -> None:
    with requests.Session() as browser:
        form = hidden(browser.get(f"{guarded.url}/login", timeout=5).text)
        fields = {"form": form, "token": CONFIGURED, "next": target}
        answer = browser.post(f"{guarded.url}/login", data=fields, timeout=5, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_everything_is_on_record_with_the_token_that_did_it(guarded: Running) -> None:
    token = make(guarded, "recorder", "responder")
    ask(guarded, *COMMAND[:2], token, json={"note": "on it"})
    ask(guarded, *COMMAND[:2], token, json={})
    ask(guarded, "DELETE", "/api/v1/tokens/recorder")
    entries = ask(guarded, "GET", "/api/v1/audit").json()["entries"]
    found = [(e["caller"], e["role"], e["action"], e["incident"], e["outcome"]) for e in entries]
    assert found[::-1] == [
        ("configured", "admin", "add-token", None, "done"),
        ("recorder", "responder", "acknowledge", 1, "done"),
        ("recorder", "responder", "acknowledge", 1, "refused"),
        ("configured", "admin", "revoke-token", None, "done"),
    ]
    assert entries[2]["detail"]["note"] == "on it"
    assert "already acknowledged" in entries[1]["detail"]["reason"]


def test_behind_tls_the_cookie_never_travels_in_the_clear(data: Path) -> None:
    config = data / "incidents.yaml"
    text = "api: {token: {file: secrets/api-token}}\nexternal_url: https://incidents.example.org\n"
    config.write_text(config.read_text() + text)
    (data / "secrets/api-token").write_text(CONFIGURED)
    running = Running(data)
    running.start()
    page = running.get("/login")
    proof = page.headers["Set-Cookie"].partition(";")[0]
    answer = requests.post(
        f"{running.url}/login",
        data={"form": hidden(page.text), "token": CONFIGURED},
        headers={"Cookie": proof, "Origin": "https://incidents.example.org"},
        timeout=5,
        allow_redirects=False,
    )
    assert answer.status_code == 303
    assert answer.headers["Set-Cookie"].startswith("__Host-sothat-session=")
    assert "; Secure" in answer.headers["Set-Cookie"]
    assert running.stop() == 0


def test_a_name_can_be_taken_once_however_many_try(guarded: Running) -> None:
    with ThreadPoolExecutor(8) as pool:
        body = {"name": "race", "role": "admin"}
        answers = list(
            pool.map(lambda _: ask(guarded, "POST", "/api/v1/tokens", json=body), range(8))
        )
    assert sorted(a.status_code for a in answers) == [201] + [409] * 7
    # To ask for it is no failure of the store: it is on record, and no alarm in the log.
    entries = ask(guarded, "GET", "/api/v1/audit").json()["entries"]
    outcomes = [one["outcome"] for one in entries if one["detail"].get("name") == "race"]
    assert sorted(outcomes) == ["done"] + ["refused"] * 7
    assert "cannot write to the store" not in (guarded.data / "log").read_text()
