"""Answers leave in one piece, whatever they are answers to."""

import json
import socket
import threading

import pytest
from sothat.runtime.serving import Server, address_of, bind, parse_address

HELLO = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"


async def app(scope, receive, send):
    """Answer as the path says."""
    await receive()
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if scope["path"] == "/dies":
        raise ValueError
    if scope["path"] == "/parts":
        await send({"type": "http.response.body", "body": b"he", "more_body": True})
        await send({"type": "http.response.body", "body": b"llo"})
    else:
        await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def connection():
    """Return a connection to a server that runs as long."""
    listener = bind(parse_address("127.0.0.1:0"))
    address = address_of(listener)
    server = Server(app, listener)
    thread = threading.Thread(target=server._server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        with socket.create_connection((address.host, address.port), 20) as made:
            yield made
    finally:
        server.stop()
        thread.join(20)
        listener.close()


def read(connection, end):
    """Return what comes until some bytes are its end."""
    got = b""
    while not got.endswith(end):
        more = connection.recv(65536)
        assert more, got
        got += more
    return got


def test_head_and_body_come_in_one_packet(connection):
    for _ in range(3):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65536).endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 9_000, 431),
    ],
)
def test_what_cannot_be_asked_is_refused_as_everything_else_is(connection, asked, status):
    connection.sendall(asked)
    head, _, body = read(connection, b"}").partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"content-type: application/problem+json" in head
    told = json.loads(body)
    assert (told["type"], told["status"]) == ("about:blank", status)
    assert told["title"] in head.decode()
    assert told["detail"]


def test_a_body_in_parts_comes_whole(connection):
    connection.sendall(b"GET /parts HTTP/1.1\r\nHost: x\r\n\r\n")
    assert read(connection, b"llo").endswith(b"\r\n\r\nhello")


def test_a_head_without_a_body_is_not_held_back(connection):
    for _ in range(2):
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_leave_to_send_the_body_is_given_at_once(connection):
    connection.sendall(HELLO + b"Expect: 100-continue\r\n\r\n")
    assert read(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(b"{}")
    assert read(connection, b"hello").startswith(b"HTTP/1.1 200")


def test_requests_that_come_together_are_answered_in_turn(connection):
    connection.sendall((HELLO + b"\r\n{}") * 3)
    got = b""
    while got.count(b"hello") < 3:
        got += connection.recv(65536)
    assert got.count(b"HTTP/1.1 200") == 3


def test_the_head_of_an_answer_that_dies_is_sent_before_the_end(connection):
    connection.sendall(b"GET /dies HTTP/1.1\r\nHost: x\r\n\r\n")
    got = b""
    while more := connection.recv(65536):
        got += more
    assert got.startswith(b"HTTP/1.1 200")
    assert got.endswith(b"\r\n\r\n")
