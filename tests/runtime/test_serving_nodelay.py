"""An answer in two parts does not wait for the other side to confirm the first."""

import socket

from sothat.runtime.serving import address_of, bind, parse_address


def test_no_connection_that_is_accepted_holds_back_what_is_written() -> None:
    with bind(parse_address("127.0.0.1:0")) as listener:
        address = address_of(listener)
        with socket.create_connection((address.host, address.port), 10):
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
