"""Signing in at a provider: a real one on loopback, and all that it can do wrong."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sothat.incidents.access.attempt import LIFE_SECONDS, Attempts, BadAttempt
from sothat.incidents.access.grants import Grant, Person, caller_of, person_of
from sothat.incidents.access.provider import Identity, NotTrusted, Unreachable
from sothat.incidents.access.provider import Provider as Asked
from sothat.incidents.access.scope import Scope
from sothat.incidents.configuration import load_settings
from sothat.incidents.roles import Role
from sothat.model.problem import Unusable
from sothat.runtime.secrets import Secret

from ..conftest import (  # noqa: TID252 – tests of one tree
    CONFIG,
    Running,
    eventually,
    furnished,
    message,
)
from .conftest import CONFIGURED, A, of_client
from .provider import SECRET, Faults, Provider, fresh_key, provider

OIDC = """\
api: {token: {file: secrets/api-token}}
oidc:
  issuer: ISSUER
  client_id: sothat
  client_secret: {file: secrets/oidc}
  title: the house's log-in
  timeout: 1s
  grants:
    - {claim: groups, value: sre, role: admin}
    - {claim: realm.roles, value: on-call, role: responder}
    - {claim: groups, value: tenants-a, role: viewer, clients: [client-a]}
"""


@pytest.fixture(scope="module")
def house() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture(scope="module")
def running(house: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a service that people sign in to; the provider's faults are each test's own."""
    folder = furnished(tmp_path_factory.mktemp("oidc") / "data")
    _configure(folder, house.issuer)
    # The provider sends browsers back to an address that has to be known beforehand.
    service = Running(folder, f"127.0.0.1:{_port()}")
    service.start()
    service.post(message(of_client(A, "One")))
    service.post(message(of_client("client-b", "Two")))
    yield service
    assert service.stop() == 0


def _configure(folder: Path, issuer: str) -> None:
    (folder / "incidents.yaml").write_text(CONFIG + OIDC.replace("ISSUER", issuer))
    (folder / "secrets/api-token").write_text(CONFIGURED)
    (folder / "secrets/oidc").write_text(SECRET)


@pytest.fixture(autouse=True)
def _well(request: pytest.FixtureRequest) -> Iterator[None]:
    house: Provider = request.getfixturevalue("house")
    house.faults, house.person = Faults(), {"groups": ["sre"], "preferred_username": "duty-officer"}
    yield
    house.hold.clear()


def away(service: Running, browser: requests.Session, to: str = "/") -> str:
    """Go away to the provider; return where it sends the browser back to."""
    url = f"{service.url}/login/oidc?next={to}"
    sent = browser.get(url, timeout=10, allow_redirects=False)
    assert sent.status_code == 303, sent.text
    back = requests.get(sent.headers["Location"], timeout=10, allow_redirects=False)
    return back.headers["Location"]


def sign_in(service: Running, browser: requests.Session, to: str = "/") -> requests.Response:
    return browser.get(away(service, browser, to), timeout=10, allow_redirects=False)


def audit(service: Running) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {CONFIGURED}"}
    found = requests.get(f"{service.url}/api/v1/audit", headers=headers, timeout=10)
    entries: list[dict[str, Any]] = found.json()["entries"]
    return entries


def test_somebody_signs_in_acts_and_signs_out(running: Running, house: Provider) -> None:
    house.person = {"realm": {"roles": ["on-call"]}, "preferred_username": "duty-officer"}
    with requests.Session() as browser:
        page = browser.get(f"{running.url}/incidents/1", timeout=10)
        assert page.status_code == 401
        link = re.search(
            r'href="(/login/oidc[^"]*)">Sign in with the house&#39;s log-in', page.text
        )
        assert link, page.text
        assert "next=/incidents/1" in link[1]
        answer = sign_in(running, browser, "/incidents/1")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/incidents/1")
        cookie = next(c for c in answer.headers["Set-Cookie"].split(", ") if "-session=" in c)
        assert "httponly" in cookie.lower()
        assert "samesite=strict" in cookie.lower()
        page = browser.get(f"{running.url}/incidents/1", timeout=10)
        assert "duty-officer (responder)" in page.text
        assert 'name="by"' not in page.text, "the provider says who it is"
        form = re.search(r'name="form" value="([^"]+)"', page.text)
        assert form
        where = f"{running.url}/incidents/1/acknowledge"
        done = browser.post(where, data={"form": form[1]}, timeout=10)
        assert done.status_code == 200
        kept = dict(browser.cookies)
        browser.post(f"{running.url}/logout", data={"form": form[1]}, timeout=10)
        assert requests.get(f"{running.url}/", cookies=kept, timeout=10).status_code == 401
    told = [(one["caller"], one["action"], one["subject"]) for one in audit(running)]
    subject = f"{house.issuer} subject-1"
    for action in ("logout", "acknowledge", "login"):
        assert ("duty-officer", action, subject) in told


