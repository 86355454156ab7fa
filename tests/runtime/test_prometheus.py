"""The client of Prometheus against answers of all kinds, good and bad."""

import base64
import contextlib
import math
import os
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st
from sothat.model.problem import Unusable
from sothat.runtime import prometheus as module
from sothat.runtime.prometheus import Pace, Prometheus, PrometheusFailed, parts
from sothat.runtime.prometheus_access import access_from, base_address

URL = "http://prometheus.example:9090/prometheus"


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def pace(self):
        return Pace(lambda: self.now, self.sleep)


@pytest.fixture
def server():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def told():
    return []


@pytest.fixture
def client(clock, told):
    return Prometheus(URL, timeout=20, pace=clock.pace(), told=told.append)


def answer(kind, result, **more):
    return {"status": "success", "data": {"resultType": kind, "result": result}, **more}


def form(call):
    return {name: values[0] for name, values in parse_qs(call.request.body).items()}


def failure(ask):
    with pytest.raises(PrometheusFailed) as caught:
        ask()
    return caught.value


def test_instant_values_with_all_that_a_number_can_be(server, client):
    values = ["1.5", "NaN", "+Inf", "-Inf"]
    result = [{"metric": {"n": v}, "value": [1700000000.123, v]} for v in values]
    server.post(f"{URL}/api/v1/query", json=answer("vector", result))
    found = client.instant("m", datetime(2026, 1, 1, tzinfo=UTC))
    assert [s.labels["n"] for s in found] == values
    assert (found[0].value, found[2].value, found[3].value) == (1.5, math.inf, -math.inf)
    assert math.isnan(found[1].value)
    assert found[0].at == 1700000000.123
    assert form(server.calls[0]) == {"query": "m", "time": "1767225600.000", "timeout": "20.000"}


def test_a_scalar_is_a_sample_without_labels(server, client):
    server.post(f"{URL}/api/v1/query", json=answer("scalar", [5, "2"]))
    assert [(s.labels, s.value) for s in client.instant("1+1")] == [({}, 2.0)]


def test_a_text_is_no_value(server, client):
    server.post(f"{URL}/api/v1/query", json=answer("string", [5, "x"]))
    assert failure(lambda: client.instant('"x"')).code == "not-prometheus"


def test_native_histograms_are_left_out_with_a_word(server, client, told):
    result = [
        {"metric": {"__name__": "h"}, "histograms": [[1, {"count": "1"}]]},
        {"metric": {"__name__": "m"}, "values": [[1, "2"]], "histograms": [[2, {"count": "1"}]]},
    ]
    server.post(f"{URL}/api/v1/query_range", json=answer("matrix", result))
    assert [(s.labels["__name__"], s.points) for s in client.range("x", 0, 10, 1)] == [
        ("m", [(1.0, 2.0)])
    ]
    assert told == ["native histograms are left out: 2 series"]


def test_a_partial_answer_is_told(server, client, told):
    server.post(f"{URL}/api/v1/query", json=answer("vector", [], warnings=["store b is down"]))
    assert client.instant("up") == ()
    assert told == ["Prometheus warns: store b is down"]


def test_long_ranges_are_asked_for_in_parts_and_joined(server, client, monkeypatch):
    monkeypatch.setattr(module, "MAX_STEPS", 2)

    def values(request):
        asked = {
            k: float(v[0].rstrip("s")) for k, v in parse_qs(request.body).items() if k != "query"
        }
        steps = int((asked["end"] - asked["start"]) / asked["step"]) + 1
        points = [[asked["start"] + n * asked["step"], "1"] for n in range(steps)]
        body = answer("matrix", [{"metric": {"a": "b"}, "values": points}])
        return 200, {}, module.orjson.dumps(body)

    server.add_callback("POST", f"{URL}/api/v1/query_range", callback=values)
    (series,) = client.range("m", 0, 75, 10)
    assert [at for at, _ in series.points] == [0, 10, 20, 30, 40, 50, 60, 70]
    assert len(server.calls) == 3


@given(st.integers(0, 40_000), st.integers(1, 4000), st.integers(0, 10**6))
def test_parts_are_the_steps_of_the_whole(steps, step, start):
    end = start + steps * step
    found = list(parts(start, end, step))
    asked = [int(a) + n * step for a, b in found for n in range(round((b - a) / step) + 1)]
    assert asked == list(range(start, end + 1, step))
    assert all((b - a) / step <= module.MAX_STEPS for a, b in found)


