"""Ping: packets on the wire, loss and jitter by a scripted socket, the real thing on loopback."""

import errno
import socket
import struct
from collections import deque
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.clock import Deadline
from sothat.exporters.network import ping
from sothat.exporters.network.findings import Findings
from sothat.exporters.network.line import Address
from sothat.exporters.network.ping import Reply, checksum, read_reply, request
from sothat.exporters.network.probes.icmp import Flights, History, IcmpProbe, Train
from sothat.exporters.network.remembered import Remembered
from sothat.exporters.source import PollFailed

from .strangers import opened, probed

HERE = Address(socket.AF_INET, ("127.0.0.1", 0))
TOKEN = b"ourtoken"


def test_a_request_as_the_rfc_has_it():
    packet = request(4, 0x1234, 7, TOKEN, 16)
    assert struct.unpack_from("!BBxxHH", packet) == (8, 0, 0x1234, 7)
    assert packet[8:] == TOKEN + bytes(8)
    assert checksum(packet) == 0
    assert request(6, 1, 2, TOKEN, 8)[0] == 128


def test_the_checksum_of_rfc_1071s_example():
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D
    assert checksum(b"\xff") == checksum(b"\xff\x00")


def test_only_replies_to_our_packets_count():
    ours = b"\0\0xxii\0\x07" + TOKEN
    assert read_reply(4, ours, TOKEN, raw=False) == 7
    assert read_reply(4, b"\x45" + bytes(19) + ours, TOKEN, raw=True) == 7
    assert read_reply(4, b"\x46" + bytes(23) + ours, TOKEN, raw=True) == 7
    assert read_reply(6, b"\x81" + ours[1:], TOKEN, raw=True) == 7
    for other in (b"\x08" + ours[1:], b"\0\x01" + ours[2:], ours[:-1] + b"X", ours[:15], b""):
        assert read_reply(4, other, TOKEN, raw=False) is None


@given(st.binary(max_size=80), st.booleans(), st.sampled_from([4, 6]))
def test_whatever_comes_it_is_read_or_passed_over(packet, raw, protocol):
    number = read_reply(protocol, packet, TOKEN, raw=raw)
    assert number is None or TOKEN in packet


class Wire:
    """Brings each packet back after its delay; None: never."""

    def __init__(self, clock, delays):
        self.clock = clock
        self.delays = deque(delays)
        self.coming = []
        self.raw = False

    def send(self, packet):
        number = struct.unpack_from("!H", packet, 6)[0]
        delay = self.delays.popleft()
        if delay is not None:
            self.coming += [(self.clock.now + delay, number)] * 2  # each comes twice
            self.coming.sort()

    def receive(self, timeout, _token):
        if not self.coming or self.coming[0][0] > self.clock.now + timeout:
            self.clock.now += timeout
            raise TimeoutError
        at, number = self.coming.pop(0)
        self.clock.now = max(at, self.clock.now)
        return Reply(number, 61)


def trips(clock, delays, seconds=60.0, train=None):
    train = train or Train(len(delays), 0.25, 1.0, 56)
    deadline = Deadline(clock.now + seconds, clock)
    return Flights(Wire(clock, delays), HERE, train, deadline).trips(Findings())


def test_round_trips_are_each_packets_own(clock):
    found = trips(clock, [0.5, 0.125, None, 0.75])
    assert found == {0: 0.5, 1: 0.125, 2: None, 3: 0.75}


def test_a_reply_that_takes_too_long_is_lost(clock):
    assert trips(clock, [1.5, 0.5]) == {0: None, 1: 0.5}


def test_it_waits_no_longer_than_for_the_last_reply(clock):
    start = clock.now
    trips(clock, [0.125, 0.125])
    assert clock.now - start == pytest.approx(0.375)
    start = clock.now
    trips(clock, [None, None])
    assert clock.now - start == pytest.approx(1.25)


def test_no_more_packets_are_sent_than_there_is_time_for(clock):
    assert trips(clock, [None] * 9, seconds=0.6) == {0: None, 1: None, 2: None}


