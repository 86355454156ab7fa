"""Requests as a browser sends them: redirects, cookies; but bounded, and careful with secrets."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpcore
import httpx
from sothat.exporters.network.findings import Findings, left
from sothat.exporters.network.transport import PHASES, Network, Transport
from sothat.exporters.source import Log, PollFailed

_AT_ONCE = 64 * 1024
_USER_AGENT = "sothat-exporter"
_CONNECTING = ("resolve", "connect", "tls")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a visit may cost.

    Attributes:
        redirects: How many are followed.
        body: Bytes, uncompressed.
    """

    redirects: int
    body: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A request.

    Attributes:
        private: Further headers, which no other host is shown.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    private: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """An answer.

    Attributes:
        url: Of the page in the end.
    """

    status: int
    url: httpx.URL
    headers: httpx.Headers
    body: bytes
    redirects: int

    @property
    def text(self) -> str:
        """Return the body as text, whatever it claims to be."""
        return self.body.decode("utf-8", "replace")


class Browser:
    """Makes the requests of one probe, with one set of cookies."""

    def __init__(self, network: Network, limits: Limits, log: Log) -> None:
        self._network = network
        self._limits = limits
        self._log = log
        # trust_env: a proxy or .netrc in the environment must not change what is measured.
        self._client = httpx.Client(
            transport=Transport(network),
            headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"},
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def cookie(self, name: str) -> str | None:
        """Return the value of a cookie; of several, the one set last."""
        return next(
            (one.value for one in reversed([*self._client.cookies.jar]) if one.name == name), None
        )

    def visit(self, ask: Ask) -> Visit:
        """Return the answer, redirects followed.

        Raises:
            PollFailed: There is no proper answer.
            OSError: There is no connection, or not in time.
        """
        try:
            return self._followed(self._request(ask), ask)
        except (
            httpcore.WriteError,
            httpcore.RemoteProtocolError,
            httpx.RemoteProtocolError,
        ) as error:
            reason = "reset" if self._network.ended else "protocol"
            raise PollFailed(reason, str(error)[:500]) from error
        except (httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol) as error:
            raise PollFailed("redirects", f"to no page: {error}"[:500]) from error
        except (httpx.InvalidURL, httpcore.LocalProtocolError, UnicodeError) as error:
            raise PollFailed("target", f"cannot be asked for: {error}"[:500]) from error

    def _request(self, ask: Ask) -> httpx.Request:
        headers = {**ask.headers, **ask.private}
        return self._client.build_request(ask.method, ask.url, headers=headers, content=ask.body)

    def _followed(self, request: httpx.Request, ask: Ask) -> Visit:
        for number in range(self._limits.redirects + 1):
            self._network.findings.add("probe_http_redirects", number)
            answer = self._sent(request)
            try:
                following = answer.next_request
                if following is None or not self._limits.redirects:
                    return self._visited(answer, number)
                self._pass_over(answer)
            finally:
                answer.close()
            request = _discreet(following, request, ask)
            self._log("redirected", status=answer.status_code, to=_shown(request.url))
        raise PollFailed("redirects", f"more than {self._limits.redirects}")

    def _sent(self, request: httpx.Request) -> httpx.Response:
        """Return an answer whose body is still to come."""
        findings, clock = self._network.findings, self._network.deadline.clock
        self._log("asking", method=request.method, url=_shown(request.url))
        before = _connecting(findings)
        start = clock.monotonic()
        answer = self._client.send(request, stream=True)
        spent = clock.monotonic() - start - (_connecting(findings) - before)
        findings.add_to(PHASES, max(0.0, spent), {"phase": "processing"})
        findings.add("probe_http_status_code", answer.status_code)
        findings.add("probe_http_ssl", answer.url.scheme == "https")
        self._log("answered", status=answer.status_code)
        return answer

    def _visited(self, answer: httpx.Response, redirects: int) -> Visit:
        with self._network.timed("transfer"):
            body = b"".join(self._bounded(answer))
        return Visit(answer.status_code, answer.url, answer.headers, body, redirects)

    def _pass_over(self, answer: httpx.Response) -> None:
        """Read the body of a redirect, if it is short: the connection can be used again then."""
        size = 0
        with self._network.timed("transfer"):
            for part in answer.iter_raw():
                size += len(part)
                if size > _AT_ONCE:
                    return

    def _bounded(self, answer: httpx.Response) -> Iterator[bytes]:
        """Yield the body, unpacked.

        Raises:
            PollFailed: It is longer than it may be.
        """
        size = 0
        for part in _unpacked(answer):
            size += len(part)
            if size > self._limits.body:
                raise PollFailed("size", f"the body is longer than {self._limits.body} bytes")
            left(self._network.deadline)
            yield part


def _unpacked(answer: httpx.Response) -> Iterable[bytes]:
    """Yield the body in small parts, also where little packed text unpacks to a lot."""
    if answer.headers.get("Content-Encoding", "").lower() not in ("gzip", "deflate"):
        return answer.iter_raw()
    return _inflated(answer.iter_raw())


_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def _inflated(parts: Iterable[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
    begun = False
    try:
        for part in parts:
            begun = True
            yield unpack.decompress(part, _AT_ONCE)
            while unpack.unconsumed_tail:
                yield unpack.decompress(unpack.unconsumed_tail, _AT_ONCE)
        yield unpack.flush()
    except zlib.error as error:
        raise PollFailed("protocol", f"the body cannot be unpacked: {error}") from error
    if begun and not unpack.eof:  # an answer to HEAD has the header, and no body
        raise PollFailed("protocol", "the packed body is not complete")


def _discreet(following: httpx.Request, before: httpx.Request, ask: Ask) -> httpx.Request:
    """Return a redirected request without what only the first host may know.

    httpx itself leaves out Authorization and cookies.

    Raises:
        PollFailed: A body would have to be sent to another host.
    """
    if _origin(following.url) == _origin(before.url):
        return following
    if following.method == before.method and ask.body is not None:
        raise PollFailed("redirects", "to another host, with what was meant for the first")
    for name in ask.private:
        following.headers.pop(name, None)
    return following


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _connecting(findings: Findings) -> float:
    return sum(findings.value(PHASES, {"phase": phase}) for phase in _CONNECTING)


def _shown(url: httpx.URL) -> str:
    """Return an address without its query: what is there may be a token."""
    return str(url.copy_with(query=None, fragment=None, userinfo=b""))[:500]
