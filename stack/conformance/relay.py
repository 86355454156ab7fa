"""What stands between Alertmanager and the receiver: it passes on, or does as a case wants."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_SECONDS = 60.0
_HOP = frozenset({"connection", "host", "content-length", "transfer-encoding", "keep-alive"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request of Alertmanager, and how to pass it on.

    Attributes:
        number: Counts a case's requests from 1.
        payload: The body as JSON, empty if it is none.
        forward: Passes the request on; returns the status, 0 if the receiver did not answer.
    """

    number: int
    method: str
    payload: Mapping[str, Any]
    forward: Callable[[], int]


# Returns the status to answer with; None closes the connection without an answer.
Behaviour = Callable[[Call], int | None]
REDIRECT = 301


@dataclass(frozen=True, slots=True)
class Seen:
    """What the relay saw of one request: the receiver's status (0: none) and the answer given."""

    case: str
    method: str
    status: int
    answered: int | None
    firing: int


def pass_on(call: Call) -> int | None:
    """Do nothing of one's own."""
    return call.forward() or None


class Relay:
    """A server on loopback in front of a receiver; each case has a behaviour of its own."""

    def __init__(self, target: str, port: int) -> None:
        self._target = urlsplit(target)
        self._behaviours: dict[str, Behaviour] = {}
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()
        self._seen: list[Seen] = []
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = _SECONDS

            def do_POST(self) -> None:
                relay.serve(self)

            def do_GET(self) -> None:
                relay.serve(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 – the base's name
                """Say nothing: what was seen is in the record."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def behave(self, case: str, behaviour: Behaviour) -> None:
        """Let a case's requests be treated in some way from now on."""
        with self._lock:
            self._behaviours[case] = behaviour

    def seen(self, case: str) -> list[Seen]:
        """Return the requests of a case up to now."""
        with self._lock:
            return [seen for seen in self._seen if seen.case == case]

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        payload = _payload(body)
        # The request after a redirect has no body, but its path names the case.
        case = _case_of(payload) or handler.path.strip("/")
        statuses: list[int] = []

        def forward() -> int:
            statuses.append(self._forward(handler, body))
            return statuses[-1]

        with self._lock:
            self._counts[case] = self._counts.get(case, 0) + 1
            call = Call(self._counts[case], handler.command, payload, forward)
            behaviour = self._behaviours.get(case, pass_on)
        answered = behaviour(call)
        firing = sum(a.get("status") == "firing" for a in payload.get("alerts", ()))
        with self._lock:
            status = statuses[-1] if statuses else 0
            self._seen.append(Seen(case, handler.command, status, answered, firing))
        _answer(handler, answered, case)

    def _forward(self, handler: BaseHTTPRequestHandler, body: bytes) -> int:
        target = self._target
        kind = HTTPSConnection if target.scheme == "https" else HTTPConnection
        connection = kind(target.hostname or "", target.port, timeout=_SECONDS)
        headers = {k: v for k, v in handler.headers.items() if k.lower() not in _HOP}
        path = target.path + (f"?{target.query}" if target.query else "")
        try:
            connection.request(handler.command, path or "/", body or None, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            return 0
        else:
            return answer.status
        finally:
            connection.close()


def _answer(handler: BaseHTTPRequestHandler, status: int | None, case: str) -> None:
    if status is None:
        handler.close_connection = True
        return
    try:
        handler.send_response(status)
        if status == REDIRECT:
            handler.send_header("Location", f"/{case}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    except OSError:
        # It has given up waiting; that is a part of some cases.
        handler.close_connection = True


def _payload(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _case_of(payload: Mapping[str, Any]) -> str:
    labels = payload.get("groupLabels")
    return str(labels.get("case", "")) if isinstance(labels, dict) else ""