def test_what_passes_is_tried_again_and_the_server_says_when(server, client, clock):
    server.post(f"{URL}/api/v1/query", status=503, body="starting")
    server.post(f"{URL}/api/v1/query", status=429, headers={"Retry-After": "7"})
    server.post(f"{URL}/api/v1/query", json=answer("vector", []))
    assert client.instant("up") == ()
    assert clock.slept == [0.5, 7]


def test_there_is_an_end_to_trying(server, client, clock):
    server.post(f"{URL}/api/v1/query", status=503, body="<html>")
    assert failure(lambda: client.instant("up")).code == "prometheus-failed"
    assert len(server.calls) == 3
    server.post(f"{URL}/api/v1/query", status=429, headers={"Retry-After": "60"})
    assert failure(lambda: client.instant("up")).code == "prometheus-failed"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (503, {"errorType": "timeout", "error": "query timed out in expression evaluation"}),
        (422, {"errorType": "execution", "error": "query processing would load too many samples"}),
        (400, {"errorType": "bad_data", "error": "exceeded maximum resolution of 11,000 points"}),
    ],
)
def test_a_heavy_question_is_not_asked_again(server, client, status, said):
    server.post(f"{URL}/api/v1/query", status=status, json={"status": "error", **said})
    found = failure(lambda: client.instant("up"))
    assert (found.code, found.heavy) == ("query-too-heavy", True)
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, '{"status":"error","errorType":"bad_data","error":"parse error"}', "query-refused"),
        (500, '{"status":"error","errorType":"internal","error":"disk"}', "prometheus-failed"),
        (401, "", "prometheus-forbidden"),
        (403, "", "prometheus-forbidden"),
        (404, "404 page not found", "not-prometheus"),
        (302, "", "not-prometheus"),
        (200, "<html>", "not-prometheus"),
        (200, "[]", "not-prometheus"),
        (200, '{"status":"success","data":{"resultType":"vector","result":[{}]}}', None),
        (200, '{"status":"success","data":{"resultType":"vector","result":[1]}}', "not-prometheus"),
        (200, '{"status":"success","data":null}', "not-prometheus"),
    ],
)
def test_what_else_may_answer(server, client, status, body, code):
    server.post(f"{URL}/api/v1/query", status=status, body=body)
    if code is None:
        assert client.instant("up") == ()
    else:
        assert failure(lambda: client.instant("up")).code == code


def test_nobody_answers(server, client):
    server.post(f"{URL}/api/v1/query", body=requests.ConnectionError("http://secret"))
    found = failure(lambda: client.instant("up"))
    assert found.code == "prometheus-unreachable"
    assert "secret" not in str(found)


def test_an_answer_that_is_too_late_or_too_large(server, client, monkeypatch):
    server.post(f"{URL}/api/v1/query", body=requests.ReadTimeout())
    assert failure(lambda: client.instant("up")).heavy
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    server.post(f"{URL}/api/v1/query", json=answer("vector", []))
    assert "over" in str(failure(lambda: client.instant("up")))


def test_a_proxy_that_knows_only_get(server, client):
    server.post(f"{URL}/api/v1/query", status=405)
    server.get(f"{URL}/api/v1/query", json=answer("vector", []))
    assert client.instant("up") == ()


def test_rules_series_labels_and_metadata(server, client):
    rule = {
        "type": "alerting",
        "name": "A",
        "query": "up == 0",
        "duration": 60,
        "labels": {"x": "y"},
        "alerts": [{"labels": {"alertname": "A"}, "state": "firing", "value": "0e+00"}],
    }
    group = {"name": "g", "file": "f.yaml", "interval": 15, "rules": [rule]}
    server.get(f"{URL}/api/v1/rules", json={"status": "success", "data": {"groups": [group]}})
    (found,) = client.rules()
    assert (found.interval, found.rules[0].duration) == (15, 60)
    assert found.rules[0].alerts[0].state == "firing"
    server.post(f"{URL}/api/v1/series", json={"status": "success", "data": [{"a": "b"}]})
    assert client.series(["up"], 0, 1) == ({"a": "b"},)
    assert form(server.calls[-1])["match[]"] == "up"
    server.get(f"{URL}/api/v1/label/a%2Fb/values", json={"status": "success", "data": ["1"]})
    assert client.label_values("a/b") == ("1",)
    said = {"up": [{"type": "gauge", "help": "h", "unit": ""}]}
    server.get(f"{URL}/api/v1/metadata", json={"status": "success", "data": said})
    assert client.metadata()["up"][0].type == "gauge"


