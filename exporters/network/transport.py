"""HTTP on our own connections: phases timed, a deadline for all of it, nothing kept for later."""

import contextlib
import select
import ssl
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpcore
import httpx
from sothat.exporters.network.findings import Findings
from sothat.exporters.network.line import Address, Line, connect, resolve
from sothat.exporters.network.tls import Policy, secure
from sothat.exporters.source import Deadline, Log

PHASES = "probe_http_duration_seconds"


class Network(httpcore.NetworkBackend):
    """Makes connections for one probe.

    Attributes:
        ended: Whether a server has closed a connection last.

    Args:
        host: The target's; others get no client certificate.
    """

    def __init__(
        self, policy: Policy, host: str, ip: str, deadline: Deadline, findings: Findings, log: Log
    ) -> None:
        self._policy = policy
        self._host = host
        self._ip = ip
        self._log = log
        self.deadline = deadline
        self.findings = findings
        self.ended = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 – the probe's own deadline counts
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> "Stream":
        """Return a connection."""
        name = host.strip("[]")
        with self.timed("resolve"):
            addresses = resolve(name, port, self._ip, self.findings, self.deadline)
        self._log("connecting", addresses=[address.place[0] for address in addresses])
        with self.timed("connect"):
            line = connect(addresses, self.deadline, self.findings)
        return Stream(self, line, addresses)

    def begin_tls(self, line: Line, name: str, addresses: Sequence[Address]) -> None:
        """Begin TLS on a connection."""
        name = name.strip("[]")
        policy = self._policy if name == self._host else self._policy.for_others()
        with self.timed("tls"):
            secure(policy, line, name, lambda: self._another(addresses), self.findings)

    def timed(self, phase: str) -> contextlib.AbstractContextManager[None]:
        """Add the time of a phase."""
        return self.findings.timed(PHASES, self.deadline.clock, phase=phase)

    def _another(self, addresses: Sequence[Address]) -> Line:
        return connect(addresses, self.deadline, self.findings)


class Stream(httpcore.NetworkStream):
    """A connection as httpcore wants it."""

    def __init__(self, network: Network, line: Line, addresses: Sequence[Address]) -> None:
        self._network = network
        self._line = line
        self._addresses = addresses

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Return what there is."""
        found = self._line.read(max_bytes)
        self._network.ended = not found
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send all.

        Raises:
            httpcore.WriteError: The server takes no more; it may have answered already.
        """
        try:
            self._line.write(buffer)
        except ConnectionError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """Close it."""
        self._line.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002 – the module's policy has two
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> "Stream":
        """Begin TLS."""
        try:
            self._network.begin_tls(self._line, server_hostname or "", self._addresses)
        except BaseException:
            self.close()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return whether something can be read: of an idle connection, its end."""
        if info != "is_readable":
            return None
        if self._line.sock.fileno() < 0:
            return True
        waiting = select.poll()
        waiting.register(self._line.sock, select.POLLIN)
        return bool(waiting.poll(0))


class Transport(httpx.BaseTransport):
    """Sends the requests of one probe."""

    def __init__(self, network: Network) -> None:
        self._network = network
        # The context is never used; without one, httpcore would load its own authorities.
        unused = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._pool = httpcore.ConnectionPool(
            ssl_context=unused, max_connections=4, network_backend=network
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer, its body still to be read."""
        url = request.url
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
        )
        answer = self._pool.handle_request(inner)
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
