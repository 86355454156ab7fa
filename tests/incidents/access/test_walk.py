"""Every operation of the OpenAPI document, called with a client's token: nothing is another's."""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from sothat.incidents.web.scoped import Scoped

from .conftest import CONFIGURED, MARK, METRICS, SECRETS, TEAM, A, B, Shared
from .pages import filled, routes
from .walk import Operation, Words, operations

# Incidents, and a number of every other kind of thing that is counted.
NUMBERS = tuple(range(1, 7))


def described(service: Shared) -> list[Operation]:
    found = operations(service.ask("GET", "/api/v1/openapi.json").json())
    assert len(found) > 25
    return found


def leaks(answer: requests.Response, sent: str) -> list[str]:
    """Return what of B's is in an answer; what the request itself says is no news."""
    told = f"{answer.text} {answer.headers}".lower()
    return [secret for secret in SECRETS if secret in told and secret not in sent.lower()]


def fill(service: Shared, found: Iterable[Operation]) -> int:
    """Do everything that can be done, with B's mark wherever a text may stand."""
    words = Words(MARK, service.foreign, {"name": ("nobody",)})
    done = 0
    for operation in found:
        if operation.method in ("POST", "PUT", "PATCH"):
            for path, how in operation.requests(words):
                answer = service.ask(operation.method, path, **how)
                assert answer.status_code < 500, (path, answer.text)
                done += answer.ok
    return done


def tell(service: Shared) -> None:
    """Tell B's customers of B's incidents, and report something of theirs."""
    for name, numbers in ((f"{MARK}-tenants", service.foreign), ("heron-tenants", (service.own,))):
        body = {"kind": "initial", "audiences": [name], "by": name}
        places = [f"/api/v1/incidents/{number}/announcements" for number in numbers]
        for place in places:
            service.ask("POST", place, json=body)
        assert any(service.ask("GET", place).json()["announcements"] for place in places)
    report = {"title": MARK, "text": MARK, "reporter": f"{MARK}@example.org"}
    assert service.ask("POST", "/api/v1/reports", json=report).status_code == 201


def known(service: Shared) -> dict[str, str]:
    """Return all that is known of what is not A's, by incident."""
    return {
        str(number): service.ask("GET", f"/api/v1/incidents/{number}").headers["ETag"]
        for number in service.foreign
    }


def test_every_operation_says_how_it_is_kept_within_a_scope(shared: Shared) -> None:
    declared = {one.name: one.about for one in described(shared)}
    assert {name for name, how in declared.items() if how not in list(Scoped)} == set(), (
        "add scoped=Scoped.… to these operations; docs/access.md says what each means"
    )
    for one in described(shared):
        assert (one.about == Scoped.INCIDENT) <= ("/incidents/{id}" in one.path), one.name


def test_each_client_has_a_status_page_of_its_own(shared: Shared) -> None:
    tell(shared)
    a, b = (shared.token(f"status-{one}", "viewer", clients=[one]) for one in (A, B))
    page = shared.ask("GET", "/my-status/", a)
    assert page.headers["Cache-Control"] == "no-store"
    assert "Heron House" in page.text
    for file in ("", "status.json", "feed.atom", "status.css"):
        assert leaks(shared.ask("GET", f"/my-status/{file}", a), "") == [], file

    def references(token: str) -> set[int]:
        data = shared.ask("GET", "/my-status/status.json", token).json()
        return {one["reference"] for one in data["disruptions"]}

    assert references(a) == {shared.own}
    assert references(b)
    assert references(b) <= set(shared.foreign)
    assert references(CONFIGURED) == references(a) | references(b)
    # A site that the public page does not name is named to its own people.
    assert f"{MARK.title()} House" in shared.ask("GET", "/my-status/", b).text
    assert MARK not in shared.ask("GET", "/status/", "").text.lower()
    assert shared.ask("GET", "/my-status/", "").status_code == 401


