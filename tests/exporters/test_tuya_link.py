"""tinytuya's door against peers that are no Tuya devices at all."""

import os
import socket
import threading
import time
from contextlib import suppress

import pytest
from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.failure import DeviceFailed, Reason
from sothat.exporters.tuya.link import TinytuyaLink
from sothat.runtime.secrets import Secret

TIMEOUT = 0.3
VERSIONS = ("3.1", "3.3", "3.4", "3.5")


class Peer:
    """Accepts connections and gives each to a function, in a thread of its own."""

    def __init__(self, serve):
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._one, args=(line,), daemon=True).start()

    def _one(self, line):
        with line, suppress(OSError):  # the client may have gone
            self._serve(line)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def peer():
    peers = []

    def start(serve):
        peers.append(Peer(serve))
        return peers[-1]

    yield start
    for one in peers:
        one.close()


def link_to(port, version):
    device = Device("d", "id", "127.0.0.1", Secret("0123456789abcdef"), version, "p", "", "", {})
    return TinytuyaLink(device, TIMEOUT, port), device


def reason(port, version):
    link, device = link_to(port, version)
    with pytest.raises(DeviceFailed) as caught:
        link.status(device)
    link.close()
    return caught.value.reason


def silent(line):
    while line.recv(4096):
        pass


def garbage(line):
    line.recv(4096)
    line.sendall(os.urandom(2000))


def hang_up(line):
    line.recv(4096)


def reset(line):
    line.recv(4096)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def huge_frame(line):
    line.recv(4096)
    line.sendall(bytes.fromhex("000055aa 00000001 0000000a 7fffffff") + bytes(100_000))


def drip(line):
    line.recv(4096)
    line.sendall(bytes.fromhex("000055aa 00000001 0000000a 00000fff"))
    while True:
        line.sendall(b"\0")
        time.sleep(0.05)


@pytest.mark.parametrize("version", VERSIONS)
def test_nobody_listens(free_port, version):
    assert reason(free_port, version) is Reason.REFUSED


@pytest.mark.parametrize("version", VERSIONS)
def test_silence_is_a_timeout_whatever_tinytuya_calls_it(peer, version):
    one = peer(silent)
    begun = time.monotonic()
    assert reason(one.port, version) is Reason.TIMEOUT
    assert time.monotonic() - begun < 4 * TIMEOUT + 5


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("serve", [garbage, reset, huge_frame])
def test_noise_is_a_failure_of_some_kind_and_no_crash(peer, version, serve):
    found = reason(peer(serve).port, version)
    assert found in (Reason.PROTOCOL, Reason.TIMEOUT, Reason.WRONG_KEY)


@pytest.mark.parametrize("version", ["3.4", "3.5"])
def test_a_hang_up_on_the_handshake_is_a_wrong_key(peer, version):
    assert reason(peer(hang_up).port, version) is Reason.WRONG_KEY


@pytest.mark.parametrize("version", ["3.1", "3.3"])
def test_a_hang_up_without_a_handshake_is_no_wrong_key(peer, version):
    assert reason(peer(hang_up).port, version) is Reason.PROTOCOL


def test_a_peer_that_drips_can_be_cut_off(peer):
    link, device = link_to(peer(drip).port, "3.3")
    failures = []

    def ask():
        try:
            link.status(device)
        except DeviceFailed as failure:
            failures.append(failure)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(1)
    assert thread.is_alive()
    link.abort()
    thread.join(2)
    assert not thread.is_alive()
    assert len(failures) == 1
    link.close()


def test_version_3_2_queries_nothing_on_construction(peer):
    one = peer(silent)
    link_to(one.port, "3.2")
    time.sleep(0.1)
    assert one.accepted == 0
