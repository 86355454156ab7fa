"""A handshake that its peer keeps going for ever."""

import contextlib
import os
import socket
import ssl
import threading
import time

import pytest
from sothat.exporters.handshake import shake_hands


class Skipping:
    """A handshake as OpenSSL makes it with who sends messages that it skips: it reads on."""

    def __init__(self, sock):
        self.sock = sock

    def fileno(self):
        return self.sock.fileno()

    def do_handshake(self):
        while os.read(self.fileno(), 65536):
            pass
        raise ssl.SSLEOFError("the end")


def test_a_peer_that_does_not_come_to_an_end_is_cut_off():
    ours, theirs = socket.socketpair()
    patience = time.monotonic() + 20

    def send():
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while time.monotonic() < patience:
                theirs.sendall(b"\0" * 16384)
        theirs.close()

    sending = threading.Thread(target=send)
    sending.start()
    with ours:
        start = time.monotonic()
        with pytest.raises(ssl.SSLEOFError):
            shake_hands(Skipping(ours), 0.2)
        took = time.monotonic() - start
    sending.join(30)
    assert 0.2 <= took < 10


def test_a_handshake_in_time_leaves_the_connection_alone():
    class Done(Skipping):
        def do_handshake(self):
            pass

    ours, theirs = socket.socketpair()
    with ours, theirs:
        shake_hands(Done(ours), 60)
        theirs.sendall(b"hello")
        assert ours.recv(5) == b"hello"