def test_what_is_anothers_looks_like_what_is_not_there(shared: Shared) -> None:
    token = shared.token("heron-1", "admin", clients=[A])
    for one in described(shared):
        if one.about != Scoped.INCIDENT:
            continue
        answers = []
        for number in (shared.foreign[0], 9999):
            words = Words("heron", (number,))
            path, how = next(one.requests(words))
            answer = shared.ask(one.method, path, token, **how)
            answers.append((answer.status_code, answer.text.replace(str(number), "N")))
        assert answers[0] == answers[1], one.name
        assert answers[0][0] in (404, 400), (one.name, answers)


def test_the_own_is_all_there_and_a_shared_incident_is_nobodys(shared: Shared) -> None:
    token = shared.token("heron-2", "responder", clients=[A])
    listed = shared.ask("GET", "/api/v1/incidents", token).json()
    assert [one["id"] for one in listed["incidents"]] == [shared.own]
    assert listed["next"] == ""
    alerts = shared.ask("GET", "/api/v1/alerts", token).json()["alerts"]
    assert [one["labels"]["client"] for one in alerts] == [A]
    taken = shared.ask("POST", f"/api/v1/incidents/{shared.own}/acknowledge", token, json={})
    assert taken.json()["state"] == "acknowledged"
    merged = {"into": shared.foreign[0]}
    answer = shared.ask("POST", f"/api/v1/incidents/{shared.own}/merge", token, json=merged)
    assert answer.status_code == 404
    assert shared.ask("GET", f"/api/v1/incidents/{shared.own}").json()["merged_into"] is None


@pytest.mark.parametrize(
    "path",
    ["/", "/on-call", "/on-call/calendar", "/account", "/runbooks/", "/?find=client%3Dclient-b"],
)
def test_pages_show_and_count_only_the_own(shared: Shared, path: str) -> None:
    token = shared.token(
        f"heron-{quote(path, safe='')}".replace("%", "."), "viewer", sites=["a-tower"]
    )
    page = shared.ask("GET", path, token)
    assert page.status_code == 200
    assert leaks(page, path) == []
    if path == "/":
        assert "P2 1" in page.text, "one is open, whatever others have"
        assert "1 open" in page.text
    for number in shared.foreign:
        for part in ("", "/timeline"):
            assert shared.ask("GET", f"/incidents/{number}{part}", token).status_code == 404
    feed = shared.ask("GET", f"/on-call/{TEAM}.ics", token)
    assert feed.status_code == 404


def test_who_is_limited_makes_and_sees_no_token_that_sees_more(shared: Shared) -> None:
    shared.token(f"{MARK}-token", "viewer", clients=[B])
    token = shared.token("heron", "admin", clients=[A], sites=["a-tower", "a-mill"])

    def make(**body: object) -> requests.Response:
        return shared.ask("POST", "/api/v1/tokens", token, json={"role": "admin", **body})

    assert make(name="wide", clients=[A, B]).status_code == 403
    assert make(name="other", sites=["b-tower"]).status_code == 403
    assert make(name="none", clients=[]).status_code == 400
    assert make(name="same").status_code == 201
    assert make(name="narrow", clients=[A], sites=["a-mill"]).status_code == 201
    listed = shared.ask("GET", "/api/v1/tokens", token).json()["tokens"]
    assert {one["name"]: one["scope"] for one in listed} == {
        "heron": {"clients": [A], "sites": ["a-tower", "a-mill"]},
        "same": {"clients": [A], "sites": ["a-tower", "a-mill"]},
        "narrow": {"clients": [A], "sites": ["a-mill"]},
    }
    assert shared.ask("DELETE", f"/api/v1/tokens/{MARK}-token", token).status_code == 404
    assert shared.ask("DELETE", "/api/v1/tokens/same", token).status_code == 204