def test_groups_grant_a_role_and_a_scope(running: Running, house: Provider) -> None:
    house.person = {"groups": ["tenants-a"], "preferred_username": "tenant"}
    with requests.Session() as browser:
        assert sign_in(running, browser).status_code == 303
        page = browser.get(f"{running.url}/", timeout=10)
        assert "heron summary" in page.text
        assert "zebra" not in page.text
        assert "tenant (viewer)" in page.text
        assert browser.get(f"{running.url}/incidents/2", timeout=10).status_code == 404


def test_somebody_without_a_role_stays_outside(running: Running, house: Provider) -> None:
    house.person = {"groups": ["others"], "email": "somebody@example.org"}
    with requests.Session() as browser:
        answer = sign_in(running, browser)
        assert answer.status_code == 403
        assert "no role here for somebody@example.org" in answer.text
        assert "session=" not in answer.headers.get("Set-Cookie", "")


Break = Callable[[Provider], Faults]
FAULTS: dict[str, Break] = {
    "wrong issuer": lambda _: Faults(claims={"iss": "https://elsewhere.example"}),
    "no issuer": lambda _: Faults(claims={"iss": None}),
    "made for another": lambda _: Faults(claims={"aud": "another"}),
    "for several, by another": lambda _: Faults(claims={"aud": ["sothat", "x"], "azp": "x"}),
    "for several, by nobody": lambda _: Faults(claims={"aud": ["sothat", "x"]}),
    "by another": lambda _: Faults(claims={"azp": "x"}),
    "wrong nonce": lambda _: Faults(claims={"nonce": "replayed"}),
    "no nonce": lambda _: Faults(claims={"nonce": None}),
    "expired": lambda _: Faults(claims={"exp": 1_000_000_000}),
    "never expires": lambda _: Faults(claims={"exp": None}),
    "expires in words": lambda _: Faults(claims={"exp": "tomorrow"}),
    "of the future": lambda _: Faults(claims={"iat": 4_000_000_000}),
    "not yet": lambda _: Faults(claims={"nbf": 4_000_000_000}),
    "of nobody": lambda _: Faults(claims={"sub": None}),
    "of a number": lambda _: Faults(claims={"sub": 7}),
    "unsigned": lambda _: Faults(unsigned=True),
    "signed with the public key": lambda _: Faults(symmetric=True),
    "another's key of the same name": lambda house: Faults(sign_with=fresh_key(house.keys[-1].kid)),
    "an unknown key": lambda _: Faults(sign_with=fresh_key("unknown")),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_token_that_does_not_hold_opens_nothing(
    tmp_path: Path, house: Provider, name: str
) -> None:
    asked, attempt = _asked(house)
    house.faults = FAULTS[name](house)
    with pytest.raises(NotTrusted):
        asked.claims(_code(asked.address(attempt)), attempt)
    house.faults = Faults()
    found = asked.claims(_code(asked.address(attempt)), attempt)
    assert found["sub"] == "subject-1", "and without the fault it does"


def _asked(house: Provider, timeout: float = 1.0, clock: float | None = None) -> tuple[Any, Any]:
    identity = Identity(
        *(house.issuer, "sothat", Secret(SECRET), "http://127.0.0.1/back", ("openid",), 60, timeout)
    )
    moments = time.time if clock is None else (lambda: clock)
    return Asked(identity, moments), Attempts(Secret("key")).begin("/", 0)


def _code(address: str) -> str:
    back = requests.get(address, timeout=10, allow_redirects=False).headers["Location"]
    return parse_qs(urlsplit(back).query)["code"][0]


def test_clocks_may_differ_by_a_minute_and_not_by_more(house: Provider) -> None:
    now = int(time.time())
    asked, attempt = _asked(house)
    for skewed in ({"exp": now - 30}, {"iat": now + 30}):
        house.faults = Faults(claims=skewed)
        assert asked.claims(_code(asked.address(attempt)), attempt)
    for skewed in ({"exp": now - 90}, {"iat": now + 120}):
        house.faults = Faults(claims=skewed)
        with pytest.raises(NotTrusted):
            asked.claims(_code(asked.address(attempt)), attempt)


def test_a_code_is_good_once_and_for_its_own_browser(house: Provider) -> None:
    asked, attempt = _asked(house)
    code = _code(asked.address(attempt))
    assert asked.claims(code, attempt)
    with pytest.raises(NotTrusted, match="invalid_grant"):
        asked.claims(code, attempt)
    other = Attempts(Secret("key")).begin("/", 0)
    with pytest.raises(NotTrusted, match="invalid_grant"):
        asked.claims(_code(asked.address(attempt)), other)


def test_keys_that_change_hands_are_followed(house: Provider) -> None:
    moment, before = 0.0, [*house.keys]
    base, attempt = _asked(house)
    asked = Asked(base._identity, time.time, lambda: moment)
    assert asked.claims(_code(asked.address(attempt)), attempt)
    count = house.asked.count("/realm/keys")
    house.keys[:] = [fresh_key("second")]
    assert asked.claims(_code(asked.address(attempt)), attempt)
    assert asked.claims(_code(asked.address(attempt)), attempt)
    assert house.asked.count("/realm/keys") == count + 1, "asked once for the new one"
    for _ in range(3):
        house.faults = Faults(sign_with=fresh_key("nobody's"))
        with pytest.raises(NotTrusted):
            asked.claims(_code(asked.address(attempt)), attempt)
    assert house.asked.count("/realm/keys") == count + 1, "and nobody makes us ask on and on"
    moment, house.faults = 31.0, Faults()
    house.keys[:] = before
    assert asked.claims(_code(asked.address(attempt)), attempt)


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://elsewhere.example"},
        {"issuer": None},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": ""},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_speaks_for_another_is_not_trusted(
    house: Provider, about: dict[str, Any]
) -> None:
    asked, attempt = _asked(house)
    house.faults = Faults(about=about)
    with pytest.raises(NotTrusted):
        asked.address(attempt)


