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