def test_a_team_sees_its_own_and_its_rota(shared: Shared) -> None:
    ours = shared.token("ours", "responder", teams=[TEAM])
    others = shared.token("others", "responder", teams=["platform"])
    assert len(shared.ask("GET", "/api/v1/incidents", ours).json()["incidents"]) == 5
    assert shared.ask("GET", "/api/v1/incidents", others).json()["incidents"] == []
    assert [one["team"] for one in shared.ask("GET", "/api/v1/on-call", ours).json()["teams"]]
    assert shared.ask("GET", "/api/v1/on-call", others).json()["teams"] == []
    wanted = {
        "rotation": f"{MARK}-rota",
        "person": f"{MARK} engineer",
        "starts_at": "2030-01-01T00:00:00Z",
        "ends_at": "2030-01-02T00:00:00Z",
    }
    refused = shared.ask("POST", "/api/v1/overrides", others, json=wanted)
    assert refused.status_code == 422
    assert shared.ask("POST", "/api/v1/overrides", ours, json=wanted).status_code == 201
    assert shared.ask("GET", "/api/v1/overrides", others).json()["overrides"] == []
    assert shared.ask("DELETE", "/api/v1/overrides/1", others).status_code == 404
    assert shared.ask("DELETE", "/api/v1/overrides/1", ours).status_code == 204


def cursors(service: Shared) -> Iterable[str]:
    """Yield places in lists that hold everything."""
    for path in ("/incidents", "/alerts", "/audit"):
        yield service.ask("GET", f"/api/v1{path}", params={"limit": 1}).json()["next"]


def test_a_clients_token_reads_nothing_of_another_client(shared: Shared, tmp_path: Path) -> None:
    found = described(shared)
    tokens = {
        role: shared.token(f"heron-{role}", role, sites=["a-tower"], clients=[A])
        for role in ("viewer", "responder", "admin")
    }
    tell(shared)
    assert fill(shared, found) > 10
    before = known(shared)
    words = Words(
        "heron",
        NUMBERS,
        {"name": ("heron-viewer", f"{MARK}-token"), "team": (TEAM, "platform")},
        {
            "site": ("b-tower",),
            "team": (TEAM, "unknown"),
            "label": ("site=b-tower", f"client={B}", f"device={MARK}-One"),
            "cursor": tuple(cursors(shared)),
            "incident": tuple(map(str, (*shared.foreign, shared.own))),
            "find": (MARK, f"client={B}"),
            "text": (MARK,),
        },
    )
    tried = set()
    for role, token in tokens.items():
        for operation in found:
            # What takes itself away goes last, and once.
            if operation.name == "revokeToken":
                continue
            for path, how in operation.requests(words):
                answer = shared.ask(operation.method, path, token, **how)
                sent = f"{path} {how}"
                assert leaks(answer, sent) == [], (role, operation.name, sent, answer.text)
                assert answer.status_code < 500, (path, answer.text)
                if operation.about == Scoped.WHOLE:
                    assert answer.status_code in (403, 404), (role, path)
                if answer.ok:
                    tried.add(operation.name)
    assert {"listIncidents", "listAlerts", "readAudit", "showIncident", "showTimeline"} <= tried
    assert known(shared) == before, "nothing of another's was changed either"
    assert look_around(shared, tokens["admin"], tmp_path) > 10


def look_around(service: Shared, token: str, folder: Path) -> int:
    """Look at every page with a token; return how many there were."""
    seen = 0
    numbers = tuple(map(str, (service.own, *service.foreign[:2])))
    for path in (one for route in routes(folder) for one in filled(route, {"id": numbers})):
        page = service.ask("GET", path, token)
        assert leaks(page, path) == [], path
        assert page.status_code < 500, path
        seen += page.ok
    return seen


