"""Calls of the cloud: signatures, tokens, error codes, retries, and no secret in any message."""

import json
import logging
import time

import pytest
import requests
import responses
import tinytuya
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.tuya_cloud.contract import ENDPOINTS
from sothat.exporters.tuya_cloud.errors import _CODES, CloudFailed, Kind, failure
from sothat.exporters.tuya_cloud.signing import Call, Credentials, headers
from sothat.runtime.secrets import Secret

from .clouds import ID, SECRET, FakeClock, client

BASE = "https://openapi.example.test"
TOKEN = {"access_token": "acc", "refresh_token": "ref", "expire_time": 7200, "uid": "u"}


def body(result=None, code=None, t=None):
    told = {"success": code is None, "t": t or 1_793_500_000_000, "tid": "x"}
    return {**told, "result": result} if code is None else {**told, "code": code, "msg": "words"}


@pytest.fixture
def cloud():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def ours(tmp_path):
    clock = FakeClock()
    found = client(BASE, clock, tmp_path)
    found.clock = clock
    yield found
    found.close()


def grant(cloud, **what):
    cloud.get(f"{BASE}/v1.0/token", json=body({**TOKEN, **what}))


def ask(ours, path="/v1.0/devices/abc", query=None, **what):
    return ours.get("device", path, query or {}, ours.clock.deadline(), **what)


def test_the_signature_is_tuyas(monkeypatch):
    """Against tinytuya's, whose calls the real cloud accepts."""
    sent = []

    class Answer:
        text = content = b'{"success": true, "result": {"access_token": "acc"}}'
        status_code = 200

    Answer.text = Answer.content.decode()

    def get(url, headers):
        sent.append((url, headers))
        return Answer

    monkeypatch.setattr(requests, "get", get)
    theirs = tinytuya.Cloud("eu", ID, SECRET)
    theirs.cloudrequest("/v1.0/x", query={"size": "50", "b": "2,3"})
    _, (url, their_headers) = sent
    assert url == "https://openapi.tuyaeu.com/v1.0/x?b=2%2C3&size=50"
    call = Call("GET", "/v1.0/x", {"size": "50", "b": "2,3"})
    credentials = Credentials(Secret(ID), Secret(SECRET))
    ours = headers(call, credentials, int(their_headers["t"]), "", "acc")
    assert ours["sign"] == their_headers["sign"]


def test_a_token_is_got_once_and_sent_with_each_call(cloud, ours):
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", json=body({"id": "abc"}))
    assert ask(ours) == {"id": "abc"}
    ask(ours)
    assert [call.request.headers.get("access_token") for call in cloud.calls] == [
        None,
        "acc",
        "acc",
    ]
    assert ours.counts.requests == {"token": 1, "device": 2}
    nonces = {call.request.headers["nonce"] for call in cloud.calls}
    assert len(nonces) == 3


def test_a_token_is_renewed_before_it_ends(cloud, ours):
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", json=body({}))
    renewed = {**TOKEN, "access_token": "acc-2"}
    cloud.get(f"{BASE}/v1.0/token/ref", json=body(renewed))
    ask(ours)
    ours.clock.move(7200 - 200)
    ask(ours)
    assert cloud.calls[-2].request.url == f"{BASE}/v1.0/token/ref"
    assert cloud.calls[-1].request.headers["access_token"] == "acc-2"


def test_a_token_that_cannot_be_renewed_is_got_anew(cloud, ours):
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", json=body({}))
    cloud.get(f"{BASE}/v1.0/token/ref", json=body(code=1011))
    ask(ours)
    ours.clock.move(7000)
    ask(ours)
    assert ours.counts.requests["token"] == 3


@pytest.mark.parametrize("code", [1010, 1011, 1012])
def test_a_token_that_the_cloud_has_dropped_is_got_anew_once(cloud, ours, code):
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", json=body(code=code))
    cloud.get(f"{BASE}/v1.0/devices/abc", json=body({"id": "abc"}))
    assert ask(ours) == {"id": "abc"}
    assert ours.counts.requests == {"token": 2, "device": 2}
    assert ours.counts.errors == {("token", str(code)): 1}


def test_tokens_that_are_never_good_end_soon(cloud, ours):
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", json=body(code=1010))
    with pytest.raises(CloudFailed) as caught:
        ask(ours)
    assert caught.value.kind is Kind.TOKEN
    assert len(cloud.calls) == 4


def test_a_clock_that_is_off_is_set_by_the_answer(cloud, ours):
    cloud.get(f"{BASE}/v1.0/token", json=body(code=1013, t=int((ours.clock.time() + 900) * 1000)))
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", json=body({}))
    ask(ours)
    sent = [int(call.request.headers["t"]) for call in cloud.calls]
    assert sent[1] - sent[0] == 900_000
    assert ours.counts.errors == {("clock", "1013"): 1}


