"""Echo requests: how they look on the wire, and the sockets that may send them."""

import errno
import socket
import struct
from dataclasses import dataclass

from sothat.exporters.network.line import Address
from sothat.exporters.source import PollFailed

TOKEN_BYTES = 8
_HEADER = struct.Struct("!BBHHH")
_REQUEST, _REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
_LEAST_V4_HEADER = 20


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to one of our packets.

    Attributes:
        number: Of the packet.
        hops: Hop limit it came with; None where the system does not tell.
    """

    number: int
    hops: int | None


def request(protocol: int, identity: int, number: int, token: bytes, size: int) -> bytes:
    """Return an echo request with a payload of a size, the token at its start.

    The kernel computes the checksum of ICMPv6, and all of ping sockets'.
    """
    payload = token.ljust(size, b"\0")
    head = _HEADER.pack(_REQUEST[protocol], 0, 0, identity, number)
    if protocol == 4:  # noqa: PLR2004
        head = _HEADER.pack(_REQUEST[4], 0, checksum(head + payload), identity, number)
    return head + payload


def read_reply(protocol: int, packet: bytes, token: bytes, *, raw: bool) -> int | None:
    """Return the number of the packet of ours that this answers; None for all else."""
    if raw and protocol == 4:  # noqa: PLR2004 – its IP header comes along
        packet = packet[(packet[0] & 15) * 4 :] if len(packet) >= _LEAST_V4_HEADER else b""
    if len(packet) < _HEADER.size + TOKEN_BYTES:
        return None
    kind, code, _, _, number = _unpacked(packet)
    ours = packet[_HEADER.size : _HEADER.size + TOKEN_BYTES] == token
    return number if (kind, code) == (_REPLY[protocol], 0) and ours else None


def _unpacked(packet: bytes) -> tuple[int, int, int, int, int]:
    kind, code, check, identity, number = _HEADER.unpack_from(packet)
    return kind, code, check, identity, number


def checksum(data: bytes) -> int:
    """Return the internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(int(word) for (word,) in struct.iter_unpack("!H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class PingSocket:
    """A socket for echo requests to one address.

    Raises:
        PollFailed: This process may open none.
        OSError: The address cannot be reached.
    """

    def __init__(self, address: Address) -> None:
        self._protocol = address.protocol
        self._sock, self.raw = _opened(address.family)
        try:
            _ask_for_hops(self._sock, self._protocol)
            # The kernel then gives us what comes from there only.
            self._sock.connect((address.place[0], 0, *address.place[2:]))
        except BaseException:
            self.close()
            raise

    def send(self, packet: bytes) -> None:
        """Send a packet."""
        self._sock.send(packet)

    def receive(self, timeout: float, token: bytes) -> Reply | None:
        """Return the next reply to a packet of ours; None for anything else that came.

        Raises:
            TimeoutError: Nothing came.
        """
        self._sock.settimeout(timeout)
        packet, extra, _, _ = self._sock.recvmsg(2048, 64)
        number = read_reply(self._protocol, packet, token, raw=self.raw)
        return None if number is None else Reply(number, _hops(extra))

    def close(self) -> None:
        """Close it."""
        self._sock.close()


# Refused, or, by kernels and sandboxes without ping sockets, not known.
_NOT_THIS_KIND = {
    errno.EPERM,
    errno.EACCES,
    errno.EPROTONOSUPPORT,
    errno.ESOCKTNOSUPPORT,
    errno.EPROTOTYPE,
    errno.ENOSYS,
}
_ICMP = {
    socket.AF_INET: socket.IPPROTO_ICMP,
    socket.AF_INET6: getattr(socket, "IPPROTO_ICMPV6", 58),
}


def _opened(family: socket.AddressFamily) -> tuple[socket.socket, bool]:
    """Return a socket, and whether it is raw: the second best, it takes a privilege."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            return socket.socket(family, kind, _ICMP[family]), kind is socket.SOCK_RAW
        except OSError as error:
            if error.errno not in _NOT_THIS_KIND:
                raise
    message = (
        "no packets may be sent: let the group in net.ipv4.ping_group_range, "
        "or give the process CAP_NET_RAW"
    )
    raise PollFailed("permission", message)


# The numbers are Linux'; elsewhere the hop limit is not told.
_TTL_OPTIONS = {
    4: (socket.IPPROTO_IP, getattr(socket, "IP_RECVTTL", 12)),
    6: (socket.IPPROTO_IPV6, getattr(socket, "IPV6_RECVHOPLIMIT", 51)),
}
_TTL_KINDS = ((socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, 52))


def _ask_for_hops(sock: socket.socket, protocol: int) -> None:
    try:
        sock.setsockopt(*_TTL_OPTIONS[protocol], 1)
    except OSError:
        return


def _hops(extra: list[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in extra:
        if (level, kind) in _TTL_KINDS and len(data) >= 4:  # noqa: PLR2004
            return int(struct.unpack_from("i", data)[0])
    return None
