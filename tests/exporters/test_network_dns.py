"""DNS: what is answered, by whom, and what is no answer."""

import contextlib
import socket
import struct
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from sothat.model.problem import Unusable

from .strangers import drip, opened, probed

QUERY = "query_name: www.example.org"


class NameServer:
    """Answers over UDP and TCP on one port with what a function makes of the query."""

    def __init__(self, udp, tcp=None):
        self._make = {"udp": udp, "tcp": tcp or udp}
        self.asked = []
        while True:
            self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._udp.bind(("127.0.0.1", 0))
            try:
                self._tcp = socket.create_server(self._udp.getsockname())
                break
            except OSError:
                self._udp.close()
        self.address = f"127.0.0.1:{self._udp.getsockname()[1]}"
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def _answers(self, wire, transport):
        self.asked.append(transport)
        found = self._make[transport](dns.message.from_wire(wire))
        return found if isinstance(found, list) else [found]

    def _serve_udp(self):
        with contextlib.suppress(OSError):
            while True:
                wire, peer = self._udp.recvfrom(65535)
                if not wire:
                    return
                for answer in self._answers(wire, "udp"):
                    self._udp.sendto(packed(answer), peer)

    def _serve_tcp(self):
        with contextlib.suppress(OSError):
            while True:
                conn, _ = self._tcp.accept()
                with conn, contextlib.suppress(OSError):
                    wire = conn.recv(65535)[2:]
                    for answer in self._answers(wire, "tcp"):
                        data = packed(answer)
                        conn.sendall(struct.pack("!H", len(data)) + data)

    def close(self):
        self._tcp.shutdown(socket.SHUT_RDWR)
        self._tcp.close()
        with contextlib.suppress(OSError):
            self._udp.sendto(b"", self._udp.getsockname())
        self._udp.close()


def packed(answer):
    return answer if isinstance(answer, bytes) else answer.to_wire(max_size=65535)


def records(*texts, rcode="NOERROR", flags=0):
    """Answer with records written as `type value`."""

    def make(query):
        answer = dns.message.make_response(query)
        answer.set_rcode(dns.rcode.from_text(rcode))
        answer.flags |= flags
        for text in texts:
            kind, value = text.split(" ", 1)
            answer.answer.append(dns.rrset.from_text("www.example.org.", 60, "IN", kind, value))
        return answer

    return make


@pytest.fixture
def server():
    running = []

    def start(*makers):
        running.append(NameServer(*makers))
        return running[-1]

    yield start
    for one in running:
        one.close()


def test_an_answer(server):
    found = server(records("A 192.0.2.1", "A 192.0.2.2"))
    seen = probed(opened("dns", QUERY), found.address)
    assert seen.reason == ""
    assert seen["dns_query_succeeded"] == 1
    assert seen["dns_answer_rrs"] == 2
    assert seen["dns_authority_rrs"] == seen["dns_additional_rrs"] == seen["dns_tcp_fallback"] == 0
    assert seen["dns_response_info", "NOERROR"] == 1
    assert seen["dns_duration_seconds", "request"] > 0
    assert found.asked == ["udp"]


def test_over_tcp(server):
    found = server(records("A 192.0.2.1"))
    seen = probed(opened("dns", f"{QUERY}, transport: tcp"), found.address)
    assert (seen.reason, found.asked) == ("", ["tcp"])
    assert seen["dns_duration_seconds", "connect"] > 0
    assert "dns_tcp_fallback" not in seen


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "SERVFAIL", "REFUSED", "YXDOMAIN"])
def test_a_code_is_told_whether_wanted_or_not(server, rcode):
    found = server(records(rcode=rcode))
    seen = probed(opened("dns", QUERY), found.address)
    assert (seen.reason, seen["dns_query_succeeded"]) == ("status", 1)
    assert seen["dns_response_info", rcode] == 1
    seen = probed(opened("dns", f"{QUERY}, rcodes: [{rcode.lower()}, NOERROR]"), found.address)
    assert seen.reason == ""


@pytest.mark.parametrize(
    ("setting", "holds"),
    [
        ("answer_matches: ' IN A 192[.]0[.]2[.]1$'", True),
        ("answer_matches: '192.0.2.9'", False),
        ("answer_not_matches: '192.0.2.9'", True),
        ("answer_not_matches: '192.0.2.2'", False),
    ],
)
def test_content(server, setting, holds):
    found = server(records("A 192.0.2.1", "A 192.0.2.2"))
    seen = probed(opened("dns", f"{QUERY}, {setting}"), found.address)
    assert seen.reason == ("" if holds else "content")
    assert seen["failed_due_to_regex"] == (not holds)


def test_a_serial_number(server):
    found = server(records("SOA ns.example.org. admin.example.org. 2026112201 1 1 1 1"))
    seen = probed(opened("dns", f"{QUERY}, query_type: soa"), found.address)
    assert seen["dns_serial"] == 2026112201


