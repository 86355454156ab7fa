"""HTTP: phases, content, redirects; and servers that want to keep us, flood us or find us out."""

import gzip
import sys
import threading
import time

import pytest
from psutil import Process
from sothat.model.problem import Unusable

from .strangers import (
    certified,
    drip,
    flood,
    opened,
    probed,
    serving,
    silence,
)


def requests_on(conn):
    """Yield the head and body of each request on a connection."""
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            more = conn.recv(65536)
            if not more:
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        size = int(headers.get("Content-Length", 0))
        while len(data) < size:
            data += conn.recv(65536)
        yield lines[0], headers, data[:size]
        data = data[size:]


def answering(*answers, heard=None):
    """Answer the requests of all connections one after another; the last answer for ever."""
    rest, lock = list(answers), threading.Lock()

    def behave(conn):
        for request in requests_on(conn):
            with lock:
                answer = rest.pop(0) if len(rest) > 1 else rest[0]
            if heard is not None:
                heard.append(request)
            conn.sendall(answer)

    return behave


def page(body=b"", status="200 OK", **headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def to(where, status="302 Found"):
    return page(status=status, Location=where)


def test_a_page(stranger):
    when = "Wed, 21 Oct 2015 07:28:00 GMT"
    heard = []
    server = stranger(answering(page(b"all is well", Last_Modified=when), heard=heard))
    seen = probed(opened("http"), f"{server.url}/status?x=1")
    assert seen.reason == ""
    assert seen["http_status_code"] == 200
    assert seen["http_ssl"] == 0
    assert seen["http_version"] == 1.1
    assert seen["http_content_length"] == seen["http_uncompressed_body_length"] == 11
    assert seen["http_last_modified_timestamp_seconds"] == 1445412480
    assert seen["http_redirects"] == 0
    phases = {key[1] for key in seen.values if key[0] == "http_duration_seconds"}
    assert phases == {"resolve", "connect", "processing", "transfer"}
    assert heard[0][0] == "GET /status?x=1 HTTP/1.1"
    assert heard[0][1]["Accept-Encoding"] == "identity"
    assert not [note for note in seen.notes if "x=1" in note]


def test_where_the_time_goes(stranger):
    pause = threading.Event()

    def behave(conn):
        next(requests_on(conn))
        pause.wait(0.3)
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1")
        pause.wait(0.5)
        conn.sendall(b"2")
        conn.recv(1)

    seen = probed(opened("http"), stranger(behave).url)
    assert seen["http_duration_seconds", "processing"] >= 0.29
    assert seen["http_duration_seconds", "transfer"] >= 0.49
    assert seen["http_duration_seconds", "connect"] < seen["http_duration_seconds", "processing"]


def test_nobody_there(free_port):
    seen = probed(opened("http"), f"127.0.0.1:{free_port}/x")
    assert seen.reason == "refused"
    assert seen["http_status_code"] == 0
    assert "http_version" not in seen


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oh", "302 No-Location", "204 Empty"])
def test_a_status_is_told_whether_wanted_or_not(stranger, status):
    server = stranger(answering(page(status=status)))
    seen = probed(opened("http"), server.url)
    number = int(status[:3])
    assert seen["http_status_code"] == number
    assert seen.reason == ("" if number == 204 else "status")
    assert probed(opened("http", f"expect: {{status: ['{number}']}}"), server.url).reason == ""
    assert (
        probed(opened("http", f"expect: {{status: [{number // 100}xx]}}"), server.url).reason == ""
    )


JSON = b'{"status": "up", "parts": [{"name": "db", "lag": 3}, {"name": "mail", "lag": 0}], "n": 1}'


@pytest.mark.parametrize(
    ("expect", "holds"),
    [
        ("matches: 'up.*db'", True),
        ("matches: 'down'", False),
        ("not_matches: 'down'", True),
        ("not_matches: 'up'", False),
        ("headers: {X-State: ^fin}", True),
        ("headers: {x-state: ^bad}", False),
        ("headers: {X-Other: .}", False),
        ("json: [{path: $.status, equals: up}]", True),
        ("json: [{path: $.status, equals: down}]", False),
        ("json: [{path: $.n, equals: 1}]", True),
        ("json: [{path: $.n, equals: true}]", False),
        ("json: [{path: $.n, equals: '1'}]", False),
        ("json: [{path: $.nothing}]", False),
        ("json: [{path: '$.parts[?@.name==\"db\"].lag', equals: 3}]", True),
        ("json: [{path: '$..lag', equals: 0}, {path: '$.parts[0].name', matches: ^d}]", True),
        ("json: [{path: '$.parts[0]', matches: '\"lag\":3'}]", True),
    ],
)
def test_content(stranger, expect, holds):
    server = stranger(answering(page(JSON, X_State="fine")))
    seen = probed(opened("http", f"expect: {{{expect}}}"), server.url)
    assert seen.reason == ("" if holds else "content")
    assert seen["failed_due_to_regex"] == (not holds)


@pytest.mark.parametrize(
    "body",
    [b"", b"no json", b"\xff\xfe", b"[" * 100_000, b'"{\\"status\\": 1}"', b'{"status":' * 5000],
)
def test_a_body_that_is_not_the_json_it_should_be(stranger, body):
    server = stranger(answering(page(body)))
    seen = probed(opened("http", "expect: {json: [{path: $.status}]}"), server.url)
    assert seen.reason == "content"


def test_a_body_that_is_one_text(stranger):
    server = stranger(answering(page(b'"{\\"a\\": 1}"')))
    expect = "expect: {json: [{path: $, equals: '{\"a\": 1}'}]}"
    assert probed(opened("http", expect), server.url).reason == ""


def test_an_expression_takes_no_longer_than_the_text_is_long(stranger):
    server = stranger(answering(page(b"a" * 100_000)))
    start = time.monotonic()
    seen = probed(opened("http", "expect: {matches: '^(a+)+$|^(a|aa)+b$'}"), server.url)
    assert seen.reason == ""
    assert time.monotonic() - start < 15


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("behave", "reasons"),
    [
        (silence, {"timeout"}),
        (drip, {"timeout", "protocol"}),
        (lambda conn: drip(conn, HEAD), {"timeout"}),
        (lambda conn: drip(conn, HEAD + b"Content-Length: 100000\r\n\r\n"), {"timeout"}),
        (flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), {"timeout", "reset"}),
        (flood(HEAD, b"X: " + b"y" * 1000 + b"\r\n"), {"protocol", "reset"}),
        (flood(HEAD + b"X: ", b"y" * 65536), {"protocol", "reset"}),
        (flood(HEAD + b"\r\n", b"y" * 65536), {"size"}),
        (flood(HEAD + b"Content-Length: 99999999999999\r\n\r\n", b"y" * 65536), {"size"}),
        (flood(HEAD + CHUNKED, b"1\r\ny\r\n" * 9999), {"size", "timeout"}),
        (lambda conn: conn.sendall(b"nonsense\r\n\r\n"), {"protocol", "reset"}),
        (lambda conn: conn.sendall(HEAD + b"\xff\xfe: \x00\r\n\r\n"), {"protocol", "reset"}),
        (lambda conn: conn.sendall(HEAD + b"Content-Length: -1\r\n\r\n"), {"protocol", "reset"}),
        (lambda conn: conn.sendall(HEAD + b"Content-Length: 9\r\n\r\nx"), {"reset", "protocol"}),
        (lambda _: None, {"reset"}),
    ],
)  # fmt: skip
def test_whoever_does_not_play_along_costs_a_deadline_at_most(stranger, behave, reasons):
    def listening(conn):
        conn.recv(65536)
        behave(conn)

    start = time.monotonic()
    seconds = 1.5 if "timeout" in reasons else 60.0
    seen = probed(opened("http", "max_body: 1000000"), stranger(listening).url, seconds)
    assert seen.reason in reasons
    assert time.monotonic() - start < 60