@pytest.mark.parametrize(
    "faults", [Faults(status=500), Faults(body=b"<html>"), Faults(body=b"[]"), Faults(body=b"\xff")]
)
def test_a_provider_that_is_not_well_is_said_to_be(house: Provider, faults: Faults) -> None:
    asked, attempt = _asked(house)
    house.faults = faults
    with pytest.raises((NotTrusted, Unreachable)):
        asked.address(attempt)


def test_a_slow_provider_keeps_nobody_waiting(running: Running, house: Provider) -> None:
    with requests.Session() as browser:
        back = away(running, browser)
        house.hold.set()
        answer = browser.get(back, timeout=30, allow_redirects=False)
        assert answer.status_code == 503
        assert "does not answer" in answer.text
        assert "a token still opens the door" in answer.text
        assert 'id="token"' in answer.text
        house.hold.clear()
        assert sign_in(running, browser).status_code == 303


def test_without_its_provider_the_service_starts_and_takes_tokens(
    tmp_path: Path, free_port: int
) -> None:
    folder = furnished(tmp_path / "data")
    _configure(folder, f"http://127.0.0.1:{free_port}/realm")
    service = Running(folder)
    service.start()
    answer = service.get("/login/oidc")
    assert answer.status_code == 503
    assert "cannot be used now" in answer.text
    headers = {"Authorization": f"Bearer {CONFIGURED}"}
    assert service.get("/api/v1/incidents", headers=headers).status_code == 200
    with provider(free_port), requests.Session() as browser:
        # Nobody has to restart anything once it is back.
        assert browser.get(f"{service.url}/login/oidc", timeout=10, allow_redirects=False).ok
    assert service.stop() == 0


@pytest.fixture
def free_port() -> int:
    return _port()


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_nobody_is_signed_in_by_anothers_link(running: Running, house: Provider) -> None:
    with requests.Session() as attacker, requests.Session() as victim:
        back = away(running, attacker)
        answer = victim.get(back, timeout=10, allow_redirects=False)
        assert answer.status_code == 401
        assert "has not begun to sign in" in answer.text
        away(running, victim)
        answer = victim.get(back, timeout=10, allow_redirects=False)
        assert answer.status_code == 401
        assert "another attempt" in answer.text
        assert "sothat-session" not in victim.cookies


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("error=access_denied&state=STATE", "access_denied"),
        ("state=STATE", "no code"),
        ("state=STATE&code=x&iss=https%3A%2F%2Fevil.example", "another provider"),
        ("code=x", "another attempt"),
        ("state=%C3%A4&code=x", "another attempt"),
    ],
)
def test_a_bad_way_back_leads_to_the_door(
    running: Running, house: Provider, query: str, said: str
) -> None:
    with requests.Session() as browser:
        state = parse_qs(urlsplit(away(running, browser)).query)["state"][0]
        url = f"{running.url}/login/oidc/back?{query.replace('STATE', state)}"
        answer = browser.get(url, timeout=10, allow_redirects=False)
        assert answer.status_code in (401, 429)
        if answer.status_code == 401:
            assert said in answer.text


