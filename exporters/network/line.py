"""Connections that keep to a deadline as a whole, however slowly the other side drips."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass

from sothat.exporters.network.findings import Findings, left
from sothat.exporters.source import Deadline, PollFailed

_MOST_ADDRESSES = 4
_FAMILIES = {"any": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}
IP_SCHEMA = {"enum": sorted(_FAMILIES), "default": "any", "description": "Protocol to use."}

_FNV_START, _FNV_PRIME, _32_BITS = 0x811C9DC5, 0x01000193, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a target.

    Attributes:
        place: As the socket module wants it.
    """

    family: socket.AddressFamily
    place: tuple[str, int] | tuple[str, int, int, int]

    @property
    def protocol(self) -> int:
        """Return 4 or 6."""
        return 6 if self.family is socket.AF_INET6 else 4

    @property
    def digest(self) -> int:
        """Return the hash of it that blackbox_exporter takes (FNV-1a, 32 bits)."""
        found = _FNV_START
        for byte in socket.inet_pton(self.family, self.place[0].partition("%")[0]):
            found = ((found ^ byte) * _FNV_PRIME) & _32_BITS
        return found


def parse_target(target: str, default_port: int = 0) -> tuple[str, int]:
    """Return host and port of ``HOST:PORT`` or ``[IPV6]:PORT``.

    Args:
        target: The text.
        default_port: Where there is one, the port may be left out.

    Raises:
        PollFailed: It is not of this form.
    """
    bare_v6 = target.count(":") > 1 and not target.startswith("[")
    host, colon, port = (target, "", "") if bare_v6 else target.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = target, str(default_port or "")
    host = host.removeprefix("[").removesuffix("]")
    number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0  # noqa: PLR2004
    if not host or not 0 < number < 1 << 16 or any(sign in host for sign in "/@[] \0"):
        wanted = "HOST[:PORT]" if default_port else "HOST:PORT"
        raise PollFailed("target", f"{target[:200]!r} is not {wanted}")
    return host, number


def resolve(
    host: str, port: int, ip: str, findings: Findings, clock: Deadline
) -> Sequence[Address]:
    """Return the first few addresses of a name, and how long they took to find.

    The system's resolver cannot be given a timeout; it has its own.

    Raises:
        PollFailed: It has none.
    """
    start = clock.clock.monotonic()
    try:
        found = socket.getaddrinfo(host, port, _FAMILIES[ip], socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise PollFailed("resolve", f"{host[:200]}: {_said(error)}") from error
    finally:
        findings.add("probe_dns_lookup_time_seconds", clock.clock.monotonic() - start)
    left(clock)
    return [Address(family, place) for family, _, _, _, place in found[:_MOST_ADDRESSES]]  # type: ignore[arg-type]


def _said(error: Exception) -> str:
    return (error.strerror or "no address") if isinstance(error, OSError) else "not a host name"


class Line:
    """A connection; each operation takes no longer than until the deadline.

    Attributes:
        sock: Another one once TLS has begun.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self.sock = sock
        self.deadline = deadline

    def read(self, size: int) -> bytes:
        """Return what there is, at most so many bytes; nothing at the end.

        Raises:
            OSError: It broke, or the time is up.
        """
        self.sock.settimeout(left(self.deadline))
        return self.sock.recv(size)

    def write(self, data: bytes | memoryview) -> None:
        """Send all.

        Raises:
            OSError: It broke, or the time is up.
        """
        rest = memoryview(data)
        while rest:
            self.sock.settimeout(left(self.deadline))
            rest = rest[self.sock.send(rest) :]

    def close(self) -> None:
        """Close it."""
        self.sock.close()


def connect(addresses: Sequence[Address], deadline: Deadline, findings: Findings) -> Line:
    """Return a connection to the first address that takes one; each gets its share of the time.

    Raises:
        OSError: None does; what the last one said.
    """
    for number, address in enumerate(addresses):
        findings.add("probe_ip_protocol", address.protocol)
        findings.add("probe_ip_addr_hash", address.digest)
        last = number == len(addresses) - 1
        try:
            return Line(_connected(address, left(deadline) / (len(addresses) - number)), deadline)
        except OSError:
            if last:
                raise
    raise PollFailed("resolve", "no address")


def _connected(address: Address, timeout: float) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect(address.place)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock
