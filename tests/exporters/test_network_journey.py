"""Journeys through a site that wants a login, a token and a cookie."""

import secrets
from urllib.parse import parse_qs

import pytest
from sothat.exporters.network.placeholders import filled, filled_in, names_in
from sothat.exporters.source import PollFailed
from sothat.model.problem import Unusable

from .strangers import Stranger, opened, probed
from .test_network_http import page, requests_on


class Site:
    """Lets in who sends the token of its form back with the password; remembers it by a cookie."""

    def __init__(self):
        self.token = secrets.token_hex(8)
        self.session = ""
        self.heard = []
        self.stranger = Stranger(self.serve)
        self.url = self.stranger.url

    def serve(self, conn):
        for line, headers, body in requests_on(conn):
            self.heard.append((line.rsplit(" ", 1)[0], headers, body))
            conn.sendall(self.answer(line.rsplit(" ", 1)[0], headers, body))

    def answer(self, line, headers, body):
        inside = self.session and f"sid={self.session}" in headers.get("Cookie", "")
        if line == "GET /login":
            form = f'<input name="csrf" value="{self.token}">'.encode()
            return page(form, Set_Cookie="visitor=1; Path=/")
        if line == "POST /login":
            return self.login(parse_qs(body.decode()), headers)
        if line.startswith("GET /api/") and inside:
            return page(b'{"rows": [{"id": "7/../x"}], "seven": 7}')
        if line == "POST /logout" and inside:
            self.session = ""
            return page(b"bye")
        return page(status="403 Forbidden")

    def login(self, form, headers):
        right = {"user": ["probe"], "password": ["hunter2"], "csrf": [self.token]}
        if form != right or "visitor=1" not in headers.get("Cookie", ""):
            return page(status="403 Forbidden")
        self.session = secrets.token_hex(8)
        cookie = f"sid={self.session}; Path=/; HttpOnly"
        return page(status="303 See Other", Location="/api/home", Set_Cookie=cookie)


@pytest.fixture
def site():
    made = Site()
    yield made
    made.stranger.close()


STEPS = """
targets: ['http://127.0.0.1:.*'], secrets: {pass: {env: PW}}, steps: [
 {name: form, path: /login, extract: {token: {regex: 'name="csrf" value="([^"]+)"'}}},
 {name: login, path: /login, form: {user: probe, password: '${pass}', csrf: '${token}'},
  extract: {sid: {cookie: sid}}},
 {name: read, path: /api/rows, expect: {json: [{path: '$.rows[0]'}]},
  extract: {id: {json: '$.rows[0].id'}, seven: {json: $.seven}}},
 {name: row, path: '/api/row/${id}?n=${seven}', headers: {X-Session: '${sid}'}},
 {name: logout, path: /logout, method: POST, always: true}]
"""


def test_log_in_read_log_out(site):
    seen = probed(opened("journey", STEPS, PW="hunter2"), site.url)
    assert seen.reason == ""
    assert seen["journey_steps"] == seen["journey_steps_succeeded"] == 5
    names = ("form", "login", "read", "row", "logout")
    assert all(seen["journey_step_success", name] == 1 for name in names)
    assert all(seen["journey_step_duration_seconds", name] > 0 for name in names)
    assert seen["journey_step_status_code", "logout"] == 200
    asked = [line for line, _, _ in site.heard]
    assert asked[-2:] == ["GET /api/row/7%2F..%2Fx?n=7", "POST /logout"]
    assert site.heard[-2][1]["X-Session"]
    assert site.session == ""
    assert site.stranger.met == 1  # one connection for all steps


def test_what_was_extracted_and_what_is_secret_is_not_shown(site):
    seen = probed(opened("journey", STEPS, PW="hunter2"), site.url)
    shown = " ".join([*seen.notes, *(text for key in seen.values for text in key)])
    assert "hunter2" not in shown
    assert site.token not in shown


def test_a_failed_step_ends_the_journey_but_for_what_is_always_done(site):
    seen = probed(opened("journey", STEPS, PW="wrong"), site.url)
    assert (seen.reason, seen.message) == ("status", "step login: answered 403")
    assert seen["journey_steps_succeeded"] == 1
    assert seen["journey_step_success", "form"] == 1
    assert seen["journey_step_success", "login"] == seen["journey_step_success", "logout"] == 0
    assert seen["journey_step_status_code", "login"] == 403
    assert ("journey_step_success", "read") not in seen
    assert ("journey_step_duration_seconds", "login") not in seen
    assert "hunter2" not in " ".join(seen.notes)


@pytest.mark.parametrize(
    "extract", ["{json: $.nothing}", "{regex: 'x(y)z'}", "{header: X-No}", "{cookie: no}"]
)
def test_a_value_that_is_not_there_is_a_failure(site, extract):
    site.session = "s"
    steps = f"steps: [{{name: a, path: /login, extract: {{x: {extract}}}}}]"
    assert probed(opened("journey", steps), site.url).reason == "content"


def test_what_a_step_has_not_brought_is_told(site):
    steps = """steps: [{name: a, path: /none, extract: {x: {regex: .}}},
      {name: b, path: '/${x}', always: true}]"""
    seen = probed(opened("journey", steps), site.url)
    assert seen.reason == "status"
    assert seen["journey_step_success", "b"] == 0
    assert len(site.heard) == 1


def test_nobody_there(free_port):
    seen = probed(opened("journey", "steps: [{name: a, path: /}]"), f"http://127.0.0.1:{free_port}")
    assert seen.reason == "refused"
    assert seen["journey_step_success", "a"] == 0
    assert ("journey_step_status_code", "a") not in seen


def test_a_json_body_is_filled_in(site):
    steps = """targets: [x], secrets: {p: {env: PW}},
      steps: [{name: a, path: /login, json: {a: ['${p}', 1, true]}, expect: {status: [4xx]}}]"""
    assert probed(opened("journey", steps, PW='quo"te'), site.url).reason == ""
    line, headers, body = site.heard[0]
    assert (line, headers["Content-Type"]) == ("POST /login", "application/json")
    assert body == b'{"a":["quo\\"te",1,true]}'


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("steps: [{name: a, path: '/${x}'}]", "unknown-placeholder"),
        ("steps: [{name: a, path: '/${x}', extract: {x: {regex: .}}}]", "unknown-placeholder"),
        ("steps: [{name: a, path: /, json: {a: ['${x}']}}]", "unknown-placeholder"),
        ("steps: [{name: a, path: /}, {name: a, path: /}]", "duplicate-step"),
        ("secrets: {p: {env: PW}}, steps: [{name: a, path: /}]", "unrestricted-targets"),
        ("targets: [x], secrets: {p: {env: NO}}, steps: [{name: a, path: /}]", "missing-secret"),
        ("steps: [{name: a, path: /, extract: {x: {regex: '('}}}]", "bad-format"),
        ("steps: [{name: a, path: /, extract: {x: {json: '$.['}}}]", "bad-format"),
    ],
)
def test_settings_that_cannot_work_are_found_at_the_start(settings, code):
    with pytest.raises(Unusable) as caught:
        opened("journey", settings, PW="x")
    assert caught.value.problems[0].code == code


def test_placeholders():
    values = {"a": "1", "b-c": "${a}"}
    assert filled("x${a}${b-c}$a ${", values) == "x1${a}$a ${"
    assert filled_in({"k": ["${a}", 2]}, values) == {"k": ["1", 2]}
    assert list(names_in({"${a}": ["${b}", 3, None]})) == ["a", "b"]
    with pytest.raises(PollFailed):
        filled("${no}", values)