def test_who_asks_is_shown(server, tmp_path):
    server.get(f"{URL}/api/v1/rules", json={"status": "success", "data": {"groups": []}})
    secret = tmp_path / "secret"
    secret.write_text("pässword\n")
    Prometheus(URL, access=access_from(token_file=secret, tenant="team-a")).rules()
    sent = server.calls[0].request.headers
    assert sent["Authorization"] == "Bearer pässword".encode()
    assert sent["X-Scope-OrgID"] == "team-a"
    Prometheus(URL, access=access_from(user="me", password_file=secret)).rules()
    shown = server.calls[1].request.headers["Authorization"]
    assert base64.b64decode(shown.removeprefix(b"Basic ")).decode() == "me:pässword"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://x", "bad-url"),
        ("http://", "bad-url"),
        ("http://x:99999", "bad-url"),
        ("http://x/?a=b", "bad-url"),
        ("http://a b", "bad-url"),
        ("http://me:secret@x", "secret-in-text"),
    ],
)
def test_addresses_that_are_none(url, code):
    with pytest.raises(Unusable) as caught:
        base_address(url)
    assert caught.value.problems[0].code == code
    assert "secret@" not in str(caught.value)


def test_addresses():
    assert base_address("localhost:9090") == "http://localhost:9090"
    assert base_address("https://mimir.example/prometheus/") == "https://mimir.example/prometheus"


def test_access_that_cannot_be(tmp_path):
    (tmp_path / "two").write_text("a\nb\n")
    for wrong in (
        {"token_file": tmp_path / "none"},
        {"token_file": tmp_path / "two"},
        {"token_file": tmp_path / "two", "user": "me"},
        {"authority": tmp_path / "none"},
        {"tenant": "a\nb"},
    ):
        with pytest.raises(Unusable):
            access_from(**wrong)


@pytest.mark.real
def test_a_real_prometheus(tmp_path):
    """It accepts what we send, at every page that is asked."""
    with started(tmp_path) as url:
        client = Prometheus(url)
        assert [s.value for s in client.instant("vector(2)", 60)] == [2]
        (series,) = client.range("time()", 0, 120, 60)
        assert series.points == [(0, 0), (60, 60), (120, 120)]
        assert client.cost("vector(1)").seconds >= 0
        assert client.rules()[0].rules[0].query == "vector(1) > 2"
        assert client.series(["up"], 0, 60) == ()
        assert client.label_values("job") == client.targets() == ()
        assert client.metadata() == {}
        found = failure(lambda: client.instant("1 +"))
        assert (found.code, found.evaluated) == ("query-refused", False)
        both = 'label_replace(vector(1), "a", "1", "", "") or vector(1)'
        found = failure(lambda: client.instant(f"({both}) + on () group_left () ({both})"))
        assert (found.code, found.evaluated) == ("query-refused", True)


@contextlib.contextmanager
def started(folder):
    rule = "{alert: A, expr: vector(1) > 2}"
    (folder / "rules.yaml").write_text(f"groups: [{{name: g, rules: [{rule}]}}]")
    config = folder / "prometheus.yaml"
    config.write_text("rule_files: [rules.yaml]\n")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{held.getsockname()[1]}"
    tools = f"{os.environ.get('SOTHAT_TOOLS', '')}:{os.environ['PATH']}"
    command = [shutil.which("prometheus", path=tools), f"--config.file={config}"]
    command += [f"--web.listen-address={address}", f"--storage.tsdb.path={folder / 'data'}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"http://{address}/-/ready", timeout=5).ok:
                    break
            time.sleep(0.1)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(30)


def test_nobody_is_waited_for_once_and_again_after_an_answer(server, client, clock):
    server.post(f"{URL}/api/v1/query", body=requests.ConnectionError("refused"))
    assert failure(lambda: client.instant("up")).code == failure(lambda: client.instant("up")).code
    once = list(clock.slept)
    assert once
    failure(lambda: client.instant("up"))
    assert clock.slept == once
    server.replace("POST", f"{URL}/api/v1/query", json=answer("vector", []))
    assert client.instant("up") == ()
    server.replace("POST", f"{URL}/api/v1/query", body=requests.ConnectionError("refused"))
    failure(lambda: client.instant("up"))
    assert clock.slept == once * 2
