"""The pages of the real process."""

import base64
import hashlib
import http.client
import re

import pytest
import requests
from sothat.incidents.runbooks import render
from sothat.incidents.web.access import goes_by, host_of
from sothat.incidents.web.words import running
from starlette.requests import Request

from .conftest import Running, alert, message


def hidden(text: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', text)
    assert found
    return found[1]


def test_an_empty_list_is_friendly(service: Running) -> None:
    page = service.get("/")
    assert page.status_code == 200
    assert "Nothing is open" in page.text


def test_the_list_shows_priority_age_and_outcome(service: Running) -> None:
    service.post(message(alert(), alert("Other", priority="P1")))
    page = service.get("/").text
    assert page.index("P1") < page.index("P2")
    assert "so that rooms stay warm" in page
    assert "open for" in page
    assert '<span class="where">site=a</span>' in page
    assert '<meta http-equiv="refresh"' in page


def test_an_incident_says_which_of_many_it_is_about(service: Running) -> None:
    texts = {"summary": "A device is silent", "description": "plug-1 is silent"}
    service.post(message(alert(device="plug-1", annotations=texts), alert(device="plug-2")))
    page = service.get("/incidents/1").text
    assert "<p>plug-1 is silent" in page
    assert "And 1 more." in page
    # A page with a form never renews itself: what somebody is typing would be gone.
    assert 'http-equiv="refresh"' not in page


def test_the_incident_shows_the_promise_the_clocks_and_the_steps(service: Running) -> None:
    service.post(message(alert()))
    page = service.get("/incidents/1").text
    for words in ("silence for five minutes", "bring it back", "rooms stay warm", "Look at it"):
        assert words in page
    clocks = page.partition('id="clocks"')[2].partition("</section>")[0]
    assert [name for name in ("Acknowledge", "Update", "Resolve") if f"<dt>{name}</dt>" in clocks]
    assert len(re.findall(r'data-due="\d{13}">in \d+ (?:h|min)', clocks)) == 3
    assert 'href="/runbooks/DeviceOffline"' in page


def test_forms_acknowledge_and_resolve(service: Running) -> None:
    service.post(message(alert()))
    with requests.Session() as browser:
        for action, state in (("acknowledge", "acknowledged"), ("resolve", "resolved")):
            page = browser.get(f"{service.url}/incidents/1", timeout=5)
            fields = {"form": hidden(page.text), "by": "somebody", "note": "<b>on it</b>"}
            url = f"{service.url}/incidents/1/{action}"
            answer = browser.post(url, data=fields, timeout=5)
            assert answer.history[0].status_code == 303
            assert f'<span class="state {state}">{state}</span>' in answer.text
            assert "&lt;b&gt;on it&lt;/b&gt;" in answer.text
        # Sent twice, the same form is one press; of another page's it is a wish of its own.
        assert browser.post(url, data=fields, timeout=5).history[0].status_code == 303
        fields["form"] = hidden(answer.text)
        again = browser.post(url, data=fields, timeout=5)
        assert again.status_code == 409
        assert 'role="alert"' in again.text
        assert "resolved by somebody" in again.text


def test_a_form_from_elsewhere_changes_nothing(service: Running) -> None:
    service.post(message(alert()))
    url = f"{service.url}/incidents/1/resolve"
    token = hidden(service.get("/incidents/1").text)
    tries: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"by": "x"}, {}),
        ({"by": "x", "form": token}, {}),
        ({"by": "x", "form": token}, {"sothat-form": "another"}),
        ({"by": "x", "form": ""}, {"sothat-form": ""}),
    ]
    for fields, cookies in tries:
        answer = requests.post(url, data=fields, cookies=cookies, timeout=5)
        assert answer.status_code == 403
    assert service.incident(1)["state"] == "open"


def test_a_form_survives_a_restart(service: Running) -> None:
    service.post(message(alert()))
    with requests.Session() as browser:
        page = browser.get(f"{service.url}/incidents/1", timeout=5)
        service.stop()
        service.listen = service.url.removeprefix("http://")
        service.start()
        fields = {"form": hidden(page.text), "by": "somebody"}
        answer = browser.post(f"{service.url}/incidents/1/acknowledge", data=fields, timeout=5)
        assert answer.status_code == 200
    assert service.incident(1)["state"] == "acknowledged"


def test_dangerous_links_are_not_made(service: Running) -> None:
    links = {"runbook_url": "javascript:alert(1)", "dashboard_url": "https://grafana/d/x"}
    service.post(message(alert("NoBook", annotations=links)))
    page = service.get("/incidents/1").text
    assert "javascript:" not in page
    assert 'href="https://grafana/d/x"' in page


def test_every_answer_carries_the_security_headers(service: Running) -> None:
    for path in ("/", "/incidents/9", "/runbooks/", "/nothing", "/metrics", "/api/v1/x"):
        headers = service.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_no_page_needs_anything_from_elsewhere(service: Running) -> None:
    service.post(message(alert()))
    for path in ("/", "/incidents/1", "/runbooks/", "/runbooks/DeviceOffline"):
        page = service.get(path).text
        assert re.findall(r'<(?:style|img|iframe)|style="| on[a-z]+="|<script[^>]', page) == []
        for link in re.findall(r'<link[^>]+href="([^"]+)"', page):
            assert link.startswith("/static/")
            assert service.get(link).status_code == 200
        assert '<html lang="en"' in page
        assert "<main" in page
        inputs = set(re.findall(r'<input id="([^"]+)"', page))
        assert inputs == set(re.findall(r'<label for="([^"]+)"', page))
        assert len(page) < 12_000, "a page is small: the network is bad where the building is"
    assert service.get("/static/style.css").headers["Content-Type"].startswith("text/css")