def judged(history, found, max_loss=1.0):
    findings = Findings()
    probe = IcmpProbe("any", Train(5, 0.2, 1.0, 56), max_loss)
    failed = True
    with suppress(PollFailed):
        probe._judge(found, findings, history)
        failed = False
    return findings, failed


def test_loss_jitter_and_round_trips_add_up():
    history = History()
    findings, failed = judged(history, {0: 0.5, 1: 0.25, 2: None, 3: 0.125})
    assert not failed
    assert findings.value("probe_icmp_loss_ratio", {}) == 0.25
    judged(history, {0: 0.5})
    found = {(s.name, s.labels.get("le")): s.value for s in history.samples()}
    assert found["probe_icmp_packets_sent_total", None] == 5
    assert found["probe_icmp_packets_lost_total", None] == 1
    assert found["probe_icmp_round_trip_seconds_count", None] == 4
    assert found["probe_icmp_round_trip_seconds_bucket", "0.25"] == 2
    # Beside a lost packet there is no difference to be taken.
    assert found["probe_icmp_jitter_seconds_count", None] == 1
    assert found["probe_icmp_jitter_seconds_sum", None] == 0.25


@pytest.mark.parametrize(
    ("lost", "most", "failed"), [(1, 0.5, False), (3, 0.5, True), (4, 1, True)]
)
def test_how_much_may_be_lost(lost, most, failed):
    found = {number: None if number < lost else 0.1 for number in range(4)}
    findings, was = judged(History(), found, most)
    assert was is failed
    rtt = findings.value("probe_icmp_duration_seconds", {"phase": "rtt"})
    assert rtt == (0 if lost == 4 else pytest.approx(0.1))


def may_ping():
    try:
        ping.PingSocket(HERE).close()
    except PollFailed:
        return False
    return True


@pytest.mark.skipif(not may_ping(), reason="this process may send no ICMP")
@pytest.mark.parametrize("target", ["127.0.0.1", "localhost"])
def test_this_machine_answers(target):
    probe = opened("icmp", "packets: 3, packet_interval: 20ms, ip: '4'")
    for count in (1, 2):
        seen = probed(probe, target)
        assert seen.reason == ""
        assert seen["icmp_packets_sent_total"] == seen["icmp_round_trip_seconds_count"] == 3 * count
        assert seen["icmp_loss_ratio"] == seen["icmp_packets_lost_total"] == 0
        assert 0 < seen["icmp_duration_seconds", "rtt"] < 1
        assert seen["icmp_reply_hop_limit"] > 0


@pytest.mark.parametrize("target", ["", "a b", "no-such-host.invalid", "x" * 300])
def test_a_target_without_an_address(target):
    assert probed(opened("icmp"), target).reason == "resolve"


@pytest.mark.parametrize("why", [errno.EACCES, errno.EPERM, errno.EPROTONOSUPPORT])
def test_a_raw_socket_is_the_second_best_and_without_permission_it_says_so(monkeypatch, why):
    asked = []

    def refuse(family, kind, protocol):
        asked.append((family, kind, protocol))
        raise OSError(why, "not for you")

    monkeypatch.setattr(ping.socket, "socket", refuse)
    with pytest.raises(PollFailed) as caught:
        ping.PingSocket(HERE)
    assert [kind for _, kind, _ in asked] == [socket.SOCK_DGRAM, socket.SOCK_RAW]
    assert caught.value.reason == "permission"
    assert "ping_group_range" in str(caught.value)


def test_a_family_that_this_machine_has_not_is_no_question_of_permission(monkeypatch):
    def refuse(*_):
        raise OSError(errno.EAFNOSUPPORT, "no such family")

    monkeypatch.setattr(ping.socket, "socket", refuse)
    with pytest.raises(OSError, match="no such family"):
        ping.PingSocket(HERE)


def test_as_many_targets_are_remembered_as_is_said():
    kept = Remembered(list, most=2)
    a, b = kept.of("a"), kept.of("b")
    assert kept.of("a") is a
    kept.of("c")
    assert kept.of("a") is a
    assert kept.of("b") is not b
