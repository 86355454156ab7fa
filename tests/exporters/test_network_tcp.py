"""TCP: connecting, banners, STARTTLS; and whoever does not play along."""

import socket
import struct
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.network.line import Address, parse_target
from sothat.exporters.source import PollFailed
from sothat.model.problem import Unusable

from .strangers import certified, drip, flood, opened, probed, serving, silence


@pytest.mark.parametrize(
    ("text", "port", "found"),
    [
        ("a:1", 0, ("a", 1)),
        ("a", 443, ("a", 443)),
        ("[::1]:25", 0, ("::1", 25)),
        ("[::1]", 443, ("::1", 443)),
        ("::1", 443, ("::1", 443)),
        ("a.example:65535", 0, ("a.example", 65535)),
    ],
)
def test_a_target_is_a_host_and_a_port(text, port, found):
    assert parse_target(text, port) == found


@pytest.mark.parametrize(
    "text",
    ["", "a", ":1", "a:", "a:0", "a:65536", "a:x", "a:٣", "http://a:1", "a b:1", "[]:1", "u@a:1"],
)
def test_anything_else_is_none(text):
    with pytest.raises(PollFailed) as caught:
        parse_target(text)
    assert caught.value.reason == "target"


@given(st.text(max_size=40), st.sampled_from([0, 443]))
def test_any_text_is_a_target_or_is_refused(text, port):
    with suppress(PollFailed):
        host, number = parse_target(text, port)
        assert host
        assert 0 < number < 65536


def test_the_hash_of_an_address_is_blackbox_exporters():
    # The bytes are "foob", of FNV's own test vectors.
    assert Address(socket.AF_INET, ("102.111.111.98", 1)).digest == 0x3F5076EF
    assert Address(socket.AF_INET6, ("::1", 1, 0, 0)).protocol == 6


def test_a_port_that_takes_connections(stranger):
    seen = probed(opened("tcp"), stranger(silence).address)
    assert seen.reason == ""
    assert seen["ip_protocol"] == 4
    assert seen["tcp_duration_seconds", "connect"] > 0


def test_a_port_that_takes_none(free_port):
    seen = probed(opened("tcp"), f"127.0.0.1:{free_port}")
    assert seen.reason == "refused"
    assert ("tcp_duration_seconds", "connect") not in seen
    assert seen["failure_info", "refused"] == 1


def test_a_name_without_an_address():
    seen = probed(opened("tcp"), "no-such-host.invalid:80")
    assert seen.reason == "resolve"
    assert probed(opened("tcp"), f"{'x' * 70}.invalid:80").reason == "resolve"


def test_a_backlog_that_is_full_is_a_timeout():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        held = []
        try:
            for _ in range(4):
                held.append(socket.socket())
                held[-1].settimeout(0)
                held[-1].connect_ex(full.getsockname())
            seen = probed(opened("tcp"), f"127.0.0.1:{full.getsockname()[1]}", 1.0)
        finally:
            for one in held:
                one.close()
    assert seen.reason == "timeout"


def talk(*lines):
    def behave(conn):
        for line in lines:
            conn.sendall(line)
            conn.recv(1000)

    return behave


def test_a_dialogue_is_held_line_by_line(stranger):
    heard = []

    def behave(conn):
        conn.sendall(b"220-hello \xff\xfe\r\n220 mail")
        conn.sendall(b".example\r\n")
        heard.append(conn.recv(100))
        conn.sendall(b"221 bye")

    turns = 'dialogue: [{expect: "^220 mail[.]ex"}, {send: QUIT}, {expect: ^221}]'
    seen = probed(opened("tcp", turns), stranger(behave).address)
    assert seen.reason == ""
    assert heard == [b"QUIT\r\n"]
    assert seen["failed_due_to_regex"] == 0


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (silence, "timeout"),
        (drip, "timeout"),
        (flood(b"", b"x" * 65536), "size"),
        (flood(b"", b"x\r\n" * 20000), "size"),
        (talk(b"421 too busy\r\n"), "timeout"),
        (lambda conn: conn.sendall(b"421 too busy\r\n"), "content"),
    ],
)
def test_a_banner_that_never_comes(stranger, behave, reason):
    probe = opened("tcp", "dialogue: [{expect: ^220}]")
    start = time.monotonic()
    seen = probed(probe, stranger(behave).address, 1.0 if reason == "timeout" else 60.0)
    assert seen.reason == reason
    assert seen["failed_due_to_regex"] == 1
    assert time.monotonic() - start < 60


def test_a_dialogue_that_is_reset(stranger):
    def behave(conn):
        conn.recv(100)  # before that, the reset may be met while connecting
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    turns = "dialogue: [{send: HELLO}, {expect: ^220}]"
    seen = probed(opened("tcp", turns), stranger(behave).address, 60.0)
    assert seen.reason == "reset"
    assert seen["failed_due_to_regex"] == 1


def smtp(context, *, injected=b""):
    def behave(conn):
        conn.sendall(b"220 mail.example\r\n")
        conn.recv(100)
        conn.sendall(b"250-mail.example\r\n250 STARTTLS\r\n")
        conn.recv(100)
        conn.sendall(b"220 go ahead\r\n" + injected)
        with context.wrap_socket(conn, server_side=True) as secured:
            secured.sendall(b"250 safe\r\n")
            secured.recv(100)

    return behave


@pytest.fixture
def authority():
    return certified("authority", ca=True)


def test_starttls(stranger, tmp_path, authority):
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    leaf = certified("mail", authority, sans=("mail.example",))
    server = stranger(smtp(serving(tmp_path, leaf)))
    tls = "tls: {ca_file: ca.pem, server_name: mail.example}"
    seen = probed(opened("tls", f"starttls: smtp, {tls}", tmp_path), server.address)
    assert seen.reason == ""
    assert seen["tls_verified"] == 1
    turns = "{expect: ^220}, {send: EHLO x}, {expect: ^250 }, {send: STARTTLS}"
    turns = f"dialogue: [{turns}, {{expect: ^220, starttls: true}}, {{expect: ^250 safe}}]"
    assert probed(opened("tcp", f"{turns}, {tls}", tmp_path), server.address).reason == ""
    # The certificate of a server that fails verification is looked at all the same.
    seen = probed(opened("tls", "starttls: smtp", tmp_path), server.address)
    assert seen.reason == "certificate"
    assert seen["tls_leaf_expiry_timestamp_seconds"] == leaf.cert.not_valid_after_utc.timestamp()


def test_what_is_said_in_clear_does_not_count_as_said_under_tls(stranger, tmp_path, authority):
    leaf = certified("mail", authority, sans=("mail.example",))
    server = stranger(smtp(serving(tmp_path, leaf), injected=b"250 safe\r\n"))
    assert probed(opened("tls", "starttls: smtp"), server.address).reason == "protocol"


@pytest.mark.parametrize(("answer", "reason"), [(b"N", "protocol"), (b"", "reset"), (b"S", "tls")])
def test_postgresqls_own_way_into_tls(stranger, answer, reason):
    def behave(conn):
        assert conn.recv(8) == struct.pack("!II", 8, 80877103)
        conn.sendall(answer)
        if answer == b"S":
            conn.recv(1000)
            conn.sendall(b"this is no TLS at all")

    assert probed(opened("tls", "starttls: postgresql"), stranger(behave).address).reason == reason


def test_an_expression_that_is_none_is_refused(capfd):
    with pytest.raises(Unusable) as caught:
        opened("tcp", "dialogue: [{expect: '('}]")
    assert caught.value.problems[0].code == "bad-format"
    assert capfd.readouterr().err == ""  # the library would write there on its own