def test_runbooks_are_listed_and_sanitised(service: Running) -> None:
    assert 'href="/runbooks/DeviceOffline"' in service.get("/runbooks/").text
    page = service.get("/runbooks/DeviceOffline").text
    assert "<ol>" in page
    assert "Compiled by" not in page
    assert page.count("<script>") == 1, "only the page's own"
    assert "&lt;script&gt;" in page


def test_no_path_leads_out_of_the_runbooks(service: Running) -> None:
    # Through connections of its own: a client would tidy the path up.
    host = service.url.removeprefix("http://")
    for name in ("..%2F..%2Fsecrets%2Fwebhook-token", "%2e%2e", "..", "DeviceOffline.md", "x%00"):
        connection = http.client.HTTPConnection(host, timeout=5)
        connection.request("GET", f"/runbooks/{name}")
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 404
        assert b"a-token" not in body


def buttons(page: str) -> list[str]:
    bar = page.partition('id="buttons"')[2].partition("</div>")[0]
    return re.findall(r'formaction="/incidents/1/([a-z]+)"', bar)


def test_what_comes_next_is_at_hand_and_what_is_done_is_not(service: Running) -> None:
    service.post(message(alert()))
    with requests.Session() as browser:
        page = browser.get(f"{service.url}/incidents/1", timeout=5).text
        assert buttons(page) == ["acknowledge", "mitigate", "resolve"]
        fields = {"form": hidden(page), "by": "somebody"}
        taken = browser.post(f"{service.url}/incidents/1/acknowledge", data=fields, timeout=5).text
    assert buttons(taken) == ["mitigate", "resolve"]


def test_a_name_is_asked_for_once(service: Running) -> None:
    service.post(message(alert()))
    with requests.Session() as browser:
        page = browser.get(f"{service.url}/incidents/1", timeout=5).text
        fields = {"form": hidden(page), "by": "Zo\u00eb"}
        again = browser.post(f"{service.url}/incidents/1/acknowledge", data=fields, timeout=5).text
    assert 'autocomplete="name" value="Zo\u00eb"' in again


def test_comments_of_a_runbook_are_not_shown_and_markup_is() -> None:
    text = "<!-- made by\n\na tool -->\n\n# Title\n\nOne <!-- two --> <b>three</b>\n\n<i>\nfour\n"
    html = render(text)
    assert "made by" not in html
    assert "two" not in html
    assert "<h1>Title</h1>" in html
    assert "&lt;b&gt;three&lt;/b&gt;" in html
    assert "&lt;i&gt;" in html
    assert "&lt;!--" not in html


def test_a_comment_in_code_is_code() -> None:
    assert "&lt;!-- kept --&gt;" in render("```\n<!-- kept -->\n```\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The site stays warm", "the site stays warm"),
        ("A client is served", "a client is served"),
        ("SLA reports are right", "SLA reports are right"),
        ("", ""),
    ],
)
def test_an_outcome_goes_on_in_a_sentence(text: str, shown: str) -> None:
    assert running(text) == shown


def test_a_name_that_somebody_pointed_here_gets_nothing(service: Running) -> None:
    service.post(message(alert()))
    for path in ("/", "/incidents/1", "/api/v1/incidents", "/runbooks/"):
        answer = requests.get(service.url + path, headers={"Host": "evil.example"}, timeout=5)
        assert answer.status_code == 421
        assert "rooms stay warm" not in answer.text
    order = requests.post(
        f"{service.url}/api/v1/incidents/1/resolve",
        json={"by": "x"},
        headers={"Host": "evil.example"},
        timeout=5,
    )
    assert order.status_code == 421
    assert service.incident(1)["state"] == "open"


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:9781", True),
        ("LocalHost:9781", True),
        ("[::1]:9781", True),
        ("10.0.0.7", True),
        ("incidents.example.org", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:9781", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_names_of_the_service(host: str, known: bool) -> None:  # noqa: FBT001 – a table's column
    request = Request({"type": "http", "headers": [(b"host", host.encode())]})
    assert goes_by(host_of(request), "incidents.example.org") is known


def test_the_only_script_is_the_one_that_the_policy_names(service: Running) -> None:
    answer = service.get("/")
    (script,) = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (allowed,) = re.findall(r"script-src ([^;]*)", answer.headers["Content-Security-Policy"])
    assert allowed == f"'sha256-{digest}'"


def test_the_list_narrows_and_goes_on(service: Running) -> None:
    service.post(message(*(alert(f"Rule{n}", site=f"s{n}") for n in range(3))))
    service.post(message(alert("Urgent", priority="P1")))
    assert service.get("/?priority=P1").text.count('<li class="card') == 1
    assert service.get("/?find=site%3Ds1").text.count('<li class="card') == 1
    assert "Nothing like that" in service.get("/?find=site%3Dnowhere").text
    seen, address = [], "/?limit=3"
    while address:
        page = service.get(address).text
        seen += re.findall(r'<a href="/incidents/(\d+)"', page)
        (address,) = re.findall(r'<a class="button" href="(/\?[^"]+)">More', page) or [""]
        address = address.replace("&amp;", "&")
    assert sorted(seen) == ["1", "2", "3", "4"]
    for query in ("state=x", "limit=0", "what=1"):
        assert service.get(f"/?{query}").status_code == 400
