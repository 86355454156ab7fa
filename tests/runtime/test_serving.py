"""Addresses are checked before anything starts; a server ends when it is told to."""

import os
import signal
import socket
import threading
import urllib.request

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.model.problem import Unusable
from sothat.runtime.serving import Address, Server, address_of, bind, parse_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:9780", "127.0.0.1", 9780),
        (":0", "", 0),
        ("[::1]:80", "::1", 80),
        ("localhost:65535", "localhost", 65535),
    ],
)
def test_addresses(text, host, port):
    address = parse_address(text)
    assert address == Address(host, port)
    assert str(address) == text


@given(st.one_of(st.text(), st.from_regex(r"[a-z0-9.:\[\]]*:[0-9]{1,6}", fullmatch=True)))
def test_any_text_is_an_address_or_refused_as_none(text):
    try:
        address = parse_address(text)
    except Unusable as error:
        codes = [problem.code for problem in error.problems]
        fitting = codes == ["bad-address"]
    else:
        fitting = 0 <= address.port <= 65535
    assert fitting


@pytest.mark.parametrize(
    "text", ["9780", "::1:80", "host:", "host:65536", "http://host:80", "host:٣"]
)
def test_texts_that_are_none(text):
    with pytest.raises(Unusable):
        parse_address(text)


def test_a_free_port_is_told_and_a_taken_one_refused():
    with bind(Address("127.0.0.1", 0)) as listener:
        address = address_of(listener)
        assert address.port > 0
        with pytest.raises(Unusable) as caught:
            bind(address)
    assert caught.value.problems[0].code == "address-in-use"
    assert str(address) in caught.value.problems[0].message


def test_an_address_that_is_not_ours():
    with pytest.raises(Unusable) as caught:
        bind(Address("192.0.2.1", 0))
    assert caught.value.problems[0].code == "address-unusable"


async def hello(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal_comes_and_puts_the_handlers_back(sig):
    listener = bind(Address("127.0.0.1", 0))
    address = listener.getsockname()
    url = f"http://{address_of(listener)}/"
    bodies = []

    def ask_then_signal():
        with urllib.request.urlopen(url, timeout=10) as answer:
            bodies.append(answer.read())
        os.kill(os.getpid(), sig)

    before = signal.getsignal(sig)
    client = threading.Thread(target=ask_then_signal)
    client.start()
    Server(hello, listener).run()
    client.join(10)
    assert bodies == [b"hello"]
    assert signal.getsignal(sig) is before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, 1)


def test_a_signal_between_listening_and_serving_is_not_lost():
    before = signal.getsignal(signal.SIGTERM)
    server = Server(hello, bind(Address("127.0.0.1", 0)))
    with server.heeding_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        server.run()
    assert signal.getsignal(signal.SIGTERM) is before


def serve_while(client, **settings):
    """Serve in this thread until a client's function, in another, has returned."""
    listener = bind(Address("127.0.0.1", 0))
    server = Server(hello, listener, **settings)
    found = []

    def run_client():
        try:
            found.append(client(listener.getsockname()))
        finally:
            server.stop()

    thread = threading.Thread(target=run_client)
    thread.start()
    server.run()
    thread.join(20)
    return found[0]


def test_a_hangup_is_told_and_does_not_end_the_server():
    told = threading.Event()

    def get(address):
        with urllib.request.urlopen(f"http://127.0.0.1:{address[1]}/", timeout=20) as answer:
            return answer.read()

    def client(address):
        get(address)  # from here on the server has the signals
        os.kill(os.getpid(), signal.SIGHUP)
        assert told.wait(20)
        return get(address)

    before = signal.getsignal(signal.SIGHUP)
    assert serve_while(client, on_hangup=told.set) == b"hello"
    assert signal.getsignal(signal.SIGHUP) is before


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET"]
)
def test_a_head_that_takes_too_long_ends_the_connection(monkeypatch, sent):
    monkeypatch.setattr("sothat.runtime.connections.HEAD_SECONDS", 0.3)

    def client(address):
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(sent)
            received = b""
            while True:
                try:
                    more = connection.recv(1000)
                except ConnectionResetError:
                    return received
                if not more:
                    return received
                received += more

    answer = serve_while(client, keep_alive=60)
    assert (b"hello" in answer) == (b"Host" in sent)


def test_a_reader_that_does_not_read_is_cut_off(monkeypatch):
    monkeypatch.setattr("sothat.runtime.connections.READER_SECONDS", 0.3)

    async def large(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 50_000_000})

    monkeypatch.setitem(globals(), "hello", large)

    def client(address):
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.recv(1)
            gone = threading.Event()
            gone.wait(1.5)
            received = 1
            try:
                while more := connection.recv(1_000_000):
                    received += len(more)
            except ConnectionResetError:
                pass
            return received

    assert serve_while(client) < 50_000_000