def test_invalid_text_in_headers_and_body_is_no_obstacle(stranger):
    answer = b"HTTP/1.1 200 \xff\xfe\r\nX-Name: caf\xe9\xff\r\nContent-Length: 3\r\n\r\n\xff\xfea"
    server = stranger(answering(answer))
    assert probed(opened("http", "expect: {matches: a$}"), server.url).reason == ""


def test_packed_text_unpacks_to_no_more_than_allowed(stranger):
    packed = gzip.compress(b"x" * 50_000_000)
    server = stranger(answering(page(packed, Content_Encoding="gzip")))
    assert probed(opened("http"), server.url).reason == "size"
    small = stranger(answering(page(gzip.compress(b"all is well"), Content_Encoding="gzip")))
    seen = probed(opened("http", "expect: {matches: ^all}"), small.url)
    assert seen.reason == ""
    assert seen["http_uncompressed_body_length"] == 11
    whole = gzip.compress(b"x" * 1000)
    for body in (b"no gzip", whole[:-4], whole[:12]):
        broken = stranger(answering(page(body, Content_Encoding="gzip")))
        assert probed(opened("http"), broken.url).reason == "protocol"
    without = stranger(answering(b"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n"))
    assert probed(opened("http"), without.url).reason == ""


def test_redirects_are_followed_counted_and_limited(stranger):
    server = stranger(answering(to("/a"), to("b?c"), page(b"there")))
    seen = probed(opened("http"), server.url)
    assert (seen.reason, seen["http_redirects"], seen["http_status_code"]) == ("", 2, 200)
    loop = stranger(answering(to("/")))
    seen = probed(opened("http"), loop.url)
    assert (seen.reason, seen["http_redirects"]) == ("redirects", 10)
    seen = probed(opened("http", "redirects: 0, expect: {status: [3xx]}"), loop.url)
    assert (seen.reason, seen["http_redirects"]) == ("", 0)


