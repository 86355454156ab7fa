"""What a client may take from the wire: bytes and seconds of one poll."""

import re
import socket
from dataclasses import dataclass

from sothat.exporters.clock import Deadline
from sothat.exporters.source import Settings
from sothat.exporters.watch import DownError

_ADDRESS = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/@?#\[\]'\"\\]+)(?::(?P<port>[0-9]{1,5}))?"
)
_LAST_PORT = 65535
# What sun_path holds.
_LONGEST_PATH = 107


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens: a host and port, or a socket's path."""

    host: str
    port: int
    path: str = ""


def parse_place(text: str, port: int) -> Place | None:
    """Return what ``HOST[:PORT]``, ``[IPV6][:PORT]`` or ``/PATH`` says, or None."""
    if text.startswith("/"):
        fits = len(text.encode("utf-8", "replace")) <= _LONGEST_PATH and "\0" not in text
        return Place("", 0, text) if fits else None
    found = _ADDRESS.fullmatch(text)
    if not found:
        return None
    number = int(found["port"] or port)
    return Place(found["host"].strip("[]"), number) if 0 < number <= _LAST_PORT else None


def connect(place: Place, seconds: float) -> socket.socket:
    """Return a connected socket. Looking up a host's name is the system's and knows no deadline.

    Raises:
        OSError: It cannot be connected to, in time.
    """
    if place.path:
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connected.settimeout(seconds)
        try:
            connected.connect(place.path)
        except BaseException:
            connected.close()
            raise
        return connected
    connected = socket.create_connection((place.host, place.port), seconds)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return connected


class Allowance:
    """The bytes and seconds that are left; a slow drip or an endless answer uses them up."""

    def __init__(self, deadline: Deadline, most_bytes: int) -> None:
        self._deadline = deadline
        self._left = most_bytes

    def seconds(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: There are none.
        """
        left = self._deadline.remaining()
        if left <= 0:
            raise TimeoutError("the time is up")
        return left

    def take(self, size: int) -> None:
        """Note that so many bytes are read.

        Raises:
            ConnectionError: They are too many.
        """
        self._left -= size
        if self._left < 0:
            raise ConnectionError("the answers are too large")


def place_of(address: str, port: int) -> Place:
    """Return where a server of a discovery file listens.

    Raises:
        DownError: The address is none.
    """
    place = parse_place(address, port)
    if place is None:
        raise DownError(f"{address!r} is no address: write HOST:PORT")
    return place


def check_places(settings: Settings, port: int) -> None:
    """Check the addresses that a collector's settings list.

    Raises:
        Unusable: Some are none.
    """
    entries = settings.values.get("targets", ())
    listed = [entry if isinstance(entry, str) else entry["address"] for entry in entries]
    unfit = [address for address in listed if parse_place(address, port) is None]
    if unfit:
        message = f"{unfit[0]!r} is no address"
        hint = "write HOST, HOST:PORT, [IPV6]:PORT or the path of a socket"
        raise settings.unusable("bad-address", message, "targets", hint=hint)


class Metered:
    """A socket for client libraries; whatever limits they set, the allowance holds.

    Attributes:
        allowance: Renewed by whoever owns the socket, for each poll.
    """

    def __init__(self, raw: socket.socket, allowance: Allowance) -> None:
        self._raw = raw
        self.allowance = allowance

    def recv(self, size: int) -> bytes:
        """Return what there is, up to a size.

        Raises:
            OSError: There is nothing in time, or it is too much.
        """
        self._raw.settimeout(self.allowance.seconds())
        found = self._raw.recv(size)
        self.allowance.take(len(found))
        return found

    def sendall(self, data: bytes) -> None:
        """Send.

        Raises:
            OSError: Nobody takes it in time.
        """
        self._raw.settimeout(self.allowance.seconds())
        self._raw.sendall(data)

    def settimeout(self, seconds: float | None) -> None:
        """Do nothing: the time is the allowance's."""

    def shutdown(self, how: int) -> None:
        """Let nothing more through, whoever waits for it."""
        self._raw.shutdown(how)

    def close(self) -> None:
        """Close the socket."""
        self._raw.close()