def test_a_session_sees_what_its_token_sees(shared: Shared, tmp_path: Path) -> None:
    """Each page, and each form, with the cookie of a client's session; the API takes no cookie."""
    token = shared.token("heron-session", "admin", sites=["a-tower"], clients=[A])
    before = known(shared)
    with requests.Session() as browser:
        secret = sign_in(shared, browser, token)
        numbers = tuple(map(str, (shared.own, *shared.foreign)))
        seen = 0
        for path in (p for r in routes(tmp_path / "get") for p in filled(r, {"id": numbers})):
            page = browser.get(shared.url + path, timeout=30, allow_redirects=False)
            assert leaks(page, path) == [], path
            seen += page.ok
        assert seen > 10
        foreign = {"id": tuple(map(str, shared.foreign))}
        for path in (p for r in routes(tmp_path / "post", "POST") for p in filled(r, foreign)):
            # What ends the session is tried elsewhere.
            if not path.startswith(("/login", "/logout")):
                answer = browser.post(shared.url + path, data=_form(secret), timeout=30)
                assert leaks(answer, str(_form(secret))) == [], path
                assert answer.status_code < 500, path
                if "/incidents/" in path:
                    assert answer.status_code == 404, path
        for one in described(shared):
            for path, how in one.requests(Words("heron", (shared.own,))):
                answer = browser.request(one.method, shared.url + path, timeout=30, **how)
                assert answer.status_code in (401, 404, 405), path
    assert known(shared) == before


def sign_in(service: Shared, browser: requests.Session, token: str) -> str:
    """Begin a session; return what proves that a form of it is ours."""
    page = browser.get(f"{service.url}/login", timeout=30)
    fields = {"token": token, "form": _proof(page.text), "next": "/"}
    entered = browser.post(f"{service.url}/login", data=fields, timeout=30)
    assert entered.status_code == 200
    return _proof(browser.get(f"{service.url}/incidents/{service.own}", timeout=30).text)


def _proof(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def _form(secret: str) -> dict[str, str]:
    """Return fields that most forms would take."""
    words = ("note", "text", "to", "title", "person", "reason", "owner", "team")
    return {
        "form": secret,
        **dict.fromkeys(words, "heron"),
        "by": "heron",
        "kind": "initial",
        "audiences": f"{MARK}-tenants",
        "step": "send",
        "priority": "P1",
        "into": "1",
        "due": "2030-01-01",
        "state": "done",
    }


# After the walks: the audit log shows the words that a caller has tried, this one's too.
def test_an_audience_of_another_client_is_not_there_its_name_included(shared: Shared) -> None:
    token = shared.token("heron-teller", "responder", clients=[A])
    for path in ("announcements", "announcements/draft"):
        place = f"/api/v1/incidents/{shared.own}/{path}"
        for name in (f"{MARK}-tenants", "nobody"):
            body = {"kind": "initial", "audiences": [name], "by": "heron"}
            answer = shared.ask("POST", place, token, json=body)
            assert answer.status_code == 409
            assert leaks(answer, str(body)) == []
            assert "heron-tenants" in answer.text, "what is one's own is said"


def test_the_metrics_are_the_operators(shared: Shared) -> None:
    """They are of the whole installation: no token of the API opens them."""
    client = shared.token("heron-metrics", "admin", clients=[A])
    for token in ("", "wrong", client, CONFIGURED):
        answer = shared.ask("GET", "/metrics", token)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="sothat metrics"'
        assert leaks(answer, "") == []
        assert "incidents_open" not in answer.text
    assert "incidents_open" in shared.ask("GET", "/metrics", METRICS).text
    by_password = requests.get(f"{shared.url}/metrics", auth=("prometheus", METRICS), timeout=30)
    assert by_password.status_code == 200


def test_webhooks_and_callbacks_answer_nothing_of_anybody(shared: Shared) -> None:
    for path, how in (
        ("/api/v1/webhooks/alertmanager", {"data": b"{}"}),
        (f"/api/v1/webhooks/{MARK}", {"data": b"{}"}),
        ("/callbacks/office", {"data": b"payload={}"}),
        (f"/callbacks/{MARK}-person/phone", {"data": b"x=1"}),
        ("/do/a.1.ffffffff.x.y", {}),
    ):
        answer = shared.ask("POST", path, "", **how)
        assert answer.status_code in (401, 404, 410), path
        assert leaks(answer, path) == [], path