@pytest.mark.parametrize(
    ("code", "kind", "attempts"),
    [
        (500, Kind.SERVER, 3),
        (1004, Kind.CREDENTIALS, 1),
        (1106, Kind.PERMISSION, 1),
        (1110, Kind.RATE, 3),
        (2009, Kind.DEVICE, 1),
        (28841002, Kind.PLAN, 1),
        (28841004, Kind.QUOTA, 1),
        (28841105, Kind.PERMISSION, 1),
        (777, Kind.OTHER, 1),
        ("1010", Kind.OTHER, 1),
        (None, Kind.OTHER, 1),
    ],
)
def test_codes_are_told_apart(cloud, ours, code, kind, attempts):
    grant(cloud)
    answer = {"success": False, "code": code, "msg": f"words with {SECRET}"}
    cloud.get(f"{BASE}/v1.0/devices/abc", json=answer)
    with pytest.raises(CloudFailed) as caught:
        ask(ours)
    assert caught.value.kind is kind
    assert SECRET not in str(caught.value)
    assert ours.counts.requests["device"] == attempts
    assert sum(ours.counts.errors.values()) == attempts


@pytest.mark.parametrize("code", [28841004, 28841002, 1004])
def test_a_cloud_that_refuses_for_good_is_left_alone(cloud, ours, code):
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", json=body(code=code))
    for _ in range(50):
        with pytest.raises(CloudFailed):
            ask(ours)
    assert len(cloud.calls) == 2
    assert ours.counts.refused["device"] == 49
    ours.clock.move(7 * 3600)
    with pytest.raises(CloudFailed):
        ask(ours)
    assert len(cloud.calls) > 2


def test_the_budget_is_asked_before_each_call(cloud, tmp_path):
    clock = FakeClock()
    ours = client(BASE, clock, tmp_path, calls=100, burst=0, reserve=3)
    ours.clock = clock
    clock.now -= 86_400 * 3  # into October's last days: the month's share is assumed to be spent
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", json=body({}))
    with pytest.raises(CloudFailed) as caught:
        ask(ours)
    assert caught.value.kind is Kind.BUDGET
    assert [call.request.url for call in cloud.calls] == [f"{BASE}/v1.0/token?grant_type=1"]
    ours.close()


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError(f"url: /v1.0/token/ref {SECRET}"),
        requests.ReadTimeout("ref"),
        requests.exceptions.ChunkedEncodingError("ref"),
        requests.exceptions.SSLError("ref"),
    ],
)
def test_no_answer_is_tried_again_within_the_deadline(cloud, ours, error):
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", body=error)
    with pytest.raises(CloudFailed) as caught:
        ask(ours)
    assert caught.value.kind is Kind.TRANSPORT
    assert "ref" not in str(caught.value)
    assert SECRET not in str(caught.value)
    assert ours.counts.requests["device"] == 3
    ours.clock.move(0)
    before = len(cloud.calls)
    with pytest.raises(CloudFailed):
        ours.get("device", "/v1.0/devices/abc", {}, ours.clock.deadline(0.4))
    assert len(cloud.calls) == before + 1


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (502, b"<html>"),
        (200, b""),
        (200, b"[]"),
        (200, b"[" * 100_000),
        (200, b"\xff\xfe"),
        (302, b"{}"),
        (200, b'{"success": "yes"}'),
    ],
)
def test_answers_that_are_none(cloud, ours, status, content):
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", status=status, body=content)
    with pytest.raises(CloudFailed):
        ask(ours)


@pytest.mark.parametrize("token", [None, {}, {"access_token": 1}, {**TOKEN, "expire_time": "soon"}])
def test_a_token_of_no_known_form(cloud, ours, token):
    cloud.get(f"{BASE}/v1.0/token", json=body(token))
    with pytest.raises(CloudFailed) as caught:
        ask(ours)
    assert caught.value.kind is Kind.TRANSPORT


def test_an_answer_without_end_is_given_up(cloud, ours, monkeypatch):
    monkeypatch.setattr("sothat.exporters.tuya_cloud.client._MAX_BODY", 1_000)
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", body=json.dumps(body("x" * 5_000)))
    with pytest.raises(CloudFailed, match="more than"):
        ask(ours)


def test_no_secret_is_shown(cloud, ours, caplog):
    caplog.set_level(logging.DEBUG)
    grant(cloud)
    cloud.get(f"{BASE}/v1.0/devices/abc", json=body({}))
    ask(ours)
    shown = repr(ours.token) + repr(vars(ours)) + caplog.text
    assert "acc" not in repr(ours.token)
    assert SECRET not in shown
    assert "openapi" not in caplog.text or "ref" not in caplog.text


@given(st.one_of(st.integers(), st.text(), st.none(), st.floats(), st.booleans()))
def test_whatever_code_there_is_makes_one_of_few_series(code):
    found = failure(code)
    assert found.code in {*map(str, _CODES), "other"}
    assert isinstance(found.kind, Kind)


def test_endpoints_are_a_closed_list():
    assert len(set(ENDPOINTS)) == len(ENDPOINTS) == 7


def test_an_answer_that_drips_is_given_up_at_the_deadline(peer, tmp_path):
    clock = FakeClock()

    def drip(line):
        line.recv(4096)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
        for _ in range(500):
            clock.move(1)
            line.sendall(b" ")
            time.sleep(0.01)

    one = client(f"http://127.0.0.1:{peer(drip).port}", clock, tmp_path)
    with pytest.raises(CloudFailed, match="did not end in time"):
        one.get("devices", "/v1.0/x", {}, clock.deadline(30))
    one.close()
