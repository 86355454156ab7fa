"""TLS handshakes that end by their deadline, whatever the other side does."""

import os
import socket
import ssl
from functools import partial

from sothat.exporters.guard import cut_after


def shake_hands(sock: ssl.SSLSocket, seconds: float) -> None:
    """Make the handshake of a connection; a peer that does not come to an end is cut off.

    OpenSSL does not come back from a handshake while it is fed messages that it skips, and no
    timeout of the socket's is ever looked at.

    Args:
        sock: Wrapped with ``do_handshake_on_connect=False``.
        seconds: How long it may take.

    Raises:
        OSError: It failed, or the time was up: whoever asks looks at the clock to tell which.
    """
    with cut_after(seconds, partial(_cut, sock.fileno())):
        sock.do_handshake()


def _cut(number: int) -> None:
    """Put a connection that has ended in the place of another, by its file's number.

    To close it would give its number to somebody else.
    """
    end, other = socket.socketpair()
    with end, other:
        other.shutdown(socket.SHUT_RDWR)
        os.dup2(end.fileno(), number, inheritable=False)