def test_guessing_at_the_way_back_comes_to_an_end(house: Provider, tmp_path: Path) -> None:
    folder = furnished(tmp_path / "data")
    _configure(folder, house.issuer)
    service = Running(folder)
    service.start()
    codes = [service.get("/login/oidc/back?state=x&code=y").status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    assert service.get("/login/oidc").status_code == 429
    assert service.get("/api/v1/incidents").status_code == 401, "whoever shows nothing is nobody"
    eventually(lambda: service.metrics()["incidents_wrong_tokens_total"] == 10)
    assert service.stop() == 0


def test_a_new_session_ends_the_one_before(running: Running, house: Provider) -> None:
    with requests.Session() as browser:
        sign_in(running, browser)
        first = dict(browser.cookies)
        sign_in(running, browser)
        second = dict(browser.cookies)
        assert first != second
    assert requests.get(f"{running.url}/", cookies=first, timeout=10).status_code == 401
    assert requests.get(f"{running.url}/", cookies=second, timeout=10).status_code == 200


def test_an_attempt_belongs_to_its_browser_and_ends() -> None:
    attempts = Attempts(Secret("key"))
    one, other = attempts.begin("/incidents/1?ä", 100), attempts.begin("/", 100)
    known = attempts.known(one.cookie, one.state, 100 + LIFE_SECONDS)
    assert known == one
    assert len({one.state, one.nonce, one.verifier, other.state, other.nonce}) == 5
    tries = [
        (one.cookie, other.state, 100),
        (one.cookie, one.nonce, 100),
        (one.cookie, "", 100),
        (one.cookie, one.state, 101 + LIFE_SECONDS),
        (one.cookie + "x", one.state, 100),
        ("9" + one.cookie, one.state, 100),
        ("", one.state, 100),
        ("...", one.state, 100),
        ("ä.b.c.d", "ä", 100),
    ]
    for cookie, state, now in tries:
        with pytest.raises(BadAttempt):
            attempts.known(cookie, state, now)
    with pytest.raises(BadAttempt):
        Attempts(Secret("other")).known(one.cookie, one.state, 100)


GRANTS = (
    Grant("groups", "sre", Role.ADMIN),
    Grant("groups", "a", Role.VIEWER, Scope(clients=("a",))),
    Grant("realm.roles", "duty", Role.RESPONDER),
)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["x", "a", "sre"]}, Role.ADMIN),
        ({"groups": "a"}, Role.VIEWER),
        ({"realm": {"roles": ["duty"]}}, Role.RESPONDER),
        ({"realm.roles": ["duty"]}, Role.RESPONDER),
        ({"groups": ["SRE"]}, None),
        ({"groups": {"sre": True}}, None),
        ({"groups": [["sre"]]}, None),
        ({"groups": None, "realm": "roles"}, None),
        ({}, None),
    ],
)
def test_the_first_grant_that_is_somebodys_counts(
    claims: dict[str, Any], role: Role | None
) -> None:
    person = person_of({"iss": "i", "sub": "s", **claims}, GRANTS, "name")
    found = caller_of(person, GRANTS)
    assert (found.role if found else None) == role
    assert person.subject == "i s"


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "One  Two\n"}, "One Two"),
        ({"name": "configured", "email": "a@b"}, "a@b"),
        ({"name": "anonymous"}, "s"),
        ({"name": "x\u202ey", "email": 7}, "s"),
        ({"name": "y" * 999}, "y" * 200),
    ],
)
def test_nobody_takes_a_name_that_is_no_persons(claims: dict[str, Any], name: str) -> None:
    assert person_of({"iss": "i", "sub": "s", **claims}, GRANTS, "name").name == name


def test_what_is_no_longer_granted_is_over_at_once() -> None:
    person = Person("i s", "n", {"groups": ("sre",)})
    assert caller_of(person, GRANTS[1:]) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("issuer: http://id.example.org", "bad-url"),
        ("clock_skew: 1h", "bad-value"),
        ("timeout: 0s", "bad-value"),
        ("timeout: soon", "bad-duration"),
        ("grants: []", None),
        ("grants: [{claim: g, value: v, role: admin, sites: []}]", None),
        ("scopes: [profile]", None),
        ("unknown: 1", None),
    ],
)
def test_a_provider_that_cannot_be_trusted_is_refused(
    data: Path,
    change: str,
    code: str | None,
) -> None:
    key = change.partition(":")[0]
    text = CONFIG + OIDC.replace("ISSUER", "https://id.example.org")
    (data / "secrets/api-token").write_text(CONFIGURED)
    (data / "secrets/oidc").write_text(SECRET)
    head, _, grants = text.partition("  grants:")
    lines = [line for line in head.splitlines() if not line.startswith(f"  {key}:")]
    rest = "" if key == "grants" else f"  grants:{grants}"
    (data / "incidents.yaml").write_text("\n".join([*lines, f"  {change}", rest]))
    with pytest.raises(Unusable) as caught:
        load_settings(data / "incidents.yaml", {})
    codes = {problem.code for problem in caught.value.problems}
    assert code is None or code in codes, caught.value.problems