def test_a_huge_answer_comes_over_tcp_and_is_counted(server):
    many = [f"TXT {'x' * 200}{number:05}" for number in range(250)]
    found = server(records(flags=dns.flags.TC), records(*many))
    seen = probed(opened("dns", f"{QUERY}, query_type: TXT"), found.address)
    assert seen.reason == ""
    assert found.asked == ["udp", "tcp"]
    assert seen["dns_tcp_fallback"] == 1
    assert seen["dns_answer_rrs"] == 250
    assert len(seen.notes) <= 20


def test_names_that_lead_in_a_circle_are_records_like_others(server):
    def make(query):
        answer = records()(query)
        for name, other in (("www", "a"), ("a", "b"), ("b", "www")):
            there = (f"{name}.example.org.", 60, "IN", "CNAME", f"{other}.example.org.")
            answer.answer.append(dns.rrset.from_text(*there))
        return answer

    seen = probed(opened("dns", QUERY), server(make).address)
    assert seen.reason == ""
    assert seen["dns_answer_rrs"] == 3
    missed = opened("dns", f"{QUERY}, answer_matches: ' IN A '")
    assert probed(missed, server(make).address).reason == "content"


def test_text_that_is_no_utf8(server):
    found = server(records('TXT "\\255\\254\\000"'))
    seen = probed(opened("dns", f"{QUERY}, query_type: TXT, answer_matches: TXT"), found.address)
    assert seen.reason == ""


def header(query, *, counts=(1, 1, 0, 0), rest=b""):
    return struct.pack("!HHHHHH", query.id, 0x8180, *counts) + rest


@pytest.mark.parametrize(
    "make",
    [
        lambda _: b"\0",
        header,
        lambda query: header(query, counts=(65535,) * 4),
        lambda query: header(query, rest=b"\xc0\x0c\0\x01\0\x01" + b"\xc0\x0c" * 3000),
        lambda query: query.to_wire()[:2] + bytes(30),
        lambda query: records("A 192.0.2.1")(query).to_wire() + b"trailing",
        lambda _: dns.message.make_response(dns.message.make_query("other.example", "A")),
        lambda query: query.to_wire(),  # itself is no answer
    ],
)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_what_is_no_answer(server, make, transport):
    seen = probed(opened("dns", f"{QUERY}, transport: {transport}"), server(make).address)
    assert (seen.reason, seen["dns_query_succeeded"]) == ("protocol", 0)
    assert "dns_answer_rrs" not in seen


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_silence_is_a_timeout_and_nobody_there_is_not(server, transport, free_port):
    probe = opened("dns", f"{QUERY}, transport: {transport}")
    seen = probed(probe, server(lambda _: []).address, 1.0)
    # Over TCP, this server hangs up.
    assert seen.reason == ("timeout" if transport == "udp" else "protocol")
    assert probed(probe, f"127.0.0.1:{free_port}").reason == "refused"


def test_an_answer_that_drips_over_tcp_costs_a_deadline_at_most(stranger):
    slow = stranger(lambda conn: drip(conn, b"\xff\xff"))
    seen = probed(opened("dns", f"{QUERY}, transport: tcp"), slow.address, 1.0)
    assert (seen.reason, seen["dns_query_succeeded"]) == ("timeout", 0)


def test_resolvers_are_compared(server, free_port):
    first = server(records("A 192.0.2.1", "A 192.0.2.2"))
    same = server(records("A 192.0.2.2", "A 192.0.2.1"))
    other = server(records("A 192.0.2.3"))
    gone = f"127.0.0.1:{free_port}"
    compare = f"compare: ['{same.address}', '{other.address}', '{gone}']"
    seen = probed(opened("dns", f"{QUERY}, {compare}"), first.address)
    assert seen.reason == ""
    assert seen["dns_resolver_agrees", same.address] == 1
    assert seen["dns_resolver_agrees", other.address] == 0
    assert seen["dns_resolver_query_succeeded", other.address] == 1
    assert seen["dns_resolver_query_succeeded", gone] == 0
    assert ("dns_resolver_agrees", gone) not in seen
    strict = opened("dns", f"{QUERY}, {compare}, agreement: required")
    assert probed(strict, first.address).reason == "resolvers"
    strict = opened("dns", f"{QUERY}, compare: ['{same.address}'], agreement: required")
    assert probed(strict, first.address).reason == ""


@pytest.mark.parametrize(
    "setting",
    [
        "query_name: 'a..b'",
        f"query_name: '{'x' * 64}.org'",
        f"{QUERY}, query_type: NONSENSE",
        f"{QUERY}, rcodes: [PERHAPS]",
        f"{QUERY}, answer_matches: '['",
    ],
)
def test_settings_that_cannot_work_are_found_at_the_start(setting):
    with pytest.raises(Unusable) as caught:
        opened("dns", setting)
    assert caught.value.problems[0].code == "bad-format"