@pytest.mark.parametrize(
    "where", ["ftp://a/", "http://[", "http://a b/", "//", "http://\xff/", "x" * 70000]
)
def test_redirects_to_nowhere(stranger, where):
    server = stranger(answering(to(where)))
    seen = probed(opened("http"), server.url)
    assert seen.reason in {"redirects", "protocol", "target", "resolve", "status"}


SECRETS = (
    "auth: {username: me, password: {env: P}}, secret_headers: {X-Key: {env: K}}, "
    "headers: {X-Plain: yes}, targets: ['.*']"
)


def test_credentials_are_shown_to_the_target_and_to_nobody_else(stranger):
    first, second = [], []
    other = stranger(answering(page(b"x"), heard=second))
    cookie = page(status="302 Found", Location=other.url, Set_Cookie="sid=1; Path=/only")
    server = stranger(answering(to("/again"), cookie, heard=first))
    seen = probed(opened("http", SECRETS, P="hunter2", K="key7"), server.url)
    assert seen.reason == ""
    for _, headers, _ in first:
        assert headers["Authorization"] == "Basic bWU6aHVudGVyMg=="
        assert headers["X-Key"] == "key7"
    _, headers, _ = second[0]
    assert headers["X-Plain"] == "yes"
    assert not {"Authorization", "X-Key", "Cookie"} & set(headers)
    assert not [note for note in seen.notes if "hunter2" in note or "key7" in note]


def test_a_body_is_sent_to_nobody_else(stranger):
    heard = []
    other = stranger(answering(page(b"x"), heard=heard))
    server = stranger(answering(to(other.url, "307 Temporary Redirect")))
    seen = probed(opened("http", "method: POST, body: secret"), server.url)
    assert seen.reason == "redirects"
    assert heard == []
    # A 303 turns into a GET without it.
    server = stranger(answering(to(other.url, "303 See Other")))
    assert probed(opened("http", "method: POST, body: secret"), server.url).reason == ""
    assert heard[0][2] == b""
    assert heard[0][0].startswith("GET")


@pytest.mark.parametrize("setting", ["auth: {bearer: {env: P}}", "secret_headers: {X: {env: P}}"])
def test_a_module_with_credentials_must_say_for_whom(setting):
    with pytest.raises(Unusable) as caught:
        opened("http", setting, P="x")
    assert caught.value.problems[0].code == "unrestricted-targets"


@pytest.mark.parametrize(
    "target", ["http://me:pw@127.0.0.1/", "file:///etc/passwd", "http://", "http://\x00/"]
)
def test_what_is_no_target(target):
    assert probed(opened("http"), target).reason == "target"


def test_the_environments_proxy_is_not_asked(stranger, monkeypatch):
    heard = []
    proxy = stranger(answering(page(b"proxy"), heard=heard))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    server = stranger(answering(page(b"server")))
    assert probed(opened("http", "expect: {matches: server}"), server.url).reason == ""
    assert heard == []


def test_https_and_its_certificate(stranger, tmp_path):
    authority = certified("authority", ca=True)
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    leaf = certified("web", authority, sans=("web.example",))
    server = stranger(answering(page(b"safe")), serving(tmp_path, leaf))
    tls = "tls: {ca_file: ca.pem, server_name: web.example}"
    seen = probed(opened("http", tls, tmp_path), server.url)
    assert seen.reason == ""
    assert seen["http_ssl"] == seen["tls_verified"] == 1
    assert seen["http_duration_seconds", "tls"] > 0
    # Not trusted: nothing is asked for, but the certificate is told.
    seen = probed(opened("http"), server.url)
    assert seen.reason == "certificate"
    assert seen["http_status_code"] == seen["tls_verified"] == 0
    assert seen["ssl_earliest_cert_expiry"] == leaf.cert.not_valid_after_utc.timestamp()
    seen = probed(opened("http", "tls: {verify: report}"), server.url)
    assert (seen.reason, seen["tls_verified"], seen["http_status_code"]) == ("", 0, 200)


def test_connections_end_with_their_probe(stranger, until):
    server = stranger(answering(page(b"x"), to("/")))
    for _ in range(20):
        probed(opened("http"), server.url)
    until(lambda: not [one for one in Process().net_connections() if server.port in _remote(one)])


def _remote(connection):
    return connection.raddr[1:] if connection.status == "ESTABLISHED" else ()


def test_a_library_that_is_not_installed_is_a_problem_of_the_module(monkeypatch):
    monkeypatch.setitem(sys.modules, "sothat.exporters.network.pages", None)
    with pytest.raises(Unusable) as caught:
        opened("http")
    assert caught.value.problems[0].code == "missing-driver"
    assert "sothat[network]" in caught.value.problems[0].hint
